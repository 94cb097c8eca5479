// @module-tag local-only
// The command line works on tables and parameters of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitCsv, splitNdjson } from '../../../cli/support/file-parts.ts'
import { checkDateOrder } from '../../../cli/support/hobo-dates.ts'
import { parseCsv } from '../../../lib/measurements/csv.ts'
import type { CsvOptions } from '../../../lib/measurements/csv-options.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
let folder: string
beforeAll(async () => {
  stage = await startStage()
  folder = mkdtempSync(join(tmpdir(), 'latchkey-upload-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await stage.stop()
})

const CSV = 'time,co2\n2026-01-01T00:00:00Z,612\n2026-01-01T00:01:00Z,618\n'

function writeFile(name: string, content: string): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

const run = (...args: string[]) => stage.command('upload', ...args, '--url', stage.url)
const upload = (...args: string[]) => stage.json('upload', ...args, '--url', stage.url)
const co2Of = async (clientId: string) => (await stage.rows(clientId)).map(({ co2 }) => co2)
const failure = (sentence: string) => ({ code: 1, stdout: '', stderr: `${sentence}\n` })
const usageError = (sentence: string) => ({ code: 2, stdout: '', stderr: `${sentence}\n` })

describe('upload', () => {
  it('registers a client for the file, stores its rows and returns the data page URL', async () => {
    const file = writeFile('room.csv', CSV)
    const { client_id, ...result } = await upload(file)
    expect(result).toEqual({
      file,
      client_is_new: true,
      rows: 2,
      warnings: [],
      data_page: `${stage.url}/download?client_id=${client_id}`,
    })
    expect(await co2Of(client_id)).toEqual([612, 618])
    const { stdout } = await stage.command('clients', 'show', client_id)
    expect(stdout).toMatch(/^name: room\.csv [0-9a-f]{12}$/m)
    expect(stdout).toMatch(/^scope: upload$/m)
  })

  it('stores the rows of a repeated upload once, with and without times', async () => {
    for (const content of [CSV, 'co2\n1\n2\n']) {
      const file = writeFile('repeated.csv', content)
      const first = await upload(file)
      const second = await upload(file)
      expect(second).toEqual({ ...first, client_is_new: false })
      expect(await co2Of(first.client_id)).toHaveLength(2)
    }
  })

  it('registers separate clients for other files and changed versions of a file', async () => {
    const ids = new Set<string>()
    for (const [name, content] of [
      ['one.csv', CSV],
      ['two.csv', CSV],
      ['one.csv', `${CSV}2026-01-01T00:02:00Z,620\n`],
    ] as const) {
      ids.add((await upload(writeFile(name, content))).client_id)
    }
    expect(ids.size).toBe(3)
  })

  it.each([
    ['json', '{"time":[43,23],"co2":[1223,2351]}'],
    ['ndjson', '{"time":43,"co2":1223}\n{"time":23,"co2":2351}\n'],
    ['JSONL', '{"time":43,"co2":1223}\n{"time":23,"co2":2351}\n'],
  ])('reads .%s', async (extension, content) => {
    const { client_id } = await upload(writeFile(`room.${extension}`, content))
    expect(await co2Of(client_id)).toEqual([2351, 1223])
  })

  it('adds rows to the client that --client names', async () => {
    const { client_id } = await stage.register()
    expect(await upload(writeFile('room.csv', CSV), '--client', client_id)).toMatchObject({ client_id, rows: 2 })
    expect(await co2Of(client_id)).toEqual([612, 618])
  })

  it('reads times from the column that --time-column names', async () => {
    const file = writeFile('dated.csv', '\ufeff"Date, UTC",co2\r\n2026-01-01 00:00:00,612\r\n')
    const untimed = await run(file)
    expect(untimed.stderr).toContain('no column is known to hold times ("date utc", "co2"), so every row has the time')
    const { client_id, client_is_new } = await upload(file, '--time-column', 'date, utc')
    expect(client_is_new).toBe(true)
    const cols = 'date utc,co2'
    expect(await stage.rows(client_id, { cols, to: '2026-01-01' })).toEqual([
      { 'date utc': '2026-01-01 00:00:00', co2: 612 },
    ])
  })

  it('reads times in the format and the time zone that options declare', async () => {
    const file = writeFile('local.csv', 'time,co2\n01.07.2026 13:00,612\n')
    const { client_id } = await upload(file, '--time-format', '%d.%m.%Y %H:%M', '--tz', 'Europe/Berlin')
    expect(await stage.rows(client_id, { cols: 'time' })).toEqual([{ time: '2026-07-01T11:00:00.000Z' }])
  })

  it('prints warnings as notes', async () => {
    const { code, stdout, stderr } = await run(writeFile('odd.csv', 'time,CO2!\nyesterday,1\n'))
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        'Note: column "CO2!" is stored as "co2".\n' +
        'Note: column "time", 1 value (row 1): not readable as a time, the time of receipt is used for the row.\n',
    })
    expect(stdout).toMatch(
      /^rows stored: 1\nclient_id: [0-9a-f]{32} \(new\)\ndata page: http:\S+\nOpen the data page, enter the admin token/,
    )
  })

  it('sends a large file in parts', async () => {
    const rows = Array.from({ length: 100_010 }, (_, row) => `${row},${row % 7}`)
    const { client_id, rows: count } = await upload(writeFile('large.csv', `time,co2\n${rows.join('\n')}\n`))
    expect(count).toBe(100_010)
    const last = await stage.rows(client_id, { from: '99999', cols: 'time' })
    expect(last).toEqual(Array.from({ length: 11 }, (_, row) => ({ time: 99_999 + row })))
  })

  it('reads files with semicolons and decimal commas', async () => {
    const { client_id } = await upload(writeFile('german.csv', 'time;co2\n2026-01-01T00:00:00Z;612,5\n'))
    expect(await co2Of(client_id)).toEqual([612.5])
  })

  it.each([
    ['--columns', 'time,co2', '2026-01-01T00:00:00Z,612.5\n2026-01-01T00:01:00Z,618.5\n'],
    ['--skip', '1', 'Room 7\ntime,co2\n2026-01-01T00:00:00Z,612.5\n2026-01-01T00:01:00Z,618.5\n'],
    ['--delimiter', 'pipe', 'time|co2\n2026-01-01T00:00:00Z|612.5\n2026-01-01T00:01:00Z|618.5\n'],
    ['--decimal', 'comma', 'time,co2\n2026-01-01T00:00:00Z,"612,5"\n2026-01-01T00:01:00Z,"618,5"\n'],
  ])('reads CSV as the option %s %s declares', async (option, value, content) => {
    const { client_id, warnings } = await upload(writeFile('declared.dat', content), option, value)
    expect([warnings, await co2Of(client_id)]).toEqual([[], [612.5, 618.5]])
  })

  it('sends a file without column names in parts, all rows of which are stored', async () => {
    const rows = Array.from({ length: 100_010 }, (_, row) => `${row};${row % 7}`)
    const file = writeFile('nameless.txt', `#by me\n${rows.join('\n')}\n`)
    const { client_id, rows: count } = await upload(file, '--columns', 'time,co2')
    expect(count).toBe(100_010)
    const last = await stage.rows(client_id, { from: '99999', cols: 'time' })
    expect(last).toEqual(Array.from({ length: 11 }, (_, row) => ({ time: 99_999 + row })))
  })

  it.each([
    [['--delimiter', 'blank'], '--delimiter must be comma, semicolon, tab, pipe or the character.'],
    [['--skip', 'some'], '--skip must be a whole number of lines, at most 9999.'],
  ])('rejects %j', async (args, sentence) => {
    expect(await run(writeFile('room.csv', CSV), ...args)).toEqual(usageError(sentence))
  })

  it('explains each error in one sentence', async () => {
    const file = writeFile('room.csv', CSV)
    const { client_id, client_secret } = await stage.register({ kind: 'confidential' })
    expect(client_secret).toBeDefined()
    const secret = await run(file, '--client', client_id)
    expect(secret).toMatchObject({ code: 1, stderr: expect.stringMatching(/^A confidential client/) })
    expect(await run(writeFile('notes.doc', ''))).toEqual(
      failure('The name of the file must end in .csv, .tsv, .txt, .dat, .json, .ndjson, .jsonl.'),
    )
    const missing = join(folder, 'missing.csv')
    expect(await run(missing)).toEqual(
      failure(`${missing} cannot be read or written: the file or its folder does not exist.`),
    )
    expect(await run(file, '--time-column', 'when')).toEqual(
      failure('time_column names a column that the upload lacks. It has "time", "co2".'),
    )
    expect(await stage.command('upload', file)).toEqual(
      failure(`The stage ${stage.stage} is not deployed in this region.`),
    )
    expect(await stage.command('upload', file, '--url', 'http://127.0.0.1:1')).toEqual(
      failure('http://127.0.0.1:1 does not respond: check the address, and run the command again.'),
    )
    const { client_id: disabled } = await upload(file)
    await stage.json('clients', 'disable', disabled)
    expect(await run(file)).toEqual(failure(`Client ${disabled} of this file is disabled: clients enable ${disabled}.`))
  })

  it('names the first row that was not stored when a part fails', async () => {
    const rows = Array.from({ length: 100_001 }, (_, row) => `${row},1`)
    const file = writeFile('cut.csv', `time,co2\n${rows.join('\n')},surplus\n`)
    expect(await run(file)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Rows from 100001 on were not stored\. The CSV does not parse at line 2/),
    })
  })
})

describe('splitting a file', () => {
  const bodies = (parts: ReturnType<typeof splitCsv>) => parts.map(({ firstRow, body }) => [firstRow, String(body)])

  it.each(['\n', '\r\n', '\r'])('repeats the column names, and does not split rows, with line end %j', (end) => {
    const cell = `"${'x'.repeat(1_999_990)}${end}""y"""`
    const row = `${cell},1${end}`
    const parts = splitCsv(Buffer.from(`a,b${end}${row}${row}${row}`))
    expect(bodies(parts)).toEqual([
      [1, `a,b${end}${row}`],
      [2, `a,b${end}${row}`],
      [3, `a,b${end}${row}`],
    ])
  })

  it.each([
    [
      'TOA5',
      '"TOA5","roof","CR1000"\n"TIMESTAMP","RECORD","AirTC"\n"TS","RN","Deg C"\n"","","Avg"\n',
      '"2024-02-01 13:00:00",1,21.5\n',
    ],
    [
      'HOBOware',
      '\ufeff"Plot Title: Cave"\n"#","Date Time, GMT-07:00","Temp, °C (LGR S/N: 1)"\n',
      '1,05/25/24 10:52:42 AM,21.5\n',
    ],
    ['comments with quotes', '# Probe 5" deep\n# by me\n\ntime;temp\n', '1706792400;21,5\n'],
    ['names in a comment', '# time,temp\n', '1706792400,21.5\n'],
    ['a line of units', 'time,temp\ns,°C\n', '1706792400,21.5\n'],
    ['skipped lines', 'Room 7\nby me, of "x"\ntime,temp\n', '1706792400,21.5\n', { skip: 2 }],
    ['a comment, without names', '# Room 7\n', '1706792400,21.5\n', { header: 'absent', columns: ['time', 'temp'] }],
  ] satisfies [string, string, string, CsvOptions?][])(
    'repeats everything above the rows: %s',
    (_, header, row, options: CsvOptions = {}) => {
      const parts = splitCsv(Buffer.from(header + row.repeat(5)), options, { bytes: 1_000, rows: 2 })
      expect(bodies(parts)).toEqual([
        [1, header + row.repeat(2)],
        [3, header + row.repeat(2)],
        [5, header + row],
      ])
      const names = parts.map(({ body }) =>
        parseCsv(body, undefined, undefined, options).map(([name, values]) => [name, values.length > 0]),
      )
      expect(names[2]).toEqual(names[0])
    },
  )

  const hobo = (...dates: string[]) =>
    splitCsv(
      Buffer.from(
        `"#","Date Time, GMT-07:00",Temp\n${dates.map((date, row) => `${row},${date} 10:52:42,1\n`).join('')}`,
      ),
      {},
      { bytes: 1_000, rows: 2 },
    )

  it.each([
    ['month/day/year', ['05/25/24', '05/26/24', '06/01/24']],
    ['day/month/year in every part', ['25/05/24', '26/05/24', '01/06/24', '13/06/24']],
    ['of one part', ['01/05/24', '25/05/24']],
  ])('accepts dates of HOBO files: %s', (_, dates) => {
    expect(() => checkDateOrder(hobo(...dates))).not.toThrow()
  })

  it('rejects dates of HOBO files that a part would read in another order', () => {
    expect(() => checkDateOrder(hobo('25/05/24', '26/05/24', '01/06/24'))).toThrow(
      'The dates of some parts of this file fit another order than the whole file: set --time-format',
    )
  })

  it('does not change a small file', () => {
    expect(bodies(splitCsv(Buffer.from(CSV)))).toEqual([[1, CSV]])
    expect(bodies(splitCsv(Buffer.from('')))).toEqual([[1, '']])
    expect(bodies(splitNdjson(Buffer.from('{"a":"\\""}\n{"a":2}')))).toEqual([[1, '{"a":"\\""}\n{"a":2}']])
  })

  it('splits NDJSON after 100,000 rows', () => {
    const parts = splitNdjson(Buffer.from('{"a":1}\n'.repeat(100_001)))
    expect(parts.map(({ firstRow, body }) => [firstRow, body.length])).toEqual([
      [1, 800_000],
      [100_001, 8],
    ])
  })
})
