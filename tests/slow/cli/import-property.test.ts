// @module-tag local-only
// The command line works on tables and parameters of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openLogFile } from '../../../cli/import/co2logserver-file.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { runs } from '../../support/property.ts'

let latchkey: Latchkey
let folder: string
let blocks: typeof import('../../../cli/import/store-blocks.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  folder = mkdtempSync(join(tmpdir(), 'latchkey-property-'))
  vi.resetModules()
  blocks = await import('../../../cli/import/store-blocks.ts')
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await latchkey.stop()
})

const TIME_COLUMNS = ['time', 'time_utc', 'timestamp']
const COLUMNS = ['time', 'time_utc', 'box', 'scd30_co2_ppm', 'größe 2']

/** How co2logserver writes a time that it received in UNIX seconds. */
const STORED_TIME = '2020-05-03 12:00:00+00:00'

const text = fc.string({ unit: 'binary', maxLength: 20 })
const value: fc.Arbitrary<SQLInputValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true }),
  text,
  fc.constantFrom('1', '1.50', '-0', STORED_TIME, '2020-05-03T14:00:00.25+02:00', '1e400'),
  fc.uint8Array({ maxLength: 20 }),
)
/** About 500 years around 1970, the range in which a double can represent microseconds. */
const upload = fc
  .record({
    second: fc.integer({ min: -16_000_000_000, max: 16_000_000_000 }),
    micro: fc.integer({ min: 0, max: 999_999 }),
  })
  .map(({ second, micro }) => {
    const iso = new Date(second * 1000).toISOString().slice(0, 19)
    return {
      noted: `${iso.replace('T', ' ')}.${String(micro).padStart(6, '0')}+00:00`,
      shown: `${iso}.${String(micro).padStart(6, '0').slice(0, 3)}Z`,
    }
  })
const checksums = fc.constantFrom(null, '', 'md5', 'md5,sha256')
const row = fc.record({
  upload,
  matched: checksums,
  failed: checksums,
  cells: fc.tuple(value, value, value, value, value),
})
const type = fc.constantFrom('', 'TEXT', 'REAL', 'INTEGER', 'DATETIME', 'NULL', 'BLOB')

/** The downloaded value of a cell, computed independently of the import. */
function shown(cell: SQLOutputValue, column: string): unknown {
  if (cell === STORED_TIME && TIME_COLUMNS.includes(column)) return Date.UTC(2020, 4, 3, 12) / 1000
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('base64')
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell + 0 : null
  if (typeof cell === 'bigint') return String(Number(cell)) === String(cell) ? Number(cell) : String(cell)
  return cell
}

async function imported(path: string, client: string) {
  const table = openLogFile(path)
  const surveyed = await blocks.surveyFile(client, table, TIME_COLUMNS, () => undefined)
  const stored = await blocks.storeFile(client, surveyed)
  table.close()
  return { ...stored, rows: surveyed.survey.rows, faults: surveyed.survey.faults.sentences() }
}

const sorted = (rows: readonly object[]) =>
  rows.map((each) => JSON.stringify(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))).sort()

let files = 0

it('every table is imported once with all its values, also after it grows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(type, type, type, type, type),
      fc.array(row, { maxLength: 12 }),
      fc.array(row, { maxLength: 12 }),
      async (types, first, second) => {
        files += 1
        const path = join(folder, `${files}.sqlite`)
        const database = new DatabaseSync(path)
        const declared = COLUMNS.map((name, index) => `"${name}" ${types[index]}`)
        database.exec(`CREATE TABLE data (time_upload_utc DATETIME, matched_checksums, failed_checksums, ${declared})`)
        const insert = database.prepare('INSERT INTO data VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        const add = ({ upload, matched, failed, cells }: (typeof first)[number]) =>
          insert.run(upload.noted, matched, failed, ...cells)
        const { client_id } = await latchkey.register()
        const there: typeof first = []
        for (const more of [first, second]) {
          for (const each of more) add(each)
          there.push(...more)
          const cells = COLUMNS.map((name) => {
            const statement = database.prepare(`SELECT "${name}" AS cell FROM data ORDER BY rowid`)
            statement.setReadBigInts(true)
            return statement.all().map(({ cell = null }) => shown(cell, name))
          })
          const held = COLUMNS.map((name, index) => ({ name, cells: cells[index] ?? [] })).filter((column) =>
            column.cells.some((cell) => cell !== null),
          )
          const expected = there.map(({ upload, matched, failed }, index) => ({
            ...Object.fromEntries(held.map((column) => [column.name, column.cells[index]])),
            time_upload_utc: upload.shown,
            matched_checksums: matched || null,
            failed_checksums: failed || null,
          }))
          if (there.length === 0) continue
          expect(await imported(path, client_id)).toMatchObject({ rows: there.length, faults: [] })
          expect(sorted(await latchkey.rows(client_id))).toEqual(sorted(expected))
          expect(await imported(path, client_id)).toMatchObject({ rows: there.length, newBlocks: 0 })
          expect(sorted(await latchkey.rows(client_id))).toEqual(sorted(expected))
        }
        database.close()
      },
    ),
    { numRuns: runs(40) },
  )
})
