import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { compareCells, makeBoundTest } from '../../../lib/measurements/compare.ts'
import { runs } from '../../support/property.ts'

/** Whether a cell passes as the minimum and as the maximum. */
const sides = (bound: string, cell: Cell, isTime = false) => [
  makeBoundTest(bound, 'min', isTime)?.(cell),
  makeBoundTest(bound, 'max', isTime)?.(cell),
]
const BELOW = [false, true]
const EQUAL = [true, true]
const ABOVE = [true, false]
const APART = [false, false]

const NOON_SPELLED = [
  '2020-05-03T12:00:00Z',
  '2020-05-03T14:00:00+02:00',
  '2020-05-03T14:00:00 02:00',
  '1588507200',
  '1588507200000',
]

describe('a bound on a column of times', () => {
  it.each(NOON_SPELLED)('compares moments in any format: %s', (bound) => {
    const cells = [1588507199, 1588507200, 1588507200000, '2020-05-03T13:00:00+01:00', '1588507200', 1588507201]
    expect(cells.map((cell) => sides(bound, cell, true))).toEqual([BELOW, EQUAL, EQUAL, EQUAL, EQUAL, ABOVE])
  })

  it('treats a date as its midnight', () => {
    expect([1588463999, 1588464000, 1588464001].map((cell) => sides('2020-05-03', cell, true))).toEqual([
      BELOW,
      EQUAL,
      ABOVE,
    ])
  })

  it.each([null, 'soon', true])('excludes %j, which is not a time', (cell) => {
    expect(sides('2020-05-03', cell, true)).toEqual(APART)
  })

  it.each(['soon', '', '1e300', 'NaN'])('is rejected as "%s"', (bound) => {
    expect(makeBoundTest(bound, 'min', true)).toBeNull()
  })
})

describe('a bound that is a number', () => {
  it.each([
    ['600', 599.5, BELOW],
    ['600', 600, EQUAL],
    ['600', 5000, ABOVE],
    ['6e2', 600, EQUAL],
    [' 600 ', 600, EQUAL],
    ['-1', -2, BELOW],
    ['-0', 0, EQUAL],
    ['0.1', 0.1, EQUAL],
    ['600', '600', EQUAL],
    ['600', '1000', ABOVE],
  ])('%s compares with %j as numbers do', (bound, cell, expected) => {
    expect(sides(bound, cell)).toEqual(expected)
  })

  it.each([
    ['9007199254740993', '9007199254740992', BELOW],
    ['9007199254740993', 9007199254740992, BELOW],
    ['9007199254740993', '9007199254740993', EQUAL],
    ['+9007199254740993', '+9007199254740993', EQUAL],
    ['9007199254740993', '9007199254740994', ABOVE],
    ['9007199254740993', 9007199254740994, ABOVE],
    ['-9007199254740993', -9007199254740992, ABOVE],
    ['18446744073709551615', '18446744073709551616', ABOVE],
    ['600', '9007199254740993', ABOVE],
  ])('%s compares with %j digit by digit', (bound, cell, expected) => {
    expect(sides(bound, cell)).toEqual(expected)
  })

  it.each([
    ['9007199254740993', '9007199254740993.5', ABOVE],
    ['3.14159265358979323846', '3.14159265358979323845', BELOW],
    ['1e400', '1e400', EQUAL],
    ['1e400', '1e401', ABOVE],
    ['-1e400', '-1e401', BELOW],
    ['1e-400', '1e-401', BELOW],
    ['1e-400', 0, BELOW],
    ['1e400', 5, BELOW],
  ])('%s compares with %j beyond the precision of doubles', (bound, cell, expected) => {
    expect(sides(bound, cell)).toEqual(expected)
  })

  it.each([null, 'high', '', '2020-05-03', 'truest'])('excludes %j, which is not a number', (cell) => {
    expect(sides('600', cell)).toEqual(APART)
  })
})

// A filter by 1 or 0 that finds no boolean: Frodo45127/rpfm#155; by true that finds none: vivekratnavel/omniboard#65.
describe('a bound on booleans', () => {
  it.each<[string, Cell, boolean[]]>([
    ['1', true, EQUAL],
    ['1', false, BELOW],
    ['0', true, ABOVE],
    ['0.5', true, ABOVE],
    ['0', 'false', EQUAL],
    ['1', 'True', EQUAL],
    ['true', true, EQUAL],
    ['true', false, BELOW],
    ['true', 1, EQUAL],
    ['True', '0', BELOW],
    ['false', 'TRUE', ABOVE],
  ])('%s compares with %j as 0 and 1', (bound, cell, expected) => {
    expect(sides(bound, cell)).toEqual(expected)
  })

  it('compares with other texts as text', () => {
    expect([sides('true', 'zero'), sides('true', null)]).toEqual([ABOVE, APART])
  })
})

describe('an ISO 8601 bound on any other column', () => {
  it.each([
    ['2020-05-03T13:00:00+01:00', EQUAL],
    ['2020-05-03T11:59:59Z', BELOW],
    ['2020-05-04', ABOVE],
    ['2020-05-03T09:00:00-05:00', ABOVE],
  ])('compares moments with %s', (cell, expected) => {
    expect(sides('2020-05-03T12:00:00Z', cell)).toEqual(expected)
  })

  it.each([null, 1588507200, true, 'later'])('excludes %j, which is not ISO 8601', (cell) => {
    expect(sides('2020-05-03T12:00:00Z', cell)).toEqual(APART)
  })
})

describe('a bound that is any other text', () => {
  it.each([
    ['m', 'a', BELOW],
    ['m', 'm', EQUAL],
    ['m', 'z', ABOVE],
    ['m', 'M', BELOW],
    ['m', '', BELOW],
    ['true', true, EQUAL],
    ['true', false, BELOW],
    ['é;%', 'é;%', EQUAL],
  ])('"%s" compares with %j as texts do', (bound, cell, expected) => {
    expect(sides(bound, cell)).toEqual(expected)
  })

  it.each([null, 5])('excludes %j, which is not text', (cell) => {
    expect(sides('m', cell)).toEqual(APART)
  })
})

const sorted = (cells: Cell[], isTime: boolean, descending: boolean) =>
  [...cells].sort((a, b) => compareCells(a, b, isTime, descending))

describe('the order of cells', () => {
  it('is numbers, texts, booleans, null', () => {
    expect(sorted([null, true, 'b', 10, '9007199254740993', 'a', false, 9, null], false, false)).toEqual([
      9,
      10,
      '9007199254740993',
      'a',
      'b',
      false,
      true,
      null,
      null,
    ])
  })

  it('places null last in descending order, too', () => {
    expect(sorted([null, 1, 'a', 2, true], false, true)).toEqual([true, 'a', 2, 1, null])
  })

  it('compares times as moments, with other values after them', () => {
    const cells = ['soon', 1588507202000, '2020-05-03T14:00:01+02:00', 1588507200, null, true]
    expect(sorted(cells, true, false)).toEqual([
      1588507200,
      '2020-05-03T14:00:01+02:00',
      1588507202000,
      'soon',
      true,
      null,
    ])
  })

  it('compares numbers out of the range of times as numbers', () => {
    expect(sorted([1e300, 1e299, 5], true, false)).toEqual([5, 1e299, 1e300])
  })

  it('compares ISO 8601 in any other column as text', () => {
    expect(sorted(['2020-05-03T12:00:00Z', '2020-05-03T11:00:00-05:00'], false, false)).toEqual([
      '2020-05-03T11:00:00-05:00',
      '2020-05-03T12:00:00Z',
    ])
  })

  it('distinguishes numbers that are the same double', () => {
    const digits = ['9007199254740994', '9007199254740992', '9007199254740993']
    expect(sorted(digits, false, false)).toEqual(['9007199254740992', '9007199254740993', '9007199254740994'])
  })

  it.each([
    ['1e400', '1e400', 0],
    ['1e400', '1e401', -1],
    ['-1e400', '1e400', -1],
    ['9007199254740993', '9007199254740993.5', -1],
    [null, null, 0],
    [null, 1, 1],
    [1, null, -1],
    ['a', 'a', 0],
  ])('of %j and %j is %i', (a, b, order) => {
    expect(Math.sign(compareCells(a, b, false, false))).toBe(order)
  })

  const close = fc.oneof(
    fc.constantFrom('9007199254740992.5', '9007199254740993', '9007199254740993.5', '9007199254740993.25'),
    fc.constantFrom<Cell>(9007199254740992, 9007199254740994, '1e400', '1e401', '-1e400'),
  )
  const cell = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 0, max: 3 }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 53n + 9n }).map(String),
    close,
    fc.constantFrom('2020-05-03T12:00:00Z', '2020-05-03T14:00:00+02:00', '1588507200', 1588507200000),
    fc.string({ maxLength: 3 }),
    fc.boolean(),
    fc.constant(null),
  )

  it('is the opposite if two cells are swapped', () => {
    fc.assert(
      fc.property(cell, cell, fc.boolean(), fc.boolean(), (a, b, isTime, descending) => {
        const [forth, back] = [compareCells(a, b, isTime, descending), compareCells(b, a, isTime, descending)]
        return Math.sign(forth) + Math.sign(back) === 0
      }),
    )
  })

  it('is transitive, so that sorting and paging agree', () => {
    const three = fc.oneof(fc.tuple(cell, cell, cell), fc.tuple(close, close, close))
    fc.assert(
      fc.property(three, fc.boolean(), fc.boolean(), ([a, b, c], isTime, descending) => {
        const order = (x: Cell, y: Cell) => compareCells(x, y, isTime, descending)
        fc.pre(order(a, b) <= 0 && order(b, c) <= 0)
        expect(order(a, c)).toBeLessThanOrEqual(0)
      }),
      { numRuns: runs(2_000), maxSkipsPerRun: 1_000 },
    )
  })
})
