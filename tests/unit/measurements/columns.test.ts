import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { type ColumnAttribute, cellBytes, decodeColumn, encodeColumns } from '../../../lib/measurements/columns.ts'

/** A column as it is stored in a block with other columns, whose size determines the encoding. */
function encoded(cells: Cell[], others = 0): ColumnAttribute {
  const columns = new Map([['a', cells]])
  for (let index = 0; index < others; index += 1) columns.set(`other ${index}`, cells)
  return encodeColumns(columns, cells.length)[0]?.[1] ?? { L: [] }
}

describe('a column in DynamoDB', () => {
  it('is a list of plain values in a small block', () => {
    expect(encoded([1.5, -3, 0, 'a', '', true, false, null])).toEqual({
      L: [
        { N: '1.5' },
        { N: '-3' },
        { N: '0' },
        { S: 'a' },
        { S: '' },
        { BOOL: true },
        { BOOL: false },
        { NULL: true },
      ],
    })
  })

  it.each([
    [1e-130, { N: '1e-130' }],
    [9.8e125, { N: '9.8e+125' }],
    [-1e125, { N: '-1e+125' }],
    [9.9e125, { M: { double: { S: '9.9e+125' } } }],
    [9e-131, { M: { double: { S: '9e-131' } } }],
    [-1e300, { M: { double: { S: '-1e+300' } } }],
    [5e-324, { M: { double: { S: '5e-324' } } }],
  ])('contains %d if it is in the range of numbers, or else as a map', (value, attribute) => {
    expect(encoded([value])).toEqual({ L: [attribute] })
  })

  it.each([
    ['few rows', Array(7).fill(1.5), 20],
    ['few cells', Array(40).fill(1.5), 2],
  ])('is a list for %s', (_, cells, others) => {
    expect(encoded(cells, others)).toHaveProperty('L')
  })

  it.each([
    ['numbers', Array.from({ length: 100 }, (_, row) => 20 + row / 10)],
    ['numbers of many digits', Array.from({ length: 100 }, (_, row) => Math.sqrt(row))],
    ['texts', Array(100).fill('ok')],
    ['gaps', Array.from({ length: 100 }, (_, row) => (row % 3 === 0 ? row : null))],
  ])('is packed in a larger block: %s', (_, cells) => {
    expect(encoded(cells, 1)).toHaveProperty('B')
  })

  it('remains a list if packing would exceed the estimated size of the block', () => {
    // JSON encodes each of these as six characters, and the rest is too varied to compress well.
    const mixed = createHash('shake256', { outputLength: 80_000 }).update('seed').digest()
    const controls = Buffer.from(mixed.map((byte) => byte % 31))
    const cells = Array.from({ length: 20 }, (_, row) => controls.toString('latin1', row * 4_000, (row + 1) * 4_000))
    expect(encoded(cells, 10)).toEqual({ L: cells.map((S) => ({ S })) })
  })

  it('is empty if a block has no values of it', () => {
    expect(
      encodeColumns(
        new Map([
          ['a', []],
          ['b', Array(200).fill(1)],
        ]),
        200,
      )[0],
    ).toEqual(['a', { L: [] }])
  })

  const double = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0))
  const decimal = fc
    .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), fc.integer({ min: 0, max: 11 }))
    .map(([digits, places]) => digits / 10 ** places)
  const whole = fc.maxSafeInteger().filter((value) => !Object.is(value, -0))
  const other = fc.oneof(
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.boolean(),
    fc.constant(null),
  )
  it.each([
    ['every finite double', double],
    ['short decimals', decimal],
    ['whole numbers', whole],
    ['short decimals among other doubles', fc.oneof({ weight: 9, arbitrary: decimal }, double)],
    ['every other cell', other],
    ['cells of all kinds', fc.oneof<[fc.Arbitrary<Cell>, fc.Arbitrary<Cell>]>(decimal, other)],
  ])('is read back as it was written, as a list or packed: %s', (_, cell: fc.Arbitrary<Cell>) => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 200 }), fc.constantFrom(0, 200), (cells, others) => {
        expect([...decodeColumn(encoded(cells, others))]).toEqual(cells)
      }),
    )
  })

  it('is empty if it is not stored', () => {
    expect(decodeColumn({})).toEqual([])
  })
})

describe('the size of a cell', () => {
  it.each([
    [0, 13],
    [-1.7976931348623157, 13],
    [1e300, 40],
    ['', 4],
    ['abc', 7],
    ['é€😀', 13],
    [true, 2],
    [null, 2],
  ])('of %j is at most %i bytes', (cell, bytes) => {
    expect(cellBytes(cell)).toBe(bytes)
  })

  it('is never smaller than the size that DynamoDB calculates', () => {
    // AWS estimates a number of n digits as n / 2 + 1 bytes, 21 at most, plus one byte for each element of a list.
    // Leading zeros are not digits.
    const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e125, max: 1e125 })
    const digits = (value: number) => String(value).replace(/e.*/, '').replace(/\D/g, '').replace(/^0+/, '').length
    fc.assert(fc.property(double, (value) => cellBytes(value) >= Math.ceil(digits(value) / 2) + 1 + 1))
  })
})
