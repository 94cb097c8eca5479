import { type Cell, exactNumber } from '../../lib/measurements/cells.ts'
import { toColumnName } from '../../lib/measurements/column-name.ts'
import { cellBytes } from '../../lib/measurements/columns.ts'
import { BLOCK_BYTES, LIMITS } from '../../lib/measurements/limits.ts'
import { isoTime, parseStoredTime } from '../../lib/measurements/times.ts'
import { CommandError } from '../support/error-message.ts'
import type { Tally } from '../support/tally.ts'

/** Value of a SQLite cell, which is independent of the declared column type. */
export type SqliteValue = null | number | bigint | string | Uint8Array

/** A row to store. */
export interface ImportedRow {
  source: string
  /** Whether the row itself names its source, as its box. */
  named: boolean
  /** The column that contains its time: a time column, or the time of receipt. */
  timeColumn: string
  /** UNIX milliseconds. */
  time: number
  receivedAt: number
  matchedChecksums: readonly string[]
  failedChecksums: readonly string[]
  /** Its values without nulls, including the time of receipt. */
  cells: readonly (readonly [column: string, cell: Cell])[]
}

/** Time of receipt (UTC) that co2logserver added to every row. It is stored per row, because a block has only one. */
export const RECEIPT = 'time_upload_utc'
const MATCHED = 'matched_checksums'
const FAILED = 'failed_checksums'
/** Maximum length of a list of checksum names, more than twice the length of all names. */
const CHECKSUM_CHARACTERS = 512

/** The names under which the columns of a table are stored. Throws for a table that is not one of co2logserver. */
export function toStoredNames(originalNames: readonly string[], warn: (sentence: string) => void): string[] {
  const names = originalNames.map(toColumnName)
  for (const [index, name] of names.entries()) {
    const subject = `Column ${index + 1} of the table cannot be stored`
    if (name === '' || name === '__proto__')
      throw new CommandError(`${subject}: its name has neither letters nor digits.`)
    if (name.length > LIMITS.columnNameCharacters) {
      throw new CommandError(`${subject}: its name has more than ${LIMITS.columnNameCharacters} characters.`)
    }
    if (names.indexOf(name) !== index) {
      throw new CommandError(`${subject}: another column has the same stored name "${name}".`)
    }
    if (name !== originalNames[index]?.toLowerCase()) warn(`column ${index + 1} is stored as "${name}"`)
  }
  if (!names.includes(RECEIPT)) {
    throw new CommandError(`The table data has no column ${RECEIPT}: this is not a file of co2logserver.`)
  }
  return names
}

/** How times are stored: as the texts of the file, or as UNIX seconds, which devices send. */
export type ImportedTimes = 'text' | 'seconds'

export interface RowContext {
  names: readonly string[]
  timeColumns: readonly string[]
  times: ImportedTimes
  warnings: Tally
}

/** The reason why a row cannot be stored. */
export class RowIssue extends Error {}

/**
 * Reads a row by the rules of a JSON upload. `before` is the time of receipt of the previous row, for rows without one.
 * Throws a `RowIssue` for a row that exceeds a limit.
 */
export function toRow(
  values: readonly SqliteValue[],
  row: number,
  before: number,
  { names, timeColumns, times, warnings }: RowContext,
): ImportedRow {
  const cells = new Map<string, Cell>()
  for (const [index, name] of names.entries()) {
    const cell = toCell(values[index] ?? null, (detail) => `column "${name}": ${detail}`, row, warnings)
    if (cell !== null) cells.set(name, cell)
  }
  const checksums = [MATCHED, FAILED].map((name) => checksumsOf(name, cells))
  const receivedAt = receiptOf(cells, row, before, warnings)
  if (times === 'seconds') for (const name of timeColumns) restoreSeconds(name, cells)
  const timeColumn = timeColumns.find((name) => cells.has(name)) ?? null
  const rowTime = timeColumn === null ? null : parseStoredTime(cells.get(timeColumn) ?? null)
  if (timeColumn !== null && rowTime === null) {
    warnings.add(`column "${timeColumn}": not readable as a time, the time of receipt applies`, row)
  }
  const box = cells.get('box') ?? ''
  const source = box === '' ? 'default' : String(box)
  if (source.length > LIMITS.sourceCharacters) {
    throw new RowIssue(`a box name may have at most ${LIMITS.sourceCharacters} characters`)
  }
  const imported = {
    source,
    named: box !== '',
    timeColumn: rowTime === null || timeColumn === null ? RECEIPT : timeColumn,
    time: rowTime ?? receivedAt,
    receivedAt,
    matchedChecksums: checksums[0] ?? [],
    failedChecksums: checksums[1] ?? [],
    cells: [...cells],
  }
  if (rowBytes(imported) > BLOCK_BYTES) {
    throw new RowIssue(`a row may have at most ${BLOCK_BYTES} bytes, column names included`)
  }
  return imported
}

/** Bytes of a column name in a block, as for uploads. */
export const nameBytes = (name: string): number => Buffer.byteLength(name) + 6

const rowBytes = ({ cells }: ImportedRow): number =>
  cells.reduce((sum, [name, cell]) => sum + nameBytes(name) + cellBytes(cell), 0)

function toCell(value: SqliteValue, describe: (detail: string) => string, row: number, warnings: Tally): Cell {
  if (value === null) return null
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 ? 0 : value
    warnings.add(describe('infinite, stored as null'), row)
    return null
  }
  if (typeof value === 'bigint') {
    const number = exactNumber(value.toString())
    if (typeof number === 'number') return number
    warnings.add(describe('more digits than a JSON number can have, stored as text'), row)
    return number.text
  }
  if (typeof value !== 'string') warnings.add(describe('bytes, stored as base64 text'), row)
  const text = typeof value === 'string' ? value : Buffer.from(value).toString('base64')
  if (text.length * 3 > LIMITS.textBytes && Buffer.byteLength(text) > LIMITS.textBytes) {
    throw new RowIssue(describe(`a text may have at most ${LIMITS.textBytes} bytes`))
  }
  if (text.includes('\ufffd'))
    warnings.add(describe('contains U+FFFD, the replacement for bytes that are not UTF-8'), row)
  return text
}

/** Removes and returns the names of checksums, which the block's receipt stores. */
function checksumsOf(column: string, cells: Map<string, Cell>): string[] {
  const text = String(cells.get(column) ?? '')
  cells.delete(column)
  if (text.length > CHECKSUM_CHARACTERS) throw new RowIssue(`column "${column}": not a list of checksum names`)
  return text.split(',').filter((name) => name !== '')
}

/** The time of receipt of a row. Its cell is replaced with a value that parses to the same time. */
function receiptOf(cells: Map<string, Cell>, row: number, before: number, warnings: Tally): number {
  const time = parseStoredTime(cells.get(RECEIPT) ?? null)
  if (time === null) warnings.add(`column "${RECEIPT}": not readable as a time, the previous row's applies`, row)
  const receivedAt = time ?? before
  cells.set(RECEIPT, toSeconds(receivedAt) ?? isoTime(receivedAt))
  return receivedAt
}

/** How co2logserver writes the times that it has made of UNIX seconds. */
const STORED_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?:\+00:00)?$/

/** Replaces a time with the UNIX seconds that the device sent, so that old and new rows have the same type. */
function restoreSeconds(column: string, cells: Map<string, Cell>): void {
  const cell = cells.get(column)
  const time = typeof cell === 'string' && STORED_TIME.test(cell) ? parseStoredTime(cell) : null
  const seconds = time === null ? null : toSeconds(time)
  if (seconds !== null) cells.set(column, seconds)
}

/** UNIX seconds that parse to the same time; null if there are none, as after the year 5138. */
function toSeconds(ms: number): number | null {
  const seconds = Number(`${ms}e-3`)
  return parseStoredTime(seconds) === ms ? seconds : null
}
