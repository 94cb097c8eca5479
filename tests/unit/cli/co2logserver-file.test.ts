import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLogFile } from '../../../cli/import/co2logserver-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'))
  path = join(folder, 'co2.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Creates a file with SQL. The caller closes the connections that are open. */
function made(sql: string): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec(sql)
  return database
}

function read(): unknown[] {
  const file = openLogFile(path)
  try {
    return [file.columns, ...file.rows()]
  } finally {
    file.close()
  }
}

const TABLE = 'CREATE TABLE data (b, a); INSERT INTO data VALUES (1, 2), (3, 4);'

describe('a co2logserver database', () => {
  it('is read in insertion order, whatever its indexes and column names', () => {
    made('CREATE TABLE Data ("2" TEXT, rowid, "1"); CREATE INDEX i ON data("2", rowid, "1");').close()
    made("INSERT INTO data VALUES ('z', 2, NULL), ('a', 1, x'00'), ('m', 9007199254740993, 1.5)").close()
    expect(read()).toEqual([
      ['2', 'rowid', '1'],
      ['z', 2n, null],
      ['a', 1n, Uint8Array.of(0)],
      ['m', 9007199254740993n, 1.5],
    ])
  })

  it('is read as a snapshot while it grows', () => {
    const writer = made(`PRAGMA journal_mode = WAL; ${TABLE}`)
    const file = openLogFile(path)
    expect([...file.rows()]).toHaveLength(2)
    writer.exec('INSERT INTO data VALUES (5, 6)')
    expect([...file.rows()]).toHaveLength(2)
    expect(file.estimate).toBe(2)
    file.close()
    expect(read()).toHaveLength(4)
    writer.close()
  })

  it('in WAL mode is read with rows that are only in the WAL', () => {
    const writer = made(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${TABLE}`)
    expect(readFileSync(`${path}-wal`).length).toBeGreaterThan(0)
    expect(read()).toHaveLength(3)
    writer.close()
  })

  it('in WAL mode leaves no files next to it', () => {
    made(`PRAGMA journal_mode = WAL; ${TABLE}`).close()
    chmodSync(path, 0o444)
    expect(read()).toHaveLength(3)
    expect(readdirSync(folder)).toEqual(['co2.sqlite'])
  })

  it('may have any characters in its path', () => {
    made(`PRAGMA journal_mode = WAL; ${TABLE}`).close()
    const odd = join(folder, 'a b%20?#ü.sqlite')
    copyFileSync(path, odd)
    path = odd
    expect(read()).toHaveLength(3)
  })
})

describe('a file that is not a co2logserver database', () => {
  it.each<[string, () => void, string]>([
    ['a missing file', () => undefined, 'There is no file '],
    ['a folder', () => mkdirSync(path), 'is not a file.'],
    [
      'another table',
      () => made('CREATE TABLE other (a)').close(),
      'has no table data: it is not a file of co2logserver.',
    ],
    ['a view', () => made('CREATE TABLE o (a); CREATE VIEW data AS SELECT a FROM o').close(), 'has no table data'],
    ['an empty file', () => writeFileSync(path, ''), 'has no table data'],
    ['text', () => writeFileSync(path, 'time,co2\n1,2\n'.repeat(100)), 'is not a file of SQLite.'],
  ])('is rejected with a sentence: %s', (_what, make, sentence) => {
    make()
    expect(() => openLogFile(path)).toThrow(sentence)
  })

  it('fails if damage is found only during reading', () => {
    made(
      `CREATE TABLE data (a); INSERT INTO data SELECT hex(randomblob(500)) FROM json_each('[${Array(200).fill(1)}]')`,
    ).close()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 20 * 4096, 24 * 4096))
    const file = openLogFile(path)
    expect(() => [...file.rows()]).toThrow(`${path} is damaged.`)
    file.close()
  })

  it('fails if another process locks it', () => {
    const writer = made(TABLE)
    writer.exec('BEGIN EXCLUSIVE')
    expect(() => openLogFile(path, 10)).toThrow('is being written to: stop co2logserver, or import a copy.')
    writer.close()
  })
})
