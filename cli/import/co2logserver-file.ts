import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { CommandError } from '../support/error-message.ts'

/** A snapshot of the table `data` in a file of co2logserver. */
export interface LogFile {
  /** Original names of its columns. */
  columns: string[]
  /** Estimated number of rows. */
  estimate: number
  /** All rows in the order of insertion. Each call starts at the first row. */
  rows(): Generator<SQLOutputValue[]>
  close(): void
}

/** How long to wait while co2logserver writes. */
const BUSY_MS = 10_000

/** Opens a file of co2logserver for reading. */
export function openLogFile(path: string, busyMs = BUSY_MS): LogFile {
  if (!existsSync(path)) throw new CommandError(`There is no file ${path}.`)
  if (!statSync(path).isFile()) throw new CommandError(`${path} is not a file.`)
  const database = withSqliteErrors(path, () => new DatabaseSync(toLocation(path), { readOnly: true, timeout: busyMs }))
  try {
    return withSqliteErrors(path, () => {
      // The transaction makes all reads consistent.
      database.exec('BEGIN')
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) = 'data'")
      if (!tables.get()) throw new CommandError(`${path} has no table data: it is not a file of co2logserver.`)
      const all = () => {
        // Without indexes, SQLite returns the rows in the order of insertion.
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
            throw toSqliteError(path, error)
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
 * A file in WAL mode without a log file is complete and not in use. Opened as immutable, it can be read in a read-only
 * folder, and SQLite creates no further files.
 */
const toLocation = (path: string): string | URL =>
  isWal(path) && !existsSync(`${path}-wal`) ? new URL(`${pathToFileURL(path).href}?immutable=1`) : path

/** Reads the file format read version: https://sqlite.org/fileformat2.html, section 1.3. */
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

function withSqliteErrors<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw toSqliteError(path, error)
  }
}

/** Messages by SQLite's primary result codes (https://sqlite.org/rescode.html). */
const MESSAGES: Readonly<Record<number, string>> = {
  5: 'is being written to: stop co2logserver, or import a copy',
  8: 'must be repaired by SQLite: open it once with sqlite3, or copy it with the files next to it',
  10: 'cannot be read',
  11: 'is damaged',
  14: 'cannot be opened: copy it, with the files next to it, to a writable folder',
  26: 'is not a file of SQLite',
}

function toSqliteError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'errcode' in error)) return error
  const message = MESSAGES[Number(error.errcode) & 0xff] ?? `cannot be read (SQLite ${String(error.errcode)})`
  return new CommandError(`${path} ${message}.`)
}
