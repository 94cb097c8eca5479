import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toColumnName } from '../../../lib/measurements/column-name.ts'
import type { RawColumns } from '../../../lib/measurements/raw-columns.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

function tableOf(raw: RawColumns, accept = /.*/) {
  const warnings = new Warnings()
  const { rows, columns } = toTable(raw, accept, warnings)
  return { rows, columns: Object.fromEntries(columns), warnings: warnings.sentences() }
}

describe('the name of a column', () => {
  it.each([
    ['co2', 'co2'],
    ['CO2', 'co2'],
    ['SCD30_CO2_ppm', 'scd30_co2_ppm'],
    ['a.b:c+d_e-f g', 'a.b:c+d_e-f g'],
    ['  co2  ', 'co2'],
    ['co2 [ppm]', 'co2 ppm'],
    ['(co2)', 'co2'],
    ['! co2', 'co2'],
    ['Größe', 'größe'],
    ['温度', '温度'],
    ['हिन्दी', 'हिन्दी'],
    ['a\u0000b\nc\td', 'abcd'],
    ['a,b"c\'d;e', 'abcde'],
    ['\ufeffco2', 'co2'],
    ['😀', ''],
    ['', ''],
    ['   ', ''],
  ])('%j is stored as "%s"', (sent, name) => {
    expect(toColumnName(sent)).toBe(name)
  })

  it('is the same if it is normalised again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (sent) => toColumnName(toColumnName(sent)) === toColumnName(sent)),
    )
  })
})

describe('a table', () => {
  it('has lower-case names and columns of one length', () => {
    expect(
      tableOf([
        ['CO2', [1, 2, 3]],
        ['box', ['a']],
        ['empty', []],
      ]),
    ).toEqual({
      rows: 3,
      columns: { co2: [1, 2, 3], box: ['a', null, null], empty: [null, null, null] },
      warnings: [],
    })
  })

  it.each([
    ['no columns', []],
    ['columns without rows', [['a', []]] satisfies RawColumns],
  ])('of %s has no rows', (_, raw) => {
    expect(tableOf(raw).rows).toBe(0)
  })

  it('reports the stored name of a column, unless only the letter case differs', () => {
    expect(
      tableOf([
        ['CO2', [1]],
        ['co2 [ppm]', [2]],
        [' box ', ['a']],
      ]).warnings,
    ).toEqual(['column "co2 [ppm]" is stored as "co2 ppm"', 'column " box " is stored as "box"'])
  })

  it('reports only the start of a long name that is stored as another', () => {
    expect(tableOf([[`${'!'.repeat(200)}co2`, [1]]]).warnings).toEqual([
      `column "${'!'.repeat(128)}" is stored as "co2"`,
    ])
  })

  it('passes on the warnings of cells', () => {
    expect(tableOf([['a', [1, Number.NaN]]]).warnings).toEqual([
      'column "a", 1 value (row 2): NaN or infinite, stored as null',
    ])
  })

  it.each([
    ['equal names', 'co2', 'co2'],
    ['letter case', 'co2', 'CO2'],
    ['characters that are omitted', 'co2', 'co2!'],
    ['blanks around', 'co2', ' co2'],
  ])('rejects two columns with the same name: %s', (_, first, second) => {
    const raw: RawColumns = [
      ['x', [1]],
      [first, [1]],
      [second, [2]],
    ]
    const detail = 'two columns are called "co2" (letter case does not count)'
    expect(codeAndIssues(() => tableOf(raw))).toEqual({ code: 'body_invalid', issues: [{ field: 'co2', detail }] })
  })

  it.each(['', '  ', '!?', '😀'])('rejects the column name %j, with its position', (name) => {
    const raw: RawColumns = [
      ['x', [1]],
      [name, [1]],
    ]
    expect(thrownProblem(() => tableOf(raw))).toMatchObject({
      code: 'body_invalid',
      message: 'Column 2: its name is empty, or has neither letters nor digits.',
      issues: [{ field: 'column 2' }],
    })
  })

  it.each(['-', '_', '+.:'])('accepts the column name "%s", as co2logserver does', (name) => {
    expect(tableOf([[name, [1]]]).columns).toEqual({ [name]: [1] })
  })

  it.each(['a'.repeat(128), 'é'.repeat(128), `${'a'.repeat(128)}!`])('accepts a name of 128 characters', (name) => {
    expect(tableOf([[name, [1]]]).rows).toBe(1)
  })

  it('rejects a name of 129 characters', () => {
    expect(thrownProblem(() => tableOf([['a'.repeat(129), [1]]]))).toMatchObject({
      code: 'limit_exceeded',
      message: 'The name of column 1 has more than 128 characters.',
    })
  })

  it('accepts 100,000 rows', () => {
    expect(tableOf([['a', new Array(100_000).fill(1)]]).rows).toBe(100_000)
  })

  it('rejects 100,001 rows', () => {
    expect(thrownProblem(() => tableOf([['a', new Array(100_001).fill(1)]]))).toMatchObject({
      code: 'limit_exceeded',
      message: 'The upload has 100001 rows; at most 100000 are accepted. Send it in parts.',
    })
  })

  it('accepts 1,000 columns', () => {
    const raw = Array.from({ length: 1_000 }, (_, index): RawColumns[number] => [`c${index}`, [index]])
    expect(Object.keys(tableOf(raw).columns)).toHaveLength(1_000)
  })

  it('rejects 1,001 columns', () => {
    const raw = Array.from({ length: 1_001 }, (_, index): RawColumns[number] => [`c${index}`, [index]])
    expect(thrownProblem(() => tableOf(raw)).code).toBe('limit_exceeded')
  })

  it('rejects columns if padding would exceed the maximum number of cells', () => {
    const raw = Array.from({ length: 31 }, (_, index): RawColumns[number] => [
      `c${index}`,
      index === 0 ? new Array(100_000).fill(1) : [],
    ])
    expect(thrownProblem(() => tableOf(raw)).code).toBe('limit_exceeded')
  })

  it.each(['time_upload_utc', 'matched_checksums', 'failed_checksums', 'Time_Upload_UTC'])(
    'omits the column %s, which is reserved for the server',
    (name) => {
      const raw: RawColumns = [
        [name, ['forged']],
        ['a', [1]],
      ]
      expect(tableOf(raw)).toEqual({
        rows: 1,
        columns: { a: [1] },
        warnings: [`column "${name.toLowerCase()}" was not stored: the server sets it itself`],
      })
    },
  )

  it('omits columns that are not allowed', () => {
    const raw: RawColumns = [
      ['co2', [1]],
      ['Secret', [2]],
    ]
    expect(tableOf(raw, /^co2$/)).toEqual({
      rows: 1,
      columns: { co2: [1] },
      warnings: ['column "secret" was not stored: ACCEPT_COLUMNS does not allow it'],
    })
  })

  it('has no rows if all columns are omitted', () => {
    expect(tableOf([['a', [1, 2]]], /^b$/)).toMatchObject({ rows: 0, columns: {} })
  })

  it.each(['__proto__', '__PROTO__', ' __proto__! '])('rejects the column name "%s", with its position', (name) => {
    const raw: RawColumns = [
      ['x', [1]],
      [name, [1]],
    ]
    expect(thrownProblem(() => tableOf(raw))).toMatchObject({
      code: 'body_invalid',
      message: 'Column 2: this name is reserved.',
      issues: [{ field: 'column 2', detail: 'this name is reserved' }],
    })
  })

  it('rejects "__proto__" even if the column would not be stored', () => {
    expect(thrownProblem(() => tableOf([['__proto__', [1]]], /^co2$/)).code).toBe('body_invalid')
  })

  it.each(['constructor', 'prototype', 'tostring', 'proto', '__proto'])('retains a column called "%s"', (name) => {
    expect([...toTable([[name, [1]]], /.*/, new Warnings()).columns]).toEqual([[name, [1]]])
  })
})
