// @module-tag local-only
// The command line works on tables and parameters of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openLogFile } from '../../../cli/import/co2logserver-file.ts'
import { fileDigest } from '../../../cli/import/co2logserver-survey.ts'
import { type Stage, startStage } from '../../support/stage.ts'

/** Imports rows of co2logserver with the command line, and reads them over HTTP. */
let stage: Stage
let folder: string
let path: string
let client: string
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-import-'))
  path = join(folder, 'co2.sqlite')
  client = (await stage.register()).client_id
})
afterEach(() => {
  stage.database.plan = () => undefined
  rmSync(folder, { recursive: true, force: true })
})

type Row = Record<string, SQLInputValue>

/** Times as co2logserver writes them in Python. */
const python = (ms: number, micro = 0) =>
  `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}${String(micro).padStart(3, '0')}+00:00`
const MAY = Date.UTC(2020, 4, 3, 12)

/** Adds rows and missing columns to the file, like co2logserver. */
function add(...rows: Row[]): void {
  const database = new DatabaseSync(path)
  database.exec(
    'CREATE TABLE IF NOT EXISTS data (time_upload_utc DATETIME, matched_checksums TEXT, failed_checksums TEXT)',
  )
  const there = new Set(
    database
      .prepare('SELECT * FROM data')
      .columns()
      .map(({ name }) => name),
  )
  database.exec('BEGIN')
  for (const row of rows) {
    for (const name of Object.keys(row)) {
      if (!there.has(name)) database.exec(`ALTER TABLE data ADD "${name}"`)
      there.add(name)
    }
    const names = Object.keys(row)
    database
      .prepare(`INSERT INTO data (${names.map((name) => `"${name}"`)}) VALUES (${names.map(() => '?')})`)
      .run(...Object.values(row))
  }
  database.exec('COMMIT')
  database.close()
}

/** The given number of rows, one minute apart. */
const series = (count: number, more: Row = {}, from = 0): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    time_upload_utc: python(MAY + (from + index) * 60_000 + 1500, 250),
    time: python(MAY + (from + index) * 60_000),
    co2: 400 + ((from + index) % 7) / 2,
    n: from + index,
    ...more,
  }))

const run = (...args: string[]) => stage.command('import', 'co2logserver', path, '--client', client, ...args)
const imported = (...args: string[]) => stage.json('import', 'co2logserver', path, '--client', client, ...args)
const numbers = async () => (await stage.rows(client)).map(({ n }) => n)
const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })

describe('import co2logserver', { timeout: 120_000 }, () => {
  it('imports every row with its values, time and receipt', async () => {
    const at = (ms: number) => ({ time_upload_utc: python(MAY + ms, 250) })
    add(
      {
        ...at(1500),
        time: python(MAY),
        scd30_co2_ppm: 612.5,
        note: 'ä "1"',
        n: 7n,
        matched_checksums: 'md5,sha256',
        failed_checksums: '',
      },
      { ...at(2500), time: python(MAY), co2: '612.5', note: '', box: 'indoor', failed_checksums: 'md5' },
      { ...at(3500), time_utc: 43, co2: null, box: 7 },
      { ...at(4500), time: 'yesterday', co2: 9007199254740993n },
      { ...at(5500), blob: Uint8Array.of(1, 2, 3) },
    )
    const summary = await imported()
    expect(summary).toMatchObject({
      client_id: client,
      rows_read: 5,
      rows_stored: 5,
      rows_faulty: 0,
      blocks_new: 4,
      blocks_there: 0,
      first: '1970-01-01T00:00:43.000Z',
      last: '2020-05-03T12:00:05.500Z',
      sources: 3,
      columns: ['blob', 'box', 'co2', 'n', 'note', 'scd30_co2_ppm', 'time', 'time_utc'],
      warnings: [
        'row 4: column "co2": more digits than a JSON number can have, stored as text',
        'row 4: column "time": not readable as a time, the time of receipt applies',
        'row 5: column "blob": bytes, stored as base64 text',
      ],
      faults: [],
    })
    const nothing = {
      blob: null,
      box: null,
      co2: null,
      n: null,
      note: null,
      scd30_co2_ppm: null,
      time: null,
      time_utc: null,
    }
    const receipt = { matched_checksums: null, failed_checksums: null }
    const uploaded = (seconds: string) => ({
      ...nothing,
      ...receipt,
      time_upload_utc: `2020-05-03T12:00:0${seconds}00Z`,
    })
    const rows = await stage.rows(client)
    expect(rows).toHaveLength(5)
    expect(rows).toEqual(
      expect.arrayContaining([
        {
          ...uploaded('1.5'),
          time: MAY / 1000,
          scd30_co2_ppm: 612.5,
          note: 'ä "1"',
          n: 7,
          matched_checksums: 'md5,sha256',
        },
        { ...uploaded('2.5'), time: MAY / 1000, co2: '612.5', note: '', box: 'indoor', failed_checksums: 'md5' },
        { ...uploaded('3.5'), time_utc: 43, box: 7 },
        { ...uploaded('4.5'), time: 'yesterday', co2: '9007199254740993' },
        { ...uploaded('5.5'), blob: 'AQID' },
      ]),
    )
    // Rows without a readable time are found by their time of receipt.
    const range = { from: '2020-05-03T12:00:04.5Z', to: '2020-05-03T12:00:05Z' }
    expect((await stage.rows(client, range)).map(({ time }) => time)).toEqual(['yesterday'])
    expect(await stage.rows(client, { max_time_upload_utc: '2020-05-03T12:00:02.499Z' })).toHaveLength(1)
    // Rows that co2logserver sent to openSenseMap are not sent again.
    const due = new ScanCommand({ TableName: stage.table('measurements'), IndexName: 'forward' })
    expect((await stage.tables.send(due)).Items).toEqual([])
  })

  it('stores times as an earlier version did if that started the import', async () => {
    add(...series(2))
    const table = openLogFile(path)
    const state = { ends: { L: [] }, blocks: { N: '0' }, digest: { S: '' }, version: { S: 'v' } }
    const time_columns = { L: ['time', 'time_utc', 'timestamp'].map((name) => ({ S: name })) }
    const key = { series: { S: `import#${client}` }, block: { S: fileDigest(table) } }
    table.close()
    const Item = { ...key, ...state, time_columns }
    await stage.tables.send(new PutItemCommand({ TableName: stage.table('measurements'), Item }))
    await imported()
    expect(await imported()).toMatchObject({ blocks_new: 0, blocks_there: 1 })
    expect((await stage.rows(client)).map(({ time }) => time)).toEqual([python(MAY), python(MAY + 60_000)])
  })

  it('changes nothing when repeated, and adds rows that are new in the file', async () => {
    add(...series(2000), ...series(3, { box: 'indoor' }))
    expect(await imported('--dry-run')).toMatchObject({ rows_read: 2003, rows_stored: 0, blocks: 3, blocks_new: 0 })
    expect(await stage.rows(client)).toEqual([])
    expect(await imported()).toMatchObject({ rows_stored: 2003, blocks_new: 3, blocks_there: 0 })
    expect(await imported()).toMatchObject({ rows_stored: 2003, blocks_new: 0, blocks_there: 3 })
    expect((await numbers()).toSorted()).toEqual([...series(2000), ...series(3)].map(({ n }) => n).toSorted())

    add(...series(10, {}, 2000), { ...series(1, {}, 2010)[0], brand_new: 'column' })
    expect(await imported()).toMatchObject({ rows_read: 2014, rows_stored: 2014, blocks_new: 1, blocks_there: 3 })
    expect(await imported()).toMatchObject({ blocks_new: 0, blocks_there: 4 })
    const all = await numbers()
    expect(all).toHaveLength(2014)
    expect(new Set(all).size).toBe(2011)
    expect((await stage.rows(client, { min_n: '2010' })).map(({ brand_new }) => brand_new)).toEqual(['column'])

    const database = new DatabaseSync(path)
    database.exec('DELETE FROM data WHERE n > 2005')
    database.close()
    expect(await run()).toEqual(failure('This file has 2009 rows, but was imported with 2014: import the newer copy.'))
  })

  it('waits while the table is throttled', async () => {
    add(...series(5))
    let refused = 0
    stage.database.plan = (command, body) => {
      if (command !== 'PutItem' || !body.includes('"time_column"') || refused === 4) return undefined
      refused += 1
      return 'throttled'
    }
    expect(await imported()).toMatchObject({ rows_stored: 5, blocks_new: 1 })
    expect(refused).toBe(4)
  })

  it('stores nothing while some rows are invalid, unless --skip-faulty is set', async () => {
    add(...series(2), { time_upload_utc: python(MAY), note: 'x'.repeat(4097) }, ...series(1, {}, 2))
    add(
      { time_upload_utc: python(MAY), box: 'b'.repeat(257) },
      { time_upload_utc: python(MAY), note: 'x'.repeat(5000) },
    )
    const faults = [
      '2 rows (first row 3): column "note": a text may have at most 4096 bytes',
      'row 5: a box name may have at most 256 characters',
    ]
    expect(await run()).toEqual(
      failure(
        `Nothing was stored, because some rows are invalid.\n  ${faults.join('\n  ')}\nCorrect them in a copy, or set --skip-faulty.`,
      ),
    )
    expect(await stage.rows(client)).toEqual([])
    const skipped = await run('--skip-faulty', '--json')
    expect(skipped.code).toBe(1)
    expect(skipped.stderr).toContain(
      JSON.stringify({ error: { code: 'failed', message: `3 of 6 rows were not stored.\n  ${faults.join('\n  ')}` } }),
    )
    expect(JSON.parse(skipped.stdout)).toMatchObject({ rows_read: 6, rows_stored: 3, rows_faulty: 3, faults })
    expect((await numbers()).toSorted()).toEqual([0, 1, 2])
  })

  it('rejects a source with too many columns before it stores anything', async () => {
    const wide = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${from + index}`, index]))
    await stage.upload(await stage.token(client), JSON.stringify([{ time: 1, ...wide(0, 900) }]))
    add(...series(1, { box: 'small' }), ...series(1, wide(900, 1100)))
    expect((await run()).stderr).toBe(
      '"default" would have more than 2000 different columns, or names too long to list. Use the same column names in every upload.\n',
    )
    expect(await stage.rows(client)).toHaveLength(1)
  })

  it('reports invalid files, unknown clients and missing options', async () => {
    const other = async (...args: string[]) => (await stage.command('import', 'co2logserver', ...args)).stderr
    expect(await run()).toEqual(failure(`There is no file ${path}.`))
    writeFileSync(path, 'no database')
    expect(await run()).toEqual(failure(`${path} is not a file of SQLite.`))
    rmSync(path)
    new DatabaseSync(path).exec('CREATE TABLE data (time, co2)')
    expect(await run()).toEqual(
      failure('The table data has no column time_upload_utc: this is not a file of co2logserver.'),
    )
    rmSync(path)
    add()
    expect(await imported()).toMatchObject({ rows_read: 0, rows_stored: 0, first: null, last: null, columns: [] })
    expect(await other(path, '--client', 'f'.repeat(32))).toBe(
      'There is no such client: clients list shows all of them.\n',
    )
    expect(await other(path)).toContain("Required option '--client <client>' not specified")
    expect(await other('--client', client)).toContain("Missing required argument 'co2.sqlite'")
  })
})
