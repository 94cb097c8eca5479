import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { CommandError } from '../support/error-message.ts'

/** The table `data` of a file of co2logserver, as it is at one moment. */
export interface LogFile {
  /** Names of its columns, as they are there. */
  columns: string[]
  /** About how many rows there are, without having read them. */
  estimate: number
  /** All rows in the order in which they came, from the first one each time. */
  rows(): Generator<SQLOutputValue[]>
  close(): void
}

/** How long it is waited while co2logserver itself writes. */
const BUSY_MS = 10_000

/** Opens a file of co2logserver, to be read only. */
export function openLogFile(path: string, busyMs = BUSY_MS): LogFile {
  if (!existsSync(path)) throw new CommandError(`There is no file ${path}.`)
  if (!statSync(path).isFile()) throw new CommandError(`${path} is no file.`)
  const database = told(path, () => new DatabaseSync(address(path), { readOnly: true, timeout: busyMs }))
  try {
    return told(path, () => {
      // Everything that is read from here on is of one moment.
      database.exec('BEGIN')
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) = 'data'")
      if (!tables.get()) throw new CommandError(`${path} has no table data: this is no file of co2logserver.`)
      const all = () => {
        // By the table itself, whatever indexes there are: in the order in which rows were added.
        const statement = database.prepare('SELECT * FROM data NOT INDEXED')
        statement.setReadBigInts(true)
        statement.setReturnArrays(true)
        return statement
      }
      return {
        columns: all()
          .columns()
          .map(({ name }) => name),
        estimate: Number(database.prepare('SELECT max(_rowid_) AS last FROM data').get()?.['last'] ?? 0),
        *rows() {
          try {
            for (const row of all().iterate()) yield Object.values(row)
          } catch (error) {
            throw sqliteFault(path, error)
          }
        },
        close: () => database.close(),
      }
    })
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * A file in WAL mode without a log beside it is complete and nobody's: said to be immutable, it can be read in a folder
 * that cannot be written to, and nothing is left beside it.
 */
const address = (path: string): string | URL =>
  isWal(path) && !existsSync(`${path}-wal`) ? new URL(`${pathToFileURL(path).href}?immutable=1`) : path

/** https://sqlite.org/fileformat2.html, section 1.3: the version of the format for reading. */
function isWal(path: string): boolean {
  const header = Buffer.alloc(20)
  const file = openSync(path, 'r')
  try {
    readSync(file, header)
  } finally {
    closeSync(file)
  }
  return header.toString('latin1', 0, 15) === 'SQLite format 3' && header[19] === 2
}

function told<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw sqliteFault(path, error)
  }
}

/** By SQLite's primary result codes (https://sqlite.org/rescode.html). */
const FAULTS: Readonly<Record<number, string>> = {
  5: 'is being written to: stop co2logserver, or import a copy',
  8: 'has to be mended by SQLite first: open it once with sqlite3, or copy it together with the files beside it',
  10: 'cannot be read',
  11: 'is damaged',
  14: 'cannot be opened: copy it, with what is beside it, into a folder that can be written to',
  26: 'is no file of SQLite',
}

function sqliteFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'errcode' in error)) return error
  const fault = FAULTS[Number(error.errcode) & 0xff] ?? `cannot be read (SQLite ${String(error.errcode)})`
  return new CommandError(`${path} ${fault}.`)
}
