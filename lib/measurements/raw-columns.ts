import { Problem } from '../core/problem.ts'
import { LIMITS } from './limits.ts'
import { placedProblem } from './placed-problem.ts'

/** Parsed body of any format: names as sent, raw values, and the unit if known. Columns may differ in length. */
export type RawColumns = (readonly [name: string, values: readonly unknown[], unit?: string])[]

export type Row = Record<string, unknown>
/** Bytes, extensions and inexact numbers are objects too, but values. */
export const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

/**
 * Converts the shapes of JSON and MessagePack bodies: an object of columns, an object of plain values (one row), or a
 * list of row objects. The list can be the only member `rows` of an object. `keysSent` is the number of object keys in
 * the body: a parser drops the first of two equal ones.
 */
export function columnsOrRows(value: unknown, keysSent: number): RawColumns {
  if (Array.isArray(value)) return fromRows(value, keysSent)
  if (isObject(value)) {
    const rows = wrappedRows(value)
    return rows ? fromRows(rows, keysSent - 1) : fromColumns(value, keysSent)
  }
  throw new Problem('body_invalid', 'The body must be an object of columns or a list of row objects.')
}

/** The list in `{"rows": […]}`, unless it is a column with that name. */
function wrappedRows(value: Row): readonly unknown[] | undefined {
  const [[name, rows] = [], ...others] = Object.entries(value)
  return name === 'rows' && others.length === 0 && Array.isArray(rows) && rows.some(isObject) ? rows : undefined
}

/** Converts row objects. `keysSent` is absent if the keys are checked already. */
export function fromRows(values: readonly unknown[], keysSent?: number): RawColumns {
  checkShape(values.length, 0)
  const columns = new Map<string, unknown[]>()
  let keys = 0
  values.forEach((row, index) => {
    if (!isObject(row)) throw rowProblem(index, 'a row must be an object of column names and values')
    for (const name of Object.keys(row)) {
      keys += 1
      const value = row[name]
      if (isNested(value)) {
        throw rowProblem(index, `the value of "${shortenName(name)}" is a list or an object`)
      }
      const column = columns.get(name)
      if (column) column[index] = value
      else {
        checkShape(values.length, columns.size + 1)
        columns.set(name, new Array<unknown>(values.length).fill(null).with(index, value))
      }
    }
  })
  if (keysSent !== undefined) rejectRepeatedKeys(keysSent, keys)
  return [...columns]
}

function fromColumns(value: Row, keysSent: number): RawColumns {
  const entries = Object.entries(value)
  const lists = entries.flatMap(([, values]) => (Array.isArray(values) ? [values.length] : []))
  const mismatch = entries.find(([, values]) => isObject(values))
  if (mismatch) {
    const detail = 'a column must be a list of values or a single value'
    throw new Problem('body_invalid', `Column "${shortenName(mismatch[0])}": ${detail}.`, {
      issues: [{ field: shortenName(mismatch[0]), detail }],
    })
  }
  // A single value next to lists is the value of every row.
  const rows = lists.length > 0 ? Math.max(...lists) : 1
  checkShape(rows, entries.length)
  const columns = entries.map(([name, values]): [string, unknown[]] => [
    name,
    Array.isArray(values) ? values : new Array<unknown>(rows).fill(values),
  ])
  for (const [name, values] of columns) {
    const row = values.findIndex(isNested)
    if (row >= 0) throw rowProblem(row, `the value of "${shortenName(name)}" is a list or an object`)
  }
  rejectRepeatedKeys(keysSent, entries.length)
  return columns
}

/** Whether a value is a list or a plain object. */
const isNested = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (Array.isArray(value) || isObject(value))

/** Throws a `Problem` for a table beyond the limits. Call it before allocating the table. */
export function checkShape(rows: number, columns: number): void {
  if (rows > LIMITS.rows) {
    throw new Problem(
      'limit_exceeded',
      `The upload has ${rows} rows; at most ${LIMITS.rows} are accepted. Send it in parts.`,
    )
  }
  if (columns > LIMITS.columns) {
    throw new Problem('limit_exceeded', `The upload has more than ${LIMITS.columns} columns.`)
  }
  if (rows * columns > LIMITS.cells) {
    throw new Problem('limit_exceeded', `The upload has more than ${LIMITS.cells} cells (rows times columns).`)
  }
}

function rejectRepeatedKeys(keysSent: number, keysRead: number): void {
  if (keysSent === keysRead) return
  throw new Problem('body_invalid', 'A column name appears twice in one object, so one of its values would be lost.')
}

function rowProblem(index: number, detail: string): Problem {
  return placedProblem('body_invalid', { row: index + 1 }, ({ row }) => `Row ${row}: ${detail}.`, { detail })
}

/** A name as sent may have any length; an error shows only its start. */
const shortenName = (name: string): string => name.slice(0, LIMITS.columnNameCharacters)
