// @module-tag local-only
// These tests call modules of lib/ above items in memory.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { differences, type PartsOptions, type Result, startFiles, uploadAtOnce } from '../../support/large-uploads.ts'
import { gatherLogs } from '../../support/logs.ts'

let files: Awaited<ReturnType<typeof startFiles>>
beforeAll(async () => {
  gatherLogs()
  vi.resetModules()
  vi.stubEnv('MEASUREMENTS_TABLE', 'measurements')
  vi.stubEnv('PARAMETER_PATH', '')
  vi.stubEnv('ACCEPT_COLUMNS', '(?!dropped$).*')
  vi.stubEnv('TEXT_COLUMNS', 'box,id')
  files = await startFiles()
})
beforeEach(() => files.items.clear())

const START = 1_704_067_200
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const csv = (names: string, rows: number, row: (index: number) => string, lineEnd = '\n') =>
  `${[names, ...numbers(rows).map(row)].join(lineEnd)}${lineEnd}`
const inParts = (text: string | Uint8Array, parts: PartsOptions & { type?: string } = {}) =>
  files.uploadInParts(parts.type ?? 'text/csv', Buffer.from(text), { partBytes: 500, ...parts })

/** Expects that a file in parts is stored as an upload, and returns its result. */
async function asUpload(text: string | Uint8Array, parts: PartsOptions & { type?: string } = {}): Promise<Result> {
  const result = await inParts(text, parts)
  const atOnce = await uploadAtOnce(parts.type ?? 'text/csv', Buffer.from(text), parts.options)
  expect(differences(result, atOnce)).toEqual({})
  return result
}
const warningsOf = (result: Result) => ('warnings' in result ? result.warnings : result)

describe("loggers' files", () => {
  const HOBO = '"Plot Title: Cave"\n"#","Date Time, GMT-07:00","Temp, °F (LGR S/N: 1, SEN S/N: 1, LBL: air)","RH, %"'
  const hobo = (date: (row: number) => string) =>
    csv(HOBO, 100, (row) => `${row},${date(row)} 10:52:42 AM,37.2${row % 10},${row}`)

  it('of HOBOware are read with the order of day and month that a late date shows', async () => {
    const result = await asUpload(
      hobo((row) => `${row < 95 ? '05' : '25'}/${String((row % 12) + 1).padStart(2, '0')}/00`),
    )
    expect(warningsOf(result)).toContain('the times are read as day/month/year with the offset -07:00')
  })

  it('of HOBOware are read as month/day/year without such a date', async () => {
    const result = await asUpload(hobo(() => '05/06/00'))
    expect(warningsOf(result)).toContain('the times are read as month/day/year with the offset -07:00')
  })

  it('of HOBOware keep the time of receipt if no order fits all dates', async () => {
    const result = await asUpload(hobo((row) => (row < 50 ? '25/06/00' : '06/25/00')))
    expect(warningsOf(result)).toContainEqual(
      expect.stringMatching(
        /^column "time", 100 values \(first in row 1\): the order of day and month is not declared/,
      ),
    )
  })

  it('of Campbell Scientific are read with their units (TOA5)', async () => {
    const head = '"TOA5","St","CR1000"\r\n"TIMESTAMP","RECORD","batt"\r\n"TS","RN","Volts"\r\n"","","Min"'
    const row = (index: number) => `"2004-11-11 15:${String(index % 60).padStart(2, '0')}:45",${index},13.7`
    await asUpload(csv(head, 100, row, '\r\n'))
  })

  it('with a line of units are read without it', async () => {
    const result = await asUpload(csv('time,temp\ns,°C', 100, (row) => `${START + row},${row / 10}`))
    expect(warningsOf(result)).toEqual(['the line below the column names is read as units'])
  })

  it('of SD cards are read without NUL bytes', async () => {
    const result = await asUpload(csv('time,temp', 100, (row) => `${START + row},${row}${row % 7 ? '' : '\0\0'}`))
    expect(warningsOf(result)).toEqual(['removed 30 NUL bytes'])
  })

  it('with names in a comment are read', async () => {
    await asUpload(
      csv('# station "7\n# time temp', 100, (row) => `${START + row},${row}`).replace('time temp', 'time,temp'),
    )
  })

  it('with lines above the names are read with skip', async () => {
    const text = csv('made by "x\n"y\ntime;temp', 100, (row) => `${START + row};${row},5`)
    await asUpload(text, { options: { skip: '2' } })
  })
})

describe('what only the whole file decides', () => {
  it('is the time column: clock times without a date, in the first parts', async () => {
    const row = (index: number) =>
      index < 50 ? `12:0${index % 10},${START + index}` : `${START + index},${START + index}`
    await asUpload(csv('time,ts', 100, row))
  })

  it('is the time column: a name that may be something else', async () => {
    await asUpload(csv('ts,a', 100, (row) => (row < 80 ? `${row},1` : `2024-01-01T00:00:${row % 60},1`)))
  })

  it('is the time column of NDJSON, which the first rows lack', async () => {
    const rows = numbers(100).map((row) =>
      JSON.stringify(row < 60 ? { ts: START + row } : { ts: 5, time: START + row }),
    )
    await asUpload(rows.join('\n'), { type: 'application/x-ndjson' })
  })

  it('is whether a word is a missing value', async () => {
    const result = await asUpload(
      csv('time,a,b', 100, (row) => `${START + row},${row < 50 ? 'NA' : 1},${row < 99 ? (row % 5 ? 1 : 'NA') : 'x'}`),
    )
    expect(warningsOf(result)).toEqual([
      'column "a", 50 values (first in row 1): a word for a missing value, stored as null',
      'column "b", 21 values (first in row 1): a text in a column of numbers, stored as text',
    ])
  })

  it('is whether blanks before cells are removed', async () => {
    const row = (index: number) => `${START + index}, x${index % 9}, ${index === 99 ? '"y"' : 'z'}`
    await asUpload(csv('time, a, b', 100, row))
  })

  it('is whether digits of times that no double holds are lost', async () => {
    const exact = (index: number) => `${START}.${String(index).padStart(9, '0')}1`
    await asUpload(csv('time,a', 100, (row) => `${exact(row)},1`))
    await asUpload(csv('time,a', 100, (row) => `${row === 99 ? 'soon' : exact(row)},1`))
  })

  it('is whether an index column has numbers', async () => {
    await asUpload(csv(',time,a', 100, (row) => `${row},${START + row},1`))
    const result = await inParts(csv(',time,a', 100, (row) => `${row === 99 ? 'x' : row},${START + row},1`))
    expect(result).toMatchObject({ code: 'body_invalid', issues: [{ field: 'column 1' }] })
  })

  it('is which columns have no values', async () => {
    const rows = numbers(100).map((row) =>
      JSON.stringify({ time: START + row, box: `b${row % 2}`, ...(row === 3 && { never: null }) }),
    )
    const result = await asUpload(rows.join('\n'), { type: 'application/x-ndjson' })
    expect(result).toMatchObject({ columns: { b0: ['box', 'never', 'time'], b1: ['box', 'never', 'time'] } })
  })
})

describe('equal rows', () => {
  const repeated = (count: number) => csv('time,a', 300, (row) => `${START + Math.floor(row / count)},1`)

  it.each([1, 2, 7, 50, 300])('%d of a time are stored as often as in an upload', async (count) => {
    await asUpload(repeated(count), { partBytes: 200 })
  })

  it('of one time between others are stored as often as in an upload', async () => {
    await asUpload(
      csv('time,a,box', 300, (row) => `${START},${row % 2},b${row % 3}`),
      { partBytes: 200 },
    )
  })

  it('of a file that arrives twice are stored once', async () => {
    const body = Buffer.from(repeated(7))
    await files.storeFile('text/csv', body, { partBytes: 200 })
    const before = files.items.size
    const { outcome } = await files.storeFile('text/csv', body, { partBytes: 200, upload: { fileId: 'f2' } })
    expect(outcome).toEqual({ state: 'stored', result: { 'saved-in-db': 300 } })
    expect(files.items.size).toBe(before)
  })

  it('of slices that were cut by hand are those of the file', async () => {
    const text = csv('time,a', 300, (row) => `${START + row},${row % 3}`)
    const [names = '', ...lines] = text.trimEnd().split('\n')
    const slices = numbers(3).map((slice) => [names, ...lines.slice(100 * slice, 100 * slice + 100)].join('\n'))
    const results = await Promise.all(slices.map((slice) => uploadAtOnce('text/csv', Buffer.from(slice))))
    const result = await inParts(text)
    expect('rows' in result && result.rows).toEqual(
      results.flatMap((slice) => ('rows' in slice ? slice.rows : [])).sort(),
    )
  })

  it('without times are all stored, once each', async () => {
    let blocks = 0
    const crash = (step: string) => {
      if (step === 'block') blocks += 1
      return step === 'block' && blocks % 3 === 0 && blocks < 20
    }
    const result = await inParts(
      csv('a', 300, () => '400'),
      { partBytes: 200, crash },
    )
    expect(result).toMatchObject({ count: 300, rows: { length: 300 } })
  })
})
