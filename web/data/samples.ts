import { numberIn, type Row } from './rows.ts'

/** The value of a column in one row, or in a window of rows. */
export interface Sample {
  /** UNIX milliseconds: of the row, or of the middle of the window. */
  time: number
  /** The length of the window in milliseconds; 0 for a row. */
  width: number
  /** The number of the row, or the mean of the window; null for texts. */
  value: number | null
  low: number
  high: number
  /** How many rows of the window have a value. */
  count: number
  last: unknown
}

/** Rows, or windows of rows, of one series. */
export interface Segment {
  rows: readonly Row[]
  /** The length of the windows in milliseconds; 0 for rows. */
  width: number
}

/** What is asked of each window. A column of the response has the name of a column and of one of these. */
export const AGGREGATES = 'mean,min,max,count,last'
/** Every row has this column, so its count is that of the rows. */
export const RECEIPT_COLUMN = 'time_upload_utc'

/** The values of a column, in the order of their times; rows without a value are left out. */
export function samplesOf({ rows, width }: Segment, column: string): Sample[] {
  const read = width === 0 ? rowSample : windowSample
  return rows.flatMap((row) => read(row, column, width) ?? [])
}

function rowSample({ time, cells }: Row, column: string): Sample | null {
  const cell = cells[column]
  if (cell == null) return null
  const value = numberIn(cell)
  return { time, width: 0, value, low: value ?? 0, high: value ?? 0, count: 1, last: cell }
}

function windowSample({ time: start, cells }: Row, column: string, width: number): Sample | null {
  const time = start + width / 2
  // The box has the same value in all rows, and no aggregates.
  const box = column === 'box' ? cells['box'] : null
  if (box != null) return { time, width, value: null, low: 0, high: 0, count: windowRows(cells), last: box }
  const [value, low, high, count, last] = AGGREGATES.split(',').map((name) => cells[`${column}_${name}`])
  if (!(Number(count) > 0)) return null
  const mean = typeof value === 'number' ? value : null
  return { time, width, value: mean, low: numberIn(low) ?? 0, high: numberIn(high) ?? 0, count: Number(count), last }
}

const windowRows = (cells: Row['cells']): number => numberIn(cells[`${RECEIPT_COLUMN}_count`]) ?? 0

/** The number of rows in a segment. */
export const rowCount = ({ rows, width }: Segment): number =>
  width === 0 ? rows.length : rows.reduce((sum, { cells }) => sum + windowRows(cells), 0)

/** The number of rows in the windows that overlap a range: at least as many as the range has. */
export const rowCountIn = ({ rows, width }: Segment, from: number, to: number): number =>
  rowCount({ rows: rows.filter(({ time }) => time <= to && time + width >= from), width })

/** A column is drawn as a line if it has numbers, else as bands. */
export const hasNumbers = (samples: readonly Sample[]): boolean => samples.some(({ value }) => value !== null)

export interface Summary {
  count: number
  least: number
  mean: number
  most: number
  last: number
}

/** Statistics of a column; null if it has no numbers. */
export function summaryOf(samples: readonly Sample[]): Summary | null {
  let [total, sum, least, most, latest] = [0, 0, Infinity, -Infinity, 0]
  for (const { value, low, high, count, last } of samples) {
    if (value === null) continue
    total += count
    sum += value * count
    least = Math.min(least, low)
    most = Math.max(most, high)
    latest = numberIn(last) ?? value
  }
  return total === 0 ? null : { count: total, least, mean: sum / total, most, last: latest }
}

/** The sample that is nearest to a time, and the index after the last sample before it; undefined without samples. */
export function nearest(samples: readonly Sample[], time: number): Sample | undefined {
  let [low, high] = [0, samples.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((samples[middle]?.time ?? 0) < time) low = middle + 1
    else high = middle
  }
  const [before, after] = [samples[low - 1], samples[low]]
  if (!before || !after) return before ?? after
  return time - before.time < after.time - time ? before : after
}
