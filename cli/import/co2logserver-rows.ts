import { type Cell, exactNumber } from '../../lib/measurements/cells.ts'
import { cellBytes } from '../../lib/measurements/columns.ts'
import { BLOCK_BYTES, LIMITS } from '../../lib/measurements/limits.ts'
import { toColumnName } from '../../lib/measurements/table.ts'
import { isoTime, parseTime } from '../../lib/measurements/times.ts'
import { CommandError } from '../support/error-message.ts'
import type { Tally } from '../support/tally.ts'

/** What a cell of SQLite may hold, whatever its column was declared as. */
export type SqliteValue = null | number | bigint | string | Uint8Array

/** A row on its way into a block. */
export interface ImportedRow {
  source: string
  /** Whether the row itself names its source, as its box. */
  named: boolean
  /** The column that holds its time: one of its own, or that of its receipt. */
  timeColumn: string
  /** UNIX milliseconds. */
  time: number
  receivedAt: number
  matchedChecksums: readonly string[]
  failedChecksums: readonly string[]
  /** Its values but for those that are nothing, the time of receipt among them. */
  cells: readonly (readonly [column: string, cell: Cell])[]
}

/** What the server itself has added to every row: when it came, in UTC. Kept with each row, since a block has but one. */
export const RECEIPT = 'time_upload_utc'
const MATCHED = 'matched_checksums'
const FAILED = 'failed_checksums'
/** Characters of a list of checksum names: all there are, twice over, have fewer. */
const CHECKSUM_CHARACTERS = 512

/** The names under which the columns of a table are stored. Refuses a table that is not one of co2logserver. */
export function storedNames(sent: readonly string[], warn: (sentence: string) => void): string[] {
  const names = sent.map(toColumnName)
  for (const [index, name] of names.entries()) {
    const which = `Column ${index + 1} of the table cannot be stored`
    if (name === '' || name === '__proto__')
      throw new CommandError(`${which}: its name has neither letters nor digits.`)
    if (name.length > LIMITS.columnNameCharacters) {
      throw new CommandError(`${which}: its name has more than ${LIMITS.columnNameCharacters} characters.`)
    }
    if (names.indexOf(name) !== index) {
      throw new CommandError(`${which}: another one is called "${name}" already, once both names are made plain.`)
    }
    if (name !== sent[index]?.toLowerCase()) warn(`column ${index + 1} is stored as "${name}"`)
  }
  if (!names.includes(RECEIPT)) {
    throw new CommandError(`The table data has no column ${RECEIPT}: this is no file of co2logserver.`)
  }
  return names
}

export interface RowContext {
  names: readonly string[]
  timeColumns: readonly string[]
  warnings: Tally
}

/** A row that cannot be stored, and why. */
export class RowIssue extends Error {}

/**
 * Reads a row by the rules of an upload in JSON. `before` is when the row before was received, for one that does not
 * tell. Throws a `RowIssue` for a row that goes beyond what can be stored.
 */
export function toRow(
  values: readonly SqliteValue[],
  row: number,
  before: number,
  { names, timeColumns, warnings }: RowContext,
): ImportedRow {
  const cells = new Map<string, Cell>()
  for (const [index, name] of names.entries()) {
    const cell = toCell(values[index] ?? null, (detail) => `column "${name}": ${detail}`, row, warnings)
    if (cell !== null) cells.set(name, cell)
  }
  const checksums = [MATCHED, FAILED].map((name) => checksumsOf(name, cells))
  const receivedAt = receiptOf(cells, row, before, warnings)
  const timeColumn = timeColumns.find((name) => cells.has(name)) ?? null
  const own = timeColumn === null ? null : parseTime(cells.get(timeColumn) ?? null)
  if (timeColumn !== null && own === null) {
    warnings.add(`column "${timeColumn}": not readable as a time, the time of receipt counts`, row)
  }
  const box = cells.get('box') ?? ''
  const source = box === '' ? 'default' : String(box)
  if (source.length > LIMITS.sourceCharacters) {
    throw new RowIssue(`a box name may have at most ${LIMITS.sourceCharacters} characters`)
  }
  const imported = {
    source,
    named: box !== '',
    timeColumn: own === null || timeColumn === null ? RECEIPT : timeColumn,
    time: own ?? receivedAt,
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

/** Bytes of a column's name in a block, as cutting an upload counts them. */
export const nameBytes = (name: string): number => Buffer.byteLength(name) + 6

const rowBytes = ({ cells }: ImportedRow): number =>
  cells.reduce((sum, [name, cell]) => sum + nameBytes(name) + cellBytes(cell), 0)

function toCell(value: SqliteValue, told: (detail: string) => string, row: number, warnings: Tally): Cell {
  if (value === null) return null
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value === 0 ? 0 : value
    warnings.add(told('infinite, stored as null'), row)
    return null
  }
  if (typeof value === 'bigint') {
    const number = exactNumber(value.toString())
    if (typeof number === 'number') return number
    warnings.add(told('more digits than a JSON number holds, kept as text'), row)
    return number.text
  }
  if (typeof value !== 'string') warnings.add(told('bytes, kept as text in base64'), row)
  const text = typeof value === 'string' ? value : Buffer.from(value).toString('base64')
  if (text.length * 3 > LIMITS.textBytes && Buffer.byteLength(text) > LIMITS.textBytes) {
    throw new RowIssue(told(`a text may have at most ${LIMITS.textBytes} bytes`))
  }
  if (text.includes('\ufffd')) warnings.add(told('U+FFFD, as bytes are read that are no UTF-8'), row)
  return text
}

/** Names of checksums, which go into the block's receipt. */
function checksumsOf(column: string, cells: Map<string, Cell>): string[] {
  const text = String(cells.get(column) ?? '')
  cells.delete(column)
  if (text.length > CHECKSUM_CHARACTERS) throw new RowIssue(`column "${column}": no list of names of checksums`)
  return text.split(',').filter((name) => name !== '')
}

/** When a row was received, which stays among its cells as a time that reads back as the same. */
function receiptOf(cells: Map<string, Cell>, row: number, before: number, warnings: Tally): number {
  const told = parseTime(cells.get(RECEIPT) ?? null)
  if (told === null) warnings.add(`column "${RECEIPT}": not readable as a time, that of the row before counts`, row)
  const receivedAt = told ?? before
  const seconds = Number(`${receivedAt}e-3`)
  cells.set(RECEIPT, parseTime(seconds) === receivedAt ? seconds : isoTime(receivedAt))
  return receivedAt
}
