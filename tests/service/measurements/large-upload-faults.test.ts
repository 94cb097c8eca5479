// @module-tag local-only
// These tests call modules of lib/ above items in memory.
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_PROGRESS_BYTES } from '../../../lib/measurements/large/large-upload.ts'
import { type Content, type PartsOptions, startFiles } from '../../support/large-uploads.ts'
import { gatherLogs } from '../../support/logs.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let files: Awaited<ReturnType<typeof startFiles>>
beforeAll(async () => {
  gatherLogs()
  vi.resetModules()
  vi.stubEnv('MEASUREMENTS_TABLE', 'measurements')
  vi.stubEnv('PARAMETER_PATH', '')
  files = await startFiles()
})
beforeEach(() => files.items.clear())

const START = 1_704_067_200
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const lines = (names: string, rows: number, row: (index: number) => string) =>
  [names, ...numbers(rows).map(row)].join('\n')
const NDJSON = 'application/x-ndjson'

async function problemOf(content: string | Uint8Array | Content, parts: PartsOptions & { type?: string } = {}) {
  const body = typeof content === 'string' ? Buffer.from(content) : content
  const { outcome } = await files.storeFile(parts.type ?? 'text/csv', body, { partBytes: 1_000, ...parts })
  if (outcome.state !== 'failed') return expect.unreachable(`the file is ${outcome.state}`)
  expect(files.items.size).toBe(0)
  const { code, message, issues } = outcome.problem
  return { code, message, issues }
}

/** A file that repeats a text after its first bytes. */
function repeating(first: string, text: string, size = 9_000_000): Content {
  const start = Buffer.from(first)
  return {
    size,
    read: async (from, to) => {
      const offset = Math.max(from - start.length, 0) % text.length
      const rest = Buffer.alloc(to - from + text.length, text).subarray(offset)
      return Buffer.concat([start.subarray(from), rest]).subarray(0, to - from)
    },
  }
}

describe('a fault in a late part', () => {
  it('of CSV is reported with its line and byte', async () => {
    const text = lines('time,a', 1_000, (row) => (row === 900 ? `${START},1,2` : `${START + row},1`))
    expect(await problemOf(text)).toEqual({
      code: 'body_invalid',
      message: `The CSV does not parse at line 902 (from byte ${7 + 900 * 13} on): it has 3 cells, but the CSV has 2 columns (decimal commas? Send decimal points, or another separator).`,
      issues: [{ line: 902, byte: 7 + 900 * 13, detail: expect.any(String) }],
    })
  })

  it('of CSV in UTF-16 is reported with its byte in the file', async () => {
    const text = lines('time,a', 1_000, (row) => (row === 900 ? `${START},1,2` : `${START + row},1`))
    const body = Buffer.from(`\ufeff${text}`, 'utf16le')
    const type = 'text/csv; charset=utf-16le'
    expect(await problemOf(body, { type })).toMatchObject({ issues: [{ line: 902, byte: 2 * (8 + 900 * 13) }] })
  })

  it('of a value is reported with its row', async () => {
    const text = lines('time,a', 1_000, (row) => `${START + row},${row === 900 ? 'x'.repeat(5_000) : 1}`)
    expect(await problemOf(text)).toMatchObject({
      code: 'limit_exceeded',
      message: 'Row 901, column "a": a text may have at most 4096 bytes.',
      issues: [{ field: 'a', row: 901 }],
    })
  })

  it('of an encoding is reported with its byte', async () => {
    const body = Buffer.from(lines('time,a', 1_000, (row) => `${START + row},1`))
    body[12_000] = 0xff
    expect(await problemOf(body)).toMatchObject({
      message: expect.stringContaining('not valid UTF-8 at byte 12000.'),
      issues: [{ byte: 12_000 }],
    })
  })

  it('of NDJSON is reported with its line, column and byte', async () => {
    const text = lines('', 1_000, (row) => (row === 900 ? '{"é":1,' : `{"time":${START + row}}`))
    const byte = 1 + 900 * 20 + 8
    expect(await problemOf(text, { type: NDJSON })).toMatchObject({
      message: expect.stringContaining(`line 902, column 8 (byte ${byte})`),
      issues: [{ line: 902, column: 8, byte }],
    })
  })

  it.each([
    ['a name twice', '{"a":1,"a":2}', 'A column name appears twice in one object'],
    ['a message among rows', '{"esp8266id":"1","sensordatavalues":[{"value_type":"a","value":"1"}]}', 'Row 901'],
  ])('of NDJSON is found in its line: %s', async (_, line, message) => {
    const text = lines('', 1_000, (row) => (row === 900 ? line : `{"time":${START + row}}`))
    const problem = await problemOf(text, { type: NDJSON })
    expect(problem.message).toContain(message)
    expect(problem.issues[0]).toMatchObject(message === 'Row 901' ? { row: 901 } : { line: 902, byte: 1 + 900 * 20 })
  })

  it('of NDJSON is a row after messages without rows', async () => {
    const joined = '{"end_device_ids":{"device_id":"d"},"join_accept":{}}'
    const text = lines('', 100, (row) => (row === 90 ? '{"a":1}' : joined))
    expect(await problemOf(text, { type: NDJSON })).toMatchObject({ issues: [{ line: 92 }] })
  })

  it('of NDJSON is a row among messages', async () => {
    const message = '{"esp8266id":"1","sensordatavalues":[{"value_type":"a","value":"1"}]}'
    const text = lines('', 100, (row) => (row === 90 ? '{"a":1}' : message))
    expect(await problemOf(text, { type: NDJSON })).toMatchObject({
      message: expect.stringContaining('A line has another form than those before it.'),
      issues: [{ line: 92 }],
    })
  })
})

describe('a file that cannot be cut', () => {
  it.each([
    ['CSV', 'text/csv', 'time,a\n1,2\n'],
    ['NDJSON', NDJSON, '{"a":1}\n'],
  ])('is rejected for a line that is longer than a part: %s', async (_, type, first) => {
    const content = repeating(first, 'x')
    const line = first.split('\n').length
    expect(await problemOf(content, { type, partBytes: 4_000_000 })).toMatchObject({
      code: 'limit_exceeded',
      message: `Line ${line} (from byte ${first.length} on) is longer than 4000000 bytes. If the file has no line ends, add them.`,
      issues: [{ line, byte: first.length }],
    })
  })

  it.each(['utf-16le', 'utf-16be'])('is rejected for such a line in %s', async (charset) => {
    const text = Buffer.from(`time,a\n1,2\n3,${'耀聁😀'.repeat(1_500_000)}`, 'utf16le')
    const type = `text/csv; charset=${charset}`
    const body = charset === 'utf-16be' ? text.swap16() : text
    expect(await problemOf(body, { type, partBytes: 4_000_000 })).toMatchObject({
      code: 'limit_exceeded',
      issues: [{ line: 3, byte: 22 }],
    })
  })

  it('is rejected for a quote that is never closed', async () => {
    const first = 'time,a\n1,2\n3,"x\n'
    expect(await problemOf(repeating(first, '4,5\n'), { partBytes: 4_000_000 })).toMatchObject({
      code: 'body_invalid',
      message: expect.stringContaining('a quote that is opened here or before is never closed'),
    })
  })

  it('is rejected for a quote inside a text, which hides line ends', async () => {
    const first = 'time,a\n1,2\n3,5" pipe\n'
    expect(await problemOf(repeating(first, '4,5\n'), { partBytes: 4_000_000 })).toMatchObject({
      message: expect.stringContaining('line 3 (from byte 11 on): an unquoted cell contains a quote'),
      issues: [{ line: 3, byte: 11 }],
    })
  })

  it('is rejected for a text in quotes that is longer than a part', async () => {
    const content = repeating('time,a\n1,"', '""')
    expect(await problemOf(content, { partBytes: 4_000_000 })).toMatchObject({ code: 'body_invalid' })
  })

  it('is rejected if it is not text', async () => {
    const content = repeating('PK\u0003\u0004', '\u0001')
    const bytes = await content.read(0, content.size)
    bytes[5] = 0xff
    const read = async (start: number, end: number) => bytes.subarray(start, end)
    expect(await problemOf({ ...content, read }, { partBytes: 4_000_000 })).toMatchObject({
      code: 'body_invalid',
      message: expect.stringContaining('It seems to be an Excel file: save it as CSV.'),
    })
  })

  it('is rejected if its first lines are all comments', async () => {
    expect(await problemOf(repeating('', '# nothing\n'), { partBytes: 4_000_000 })).toMatchObject({
      code: 'limit_exceeded',
      message: 'The first 4000000 bytes of the file have no column names. Remove the lines above them.',
    })
  })

  it.each([
    ['application/json', 'The rows of a large file must be in lines. Send CSV or NDJSON.'],
    ['text/csv; charset=klingon', 'The charset in Content-Type is not supported. Send UTF-8.'],
    ['text/csv; charset=iso-2022-jp', 'A file in ISO-2022-JP cannot be read in parts. Send UTF-8.'],
  ])('is rejected: %s', async (type, message) => {
    expect(await problemOf('time,a\n1,2\n', { type })).toEqual({
      code: 'content_type_unsupported',
      message,
      issues: [],
    })
  })

  it('is rejected for options that this version does not accept', async () => {
    expect(await problemOf('time,a\n1,2\n', { options: { decimal: 'dot' } })).toMatchObject({
      code: 'parameter_invalid',
      message: 'options.decimal must be point or comma.',
    })
  })
})

describe('the whole of a file', () => {
  it('is rejected for a time column that no part has', async () => {
    const text = lines('', 100, (row) => `{"a":${row}}`)
    expect(await problemOf(text, { type: NDJSON, options: { time_column: 'at' } })).toMatchObject({
      code: 'parameter_invalid',
      message: 'time_column names a column that the upload lacks. It has "a".',
    })
  })

  it('may have its time column in a late part only', async () => {
    const text = lines('', 100, (row) => `{"a":${row}${row < 90 ? '' : `,"at":${START + row}`}}`)
    const options = { time_column: 'at' }
    const result = await files.uploadInParts(NDJSON, Buffer.from(text), { partBytes: 200, options })
    expect(result).toMatchObject({
      count: 100,
      warnings: [
        'column "at", 90 values (first in row 1): not readable as a time, the time of receipt is used for the row',
      ],
    })
  })

  it('is rejected for warnings with strict', async () => {
    const text = lines('time,a', 300, (row) => `${START + row},${row < 290 ? 1 : 'NaN'}`)
    expect(await problemOf(text, { options: { strict: 'true' } })).toMatchObject({
      code: 'body_invalid',
      issues: [{ detail: 'column "a", 10 values (first in row 291): NaN or infinite, stored as null' }],
    })
  })

  it('is rejected for too many columns in its parts together', async () => {
    const text = lines('', 1_100, (row) => `{"c${row}":1}`)
    expect(await problemOf(text, { type: NDJSON })).toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringContaining('The upload has more than 1000 columns. See line 1002'),
    })
  })

  it('is rejected for names that differ in case only, in two parts', async () => {
    const text = lines('', 300, (row) => (row === 290 ? '{"Temp":1}' : '{"temp":1}'))
    expect(await problemOf(text, { type: NDJSON })).toMatchObject({
      message: expect.stringContaining('two columns are called "temp" (letter case does not count)'),
      issues: [{ field: 'temp', line: 292 }],
    })
  })

  it('may have more boxes than one upload, but not more than 5,000', async () => {
    const boxes = (count: number) => lines('time,box', count, (row) => `${START},b${row}`)
    const parts = { partBytes: 4_000_000 }
    expect(await files.uploadInParts('text/csv', Buffer.from(boxes(1_500)), parts)).toMatchObject({ count: 1_500 })
    files.items.clear()
    expect(await problemOf(boxes(5_001), parts)).toMatchObject({
      code: 'limit_exceeded',
      message: 'The file has rows of more than 5000 boxes. Send it as several files.',
    })
  })

  it('may have more cells in a part than an upload', async () => {
    const columns = numbers(1_000).map((column) => `c${column}`)
    const text = lines(
      `time,${columns.join(',')}`,
      3_100,
      (row) => `${START + row}${row === 0 ? ','.repeat(1_000) : ',1'}`,
    )
    expect(await problemOf(text, { partBytes: 4_000_000 })).toMatchObject({
      message: 'The upload has more than 1000 columns.',
    })
    const fewer = text.replace(',c999', '').replace(/,{1000}/, ','.repeat(999))
    const result = await files.uploadInParts('text/csv', Buffer.from(fewer), { partBytes: 4_000_000 })
    expect(result).toMatchObject({ count: 3_100 })
  })

  it('is rejected if its progress would be too large', async () => {
    const columns = numbers(999).map((column) => `${'é'.repeat(120)}${column}`)
    const text = lines(`time,${columns.join(',')}`, 20, (row) => `${START + row},1`)
    expect(await problemOf(text)).toMatchObject({
      code: 'limit_exceeded',
      message: 'The file has too many columns, boxes and warnings with long names. Send it as several files.',
    })
  })

  it('has progress of few bytes with many columns', async () => {
    const columns = numbers(999).map((column) => `column of some length ${column}`)
    const text = lines(`time,${columns.join(',')}`, 30, (row) => `${START + row}${',x'.repeat(999)}`)
    const sizes: number[] = []
    await files.storeFile('text/csv', Buffer.from(text), {
      partBytes: 10_000,
      onSave: (progress) => sizes.push(JSON.stringify(progress).length),
    })
    expect(Math.max(...sizes)).toBeLessThan(MAX_PROGRESS_BYTES / 2)
  })

  it.each([
    ['text/csv', 'time,a\n', ['the CSV has column names but no rows (curl -d drops line endings: use --data-binary)']],
    [
      'text/csv',
      `time,A%\n${'# nothing\n'.repeat(200)}`,
      [
        'column "A%" is stored as "a"',

        expect.stringContaining('lines among the rows that start with #'),
        expect.stringContaining('no rows'),
      ],
    ],
    [NDJSON, '\n\n\n', []],
  ])('may have no rows: %s', async (type, text, warnings) => {
    const result = await files.uploadInParts(type, Buffer.from(text), { partBytes: 200 })
    expect(result).toMatchObject({ count: 0, rows: [], warnings })
  })

  it('has no rows if all columns are dropped', async () => {
    const text = lines('matched_checksums', 300, () => 'x')
    const result = await files.uploadInParts('text/csv', Buffer.from(text), { partBytes: 200 })
    expect(result).toMatchObject({ count: 0, rows: [] })
  })
})

describe('a run', () => {
  const body = Buffer.from(lines('time,a', 300, (row) => `${START + row},1`))

  it('starts no part when the deadline is near', async () => {
    setTimeBudgets({ filePartMs: 10_000 })
    const outcome = await files.runOnce('text/csv', body, { deadlineMs: 9_000 })
    expect(outcome).toEqual({ state: 'unfinished' })
  })

  it('shows progress that never falls', async () => {
    const shown: { rows: number; bytes: number }[] = []
    // The order of the dates makes a second check necessary.
    const text = lines('"Date Time, GMT+00:00",a', 300, (row) => `${row === 250 ? 25 : 5}/06/00 10:00,1`)
    const size = Buffer.byteLength(text)
    await files.storeFile('text/csv', Buffer.from(text), { partBytes: 500, onSave: (_, at) => shown.push(at) })
    expect(shown.at(-1)).toEqual({ rows: 300, bytes: size })
    for (const [index, { rows, bytes }] of shown.entries()) {
      expect(bytes).toBeGreaterThanOrEqual(shown[index - 1]?.bytes ?? 0)
      expect(rows).toBeGreaterThanOrEqual(shown[index - 1]?.rows ?? 0)
    }
    expect(shown.some(({ rows, bytes }) => rows === 0 && bytes > 0)).toBe(true)
  })

  it('fails if the bytes of the file are not all returned', async () => {
    const content = { size: body.length + 10, read: async (start: number, end: number) => body.subarray(start, end) }
    await expect(files.storeFile('text/csv', content, { partBytes: 500 })).rejects.toThrow('bytes instead of')
  })
})
