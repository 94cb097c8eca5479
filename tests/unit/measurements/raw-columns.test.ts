import { describe, expect, it } from 'vitest'
import { InexactNumber } from '../../../lib/measurements/cells.ts'
import { checkShape, columnsOrRows, fromRows } from '../../../lib/measurements/raw-columns.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

describe('columns or rows', () => {
  it('accept an object of lists as columns', () => {
    expect(columnsOrRows({ a: [1, 2], b: ['x'] }, 2)).toEqual([
      ['a', [1, 2]],
      ['b', ['x']],
    ])
  })

  it('accept a single value next to lists as the value of every row', () => {
    const digits = new InexactNumber('1e400')
    expect(columnsOrRows({ time: [1, 2], box: 'b1', a: 5, none: null, d: digits, short: [7] }, 6)).toEqual([
      ['time', [1, 2]],
      ['box', ['b1', 'b1']],
      ['a', [5, 5]],
      ['none', [null, null]],
      ['d', [digits, digits]],
      ['short', [7]],
    ])
  })

  it('accept a list of row objects in rows', () => {
    expect(columnsOrRows({ rows: [{ a: 1 }, { a: 2, b: 'x' }] }, 4)).toEqual([
      ['a', [1, 2]],
      ['b', [null, 'x']],
    ])
  })

  it.each([[[]], [[1, null]], ['x']])('accept rows as the name of a column with %j', (rows) => {
    expect(columnsOrRows({ rows }, 1)).toEqual([['rows', Array.isArray(rows) ? rows : [rows]]])
  })

  it('reject a wrong row in rows', () => {
    expect(codeAndIssues(() => columnsOrRows({ rows: [{ a: 1 }, 2] }, 2))).toMatchObject({ issues: [{ row: 2 }] })
  })

  it('reject row objects next to another column', () => {
    expect(codeAndIssues(() => columnsOrRows({ rows: [{ a: 1 }], b: 1 }, 3))).toMatchObject({ issues: [{ row: 1 }] })
  })

  it('have no rows if a single value is next to empty lists', () => {
    expect(columnsOrRows({ time: [], box: 'b1' }, 2)).toEqual([
      ['time', []],
      ['box', []],
    ])
  })

  it('reject single values for too many rows before they are created', () => {
    expect(thrownProblem(() => columnsOrRows({ time: new Array(100_001).fill(1), box: 'b1' }, 2)).code).toBe(
      'limit_exceeded',
    )
  })

  it('accept an object of single values as one row', () => {
    expect(columnsOrRows({ a: 1, b: 'x', c: null, d: true }, 4)).toEqual([
      ['a', [1]],
      ['b', ['x']],
      ['c', [null]],
      ['d', [true]],
    ])
  })

  it('accept a large number as a single value', () => {
    const digits = new InexactNumber('9007199254740993')
    expect(columnsOrRows({ a: digits }, 1)).toEqual([['a', [digits]]])
  })

  it('accept a list of objects as rows', () => {
    expect(columnsOrRows([{ a: 1 }, { b: 2, a: 3 }, {}], 3)).toEqual([
      ['a', [1, 3, null]],
      ['b', [null, 2, null]],
    ])
  })

  it.each([
    ['an empty object', {}],
    ['an empty list', []],
    ['rows without columns', [{}, {}]],
  ])('are empty for %s', (_, value) => {
    expect(columnsOrRows(value, 0)).toEqual([])
  })

  it.each([
    ['a number', 5],
    ['a text', 'co2'],
    ['true', true],
    ['null', null],
    ['undefined', undefined],
    ['a bigint', 5n],
    ['a number that is stored as text', new InexactNumber('9007199254740993')],
    ['no bytes', new Uint8Array(0)],
    ['bytes', new Uint8Array(2)],
  ])('reject %s as a whole body', (_, value) => {
    expect(thrownProblem(() => columnsOrRows(value, 0))).toMatchObject({
      code: 'body_invalid',
      message: 'The body must be an object of columns or a list of row objects.',
    })
  })

  it.each([
    ['a number', 5],
    ['a text', 'a'],
    ['null', null],
    ['a list', [1]],
    ['a number that is stored as text', new InexactNumber('9007199254740993')],
    ['bytes', new Uint8Array(0)],
  ])('reject %s as a row, with its number', (_, row) => {
    const detail = 'a row must be an object of column names and values'
    expect(codeAndIssues(() => columnsOrRows([{ a: 1 }, row], 1))).toEqual({
      code: 'body_invalid',
      issues: [{ row: 2, detail }],
    })
  })

  it.each([
    ['a list and an object', { a: [1], b: {} }],
    ['a number and an object', { a: 1, b: { c: 1 } }],
  ])('reject %s mixed in one body, with the odd column', (_, value) => {
    expect(codeAndIssues(() => columnsOrRows(value, 2))).toEqual({
      code: 'body_invalid',
      issues: [{ field: 'b', detail: 'a column must be a list of values or a single value' }],
    })
  })

  it.each([
    ['a list in a column', { a: [1, [2]] }],
    ['an object in a column', { a: [1, { b: 2 }] }],
    ['a list in a row', [{ a: 1 }, { a: [2] }]],
    ['an object in a row', [{ a: 1 }, { a: { b: 2 } }]],
  ])('reject %s, with the row', (_, value) => {
    expect(codeAndIssues(() => columnsOrRows(value, 2))).toEqual({
      code: 'body_invalid',
      issues: [{ row: 2, detail: 'the value of "a" is a list or an object' }],
    })
  })

  it('include only the start of a long name in an error', () => {
    const problem = thrownProblem(() => columnsOrRows([{ ['n'.repeat(5000)]: [] }], 1))
    expect(problem.message).toBe(`Row 1: the value of "${'n'.repeat(128)}" is a list or an object.`)
  })

  it.each([
    ['columns', { a: [1] }, 2],
    ['a single row', { a: 1 }, 2],
    ['rows', [{ a: 1 }, { a: 1, b: 1 }], 4],
  ])('reject a duplicate name in %s', (_, value, keysSent) => {
    expect(thrownProblem(() => columnsOrRows(value, keysSent))).toMatchObject({
      code: 'body_invalid',
      message: 'A column name appears twice in one object, so one of its values would be lost.',
    })
  })

  it('accept names of object properties as columns', () => {
    const row = Object.fromEntries([
      ['constructor', 1],
      ['__proto__', 2],
    ])
    expect(fromRows([row], 2)).toEqual([
      ['constructor', [1]],
      ['__proto__', [2]],
    ])
  })

  it('reject too many rows before reading any of them', () => {
    expect(thrownProblem(() => fromRows(new Array(100_001).fill(null), 0)).code).toBe('limit_exceeded')
  })

  it('reject the row that exceeds the number of columns', () => {
    const rows = Array.from({ length: 1_001 }, (_, index) => ({ [`c${index}`]: 1 }))
    expect(thrownProblem(() => fromRows(rows, 1_001))).toMatchObject({
      code: 'limit_exceeded',
      message: 'The upload has more than 1000 columns.',
    })
  })
})

describe('the limits of a table', () => {
  it.each([
    [0, 0],
    [100_000, 30],
    [3_000, 1_000],
  ])('allow %i rows of %i columns', (rows, columns) => {
    expect(checkShape(rows, columns)).toBeUndefined()
  })

  it.each([
    [100_001, 1, 'The upload has 100001 rows; at most 100000 are accepted. Send it in parts.'],
    [1, 1_001, 'The upload has more than 1000 columns.'],
    [100_000, 31, 'The upload has more than 3000000 cells (rows times columns).'],
    [3_001, 1_000, 'The upload has more than 3000000 cells (rows times columns).'],
  ])('reject %i rows of %i columns', (rows, columns, message) => {
    expect(thrownProblem(() => checkShape(rows, columns))).toMatchObject({ code: 'limit_exceeded', message })
  })
})
