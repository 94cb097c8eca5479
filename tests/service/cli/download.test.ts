// @module-tag local-only
// The command line works on tables and parameters of its own.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { everyRow } from '../../support/responses.ts'
import { type Stage, startStage } from '../../support/stage.ts'

/** Compares files that the command line writes with the responses of /download. */
let stage: Stage
let client: string
let folder: string
beforeAll(async () => {
  stage = await startStage()
  client = (await stage.register()).client_id
  const token = await stage.token(client)
  const named = await stage.token(client, { participant_id: 'Ada' })
  for (const [by, body] of [
    [token, Array.from({ length: 1500 }, (_, n) => ({ time: 60 * n, n, co2: n % 3 === 0 ? n / 2 : n }))],
    [token, [{ time: '1970-01-02T00:00:00Z', box: 'indoor', note: '=1+1', n: 'text' }]],
    [token, [{ time: 5, box: 'indoor', note: 'a,"b"\r\n\u2028', yes: true, n: 9 }]],
    [named, [{ when: 'no time', yes: false, n: null }]],
  ] as const) {
    expect((await stage.upload(by, JSON.stringify(body))).status).toBe(200)
  }
})
afterAll(() => stage.stop())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-export-'))
})
afterEach(() => {
  stage.database.plan = () => undefined
  rmSync(folder, { recursive: true, force: true })
})

const path = (name: string) => join(folder, name)
const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
const usageError = (stderr: string) => ({ code: 2, stdout: '', stderr: `${stderr}\n` })
const run = (...args: string[]) => stage.command('export', '--client', client, ...args)
const exported = (...args: string[]) => stage.json('export', '--client', client, ...args)
const download = async (parameters: Record<string, string>) => {
  const query = new URLSearchParams({ client_id: client, number: '10000', times: 'iso', ...parameters })
  return (await stage.asAdmin(`/download?${query}`)).text()
}

describe('export', { timeout: 120_000 }, () => {
  it('writes the same bytes as /download as CSV and NDJSON', async () => {
    const out = path('rows.csv')
    expect(await exported('--out', out)).toEqual({
      file: out,
      format: 'csv',
      rows: 1503,
      bytes: readFileSync(out).length,
      columns: [
        'time',
        'box',
        'co2',
        'n',
        'note',
        'when',
        'yes',
        'time_upload_utc',
        'matched_checksums',
        'failed_checksums',
      ],
    })
    expect(readFileSync(out, 'utf8')).toBe(await download({ format: 'csv' }))
    expect(readFileSync(out, 'utf8')).toContain("'=1+1")
    await exported('--out', out, '--force', '--formulas', 'keep')
    expect(readFileSync(out, 'utf8')).toBe(await download({ format: 'csv', formulas: 'keep' }))
    await exported('--out', path('rows.ndjson'), '--format', 'ndjson')
    expect(readFileSync(path('rows.ndjson'), 'utf8')).toBe(await download({ format: 'ndjson' }))
    expect(readdirSync(folder).toSorted()).toEqual(['rows.csv', 'rows.ndjson'])
  })

  it.each([
    { source: 'indoor' },
    { source: 'Ada' },
    { participant: 'Ada' },
    { from: '1970-01-01T00:10:00Z', to: '1970-01-01T00:20:00Z' },
    { from: '86400' },
    { to: '1970-01-01', times: 'sent' },
    { from: '-24h', times: 'unix' },
    { to: '5', cols: 'n, Note ,missing,time_upload_utc' },
    { every: '1h', agg: 'mean,count,last', tz: 'Asia/Kolkata', fill: 'null' },
    { every: 'P1D', cols: 'co2,co2,box', times: 'unix' },
    { points: '20', cols: 'co2' },
  ])('writes the requested range: %j', async (range) => {
    const parameters = 'participant' in range ? { participant_id: range.participant } : range
    const options = Object.entries(range).flatMap(([name, value]) => [`--${name}`, value])
    const out = path('rows.ndjson')
    const { rows } = await exported('--out', out, '--format', 'ndjson', ...options)
    expect(readFileSync(out, 'utf8')).toBe(await download({ format: 'ndjson', ...parameters }))
    expect(readFileSync(out, 'utf8').split('\n').length - 1).toBe(rows)
  })

  it('writes aggregates as typed Parquet', async () => {
    const out = path('days.parquet')
    await exported('--out', out, '--format', 'parquet', '--every', '1d', '--agg', 'mean,count', '--cols', 'co2')
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(out) })).toMatchObject([
      { time: new Date('1970-01-01T00:00:00Z'), co2_mean: expect.any(Number), co2_count: 1_440n },
      { time: new Date('1970-01-02T00:00:00Z'), co2_mean: expect.any(Number), co2_count: 60n },
      { time: expect.any(Date), co2_mean: null, co2_count: 0n },
      { time: expect.any(Date), co2_mean: null, co2_count: 0n },
      { time: expect.any(Date), co2_mean: null, co2_count: 0n },
    ])
    const rejected = await run('--out', path('x'), '--every', '1d', '--times', 'sent')
    expect(rejected).toMatchObject({
      stderr: '--times must be iso or unix with every: a window has no time as sent.\n',
    })
  })

  it('writes CSV for Excel', async () => {
    const options = { excel: 'true', delimiter: 'semicolon', decimal: 'comma' }
    await exported('--out', path('rows.csv'), '--excel', '--delimiter', 'semicolon', '--decimal', 'comma')
    const text = readFileSync(path('rows.csv'), 'utf8')
    expect(text.startsWith('\ufefftime;box;')).toBe(true)
    // The response text has no byte order mark, because `fetch` removes it.
    expect(text.slice(1)).toBe(await download({ format: 'csv', ...options }))
    expect(await run('--out', path('x'), '--format', 'ndjson', '--excel')).toEqual(
      usageError('--excel needs format=csv.'),
    )
  })

  it('writes typed Parquet with the rows of /download', async () => {
    const out = path('rows.parquet')
    const { columns } = await exported('--out', out, '--format', 'parquet')
    const file = await asyncBufferFromFile(out)
    const { schema } = await parquetMetadataAsync(file)
    const types = Object.fromEntries(schema.map(({ name, type, converted_type }) => [name, converted_type ?? type]))
    expect(types).toMatchObject({
      time: 'TIMESTAMP_MICROS',
      time_upload_utc: 'TIMESTAMP_MICROS',
      n: 'INT64',
      co2: 'DOUBLE',
      n_other: 'UTF8',
    })
    expect(columns).toEqual(schema.slice(1).map(({ name }) => name))
    const read: Record<string, unknown>[] = await parquetReadObjects({ file })
    const plain = read.map(({ n_other, ...row }) =>
      Object.fromEntries(
        Object.entries({ ...row, n: row['n'] ?? n_other }).map(([name, cell]) => [
          name,
          cell instanceof Date ? cell.toISOString() : typeof cell === 'bigint' ? Number(cell) : (cell ?? null),
        ]),
      ),
    )
    const query = `format=json&client_id=${client}&number=10000&times=iso`
    expect(plain).toEqual(await everyRow((each) => stage.asAdmin(each), `/download?${query}`))
    expect(readdirSync(folder)).toEqual(['rows.parquet'])
  })

  // A file named "-": kubernetes/kompose#169; metadata among the data: openclaw/gogcli#286.
  it('writes only data to stdout, and the summary to stderr', async () => {
    const csv = await download({ format: 'csv' })
    const { code, stdout, stderr } = await run('--out', '-')
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: csv,
      stderr: `1503 rows in stdout, ${csv.length + 2} bytes.\n`,
    })
    const ndjson = await run('--out', '-', '--format', 'ndjson', '--source', 'Ada', '--json')
    expect(ndjson.stdout).toBe(await download({ format: 'ndjson', source: 'Ada' }))
    expect(JSON.parse(ndjson.stderr)).toMatchObject({ file: '-', rows: 1 })
    const parquet = await run('--out', '-', '--format', 'parquet', '--source', 'Ada')
    expect([parquet.stdout.slice(0, 4), parquet.stdout.slice(-4), existsSync('-')]).toEqual(['PAR1', 'PAR1', false])
  })

  it.each([
    ['--source', 'nobody', 'There are default, indoor, Ada'],
    ['--participant', 'nobody', 'There are none'],
    ['--participant', 'Ada', '--source', 'indoor', 'There are Ada'],
  ])('fails for what has no data: %s %s', async (...args) => {
    const existing = args.pop()
    expect(await run('--out', path('x'), ...args)).toEqual(
      failure(`There is no such source with measurements: check --source and --participant. ${existing}.`),
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('replaces no file without --force, and leaves no partial file', async () => {
    const out = path('rows.csv')
    writeFileSync(out, 'mine')
    expect(await run('--out', out)).toEqual(failure(`${out} exists already: --force replaces it.`))
    expect(readFileSync(out, 'utf8')).toBe('mine')
    let queries = 0
    const isLast = (command: string) => {
      if (command === 'Query') queries += 1
      return queries > 3
    }
    await stage.cutOff(isLast, 'export', '--client', client, '--out', path('cut.csv'))
    expect(readdirSync(folder)).toEqual(['rows.csv'])
    // As after a crash.
    writeFileSync(path('cut.csv.part'), 'half of an earlier one')
    await exported('--out', path('cut.csv'))
    expect(readFileSync(path('cut.csv'), 'utf8')).toBe(await download({ format: 'csv' }))
    expect(readdirSync(folder).toSorted()).toEqual(['cut.csv', 'rows.csv'])
  })

  it('waits while the table is throttled', async () => {
    let refused = 0
    stage.database.plan = (command) => {
      if (command !== 'Query' || stage.database.commands.length % 2 === 0 || refused === 8) return undefined
      refused += 1
      return 'throttled'
    }
    const out = path('rows.csv')
    expect(await exported('--out', out)).toMatchObject({ rows: 1503 })
    expect(readFileSync(out, 'utf8')).toBe(await download({ format: 'csv' }))
  })

  it('reports invalid options, unusable paths and unknown clients', async () => {
    expect(await run('--format', 'xlsx')).toEqual(usageError('--format must be csv, ndjson or parquet.'))
    expect(await run('--from', 'yesterday', '--formulas', 'run')).toEqual(
      usageError(
        '--from must be a time: UNIX seconds, UNIX milliseconds, ISO 8601, a date, or a time ago such as -24h or -7d; --formulas must be defuse or keep.',
      ),
    )
    const missing = path('missing/rows.csv')
    expect(await run('--out', missing)).toEqual(
      failure(`${missing} cannot be read or written: the file or its folder does not exist.`),
    )
    mkdirSync(path('folder'))
    expect(await run('--out', path('folder'), '--force')).toEqual(
      failure(`${path('folder')} cannot be read or written: it is a folder.`),
    )
    expect(readdirSync(folder)).toEqual(['folder'])
    expect(await stage.command('export', '--client', 'f'.repeat(32), '--out', path('x'))).toEqual(
      failure('There is no such client: clients list shows all of them.'),
    )
    const { client_id } = await stage.register()
    const empty = await stage.command('export', '--client', client_id, '--out', path('empty.csv'))
    expect(empty).toEqual({ code: 0, stdout: `0 rows in ${path('empty.csv')}, 57 bytes.\n`, stderr: '' })
    expect(readFileSync(path('empty.csv'), 'utf8')).toBe('time,time_upload_utc,matched_checksums,failed_checksums\r\n')
  })
})
