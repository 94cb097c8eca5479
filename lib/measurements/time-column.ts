import { splitTimeColumns } from '../core/time-columns.ts'
import type { Cell } from './cells.ts'
import { parameterProblem } from './parameters.ts'
import type { TimeReader } from './time-options.ts'
import { isAmbiguous } from './times.ts'

/** A clock time without a date. */
export const CLOCK = /^\s*\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AP]\.?M\.?)?\s*$/i
/** HOBO loggers write the offset into the name: `Date Time, GMT-05:00`. */
const NAME_WITH_OFFSET = /^date[ -]?time,? ?(?:gmt|utc) ?([+-]\d\d):?(\d\d)$/

export const [YEAR_2000, YEAR_2100] = [Date.UTC(2000, 0), Date.UTC(2100, 0)]
const MAX_LISTED = 10

/** The offset in the name of a column, such as `-05:00`; undefined without one. */
export function offsetInName(name: string): string | undefined {
  const [, hours, minutes] = NAME_WITH_OFFSET.exec(name) ?? []
  return hours === undefined ? undefined : `${hours}:${minutes}`
}

export const isClock = (cell: Cell | undefined): boolean => typeof cell === 'string' && CLOCK.test(cell)

/** What decides which column has the times. */
export interface TimeColumnFacts {
  columns: Pick<ReadonlySet<string>, 'has' | 'keys'>
  /** Whether a column has clock times without a date. */
  hasClocks(column: string): boolean
  /** Whether a column has a value that is clearly a time. */
  hasTimes(column: string): boolean
}

/** The facts about the columns of a table. */
export const timeColumnFacts = (columns: ReadonlyMap<string, readonly Cell[]>, read: TimeReader): TimeColumnFacts => ({
  columns,
  hasClocks: (name) => columns.get(name)?.some(isClock) ?? false,
  hasTimes: (name) => columns.get(name)?.some((cell) => isClearlyTime(cell, read)) ?? false,
})

/**
 * The column with the times of the rows; null if there is none. `declared` is the parameter time_column: throws a
 * `Problem` if the table lacks it. Names that may hold something else need a value that is clearly a time.
 */
export function findTimeColumn(
  { columns, hasClocks, hasTimes }: TimeColumnFacts,
  timeColumns: readonly string[],
  declared: string | undefined,
): string | null {
  if (declared !== undefined) {
    if (columns.has(declared)) return declared
    throw timeColumnMissing(columns.keys())
  }
  const { certain, likely } = splitTimeColumns(timeColumns)
  const present = certain.find((name) => columns.has(name))
  if (present !== undefined && (columns.has('date') || !hasClocks(present))) return present
  const named = likely.find((name) => columns.has(name) && hasTimes(name))
  return named ?? present ?? (likely.length > 0 ? [...columns.keys()].find(offsetInName) : undefined) ?? null
}

export const timeColumnMissing = (columns: Iterable<string>) =>
  parameterProblem('time_column', `names a column that the upload lacks. It has ${listNames(columns)}`)

/** Its year limits are fixed, so that a retry always selects the same column. */
function isClearlyTime(cell: Cell, read: TimeReader): boolean {
  if (cell === null) return false
  const time = read(cell)
  if (time === null) return isAmbiguous(cell)
  const ms = typeof time === 'number' ? time : time.seconds * 1000
  return (typeof cell === 'string' && /\d[-/.:]\d/.test(cell)) || (ms >= YEAR_2000 && ms < YEAR_2100)
}

/** Names of columns for a message. */
export function listNames(names: Iterable<string>): string {
  const all = [...names].map((name) => `"${name}"`)
  return all.length > MAX_LISTED ? `${all.slice(0, MAX_LISTED).join(', ')} and others` : all.join(', ')
}
