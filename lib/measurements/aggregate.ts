import type { Cell } from './cells.ts'

export const AGGREGATES = ['mean', 'min', 'max', 'count', 'first', 'last', 'median', 'sum'] as const
export type Aggregate = (typeof AGGREGATES)[number]

/** The values of a column in a window. Null cells are ignored; true and false are the numbers 1 and 0. */
export interface Accumulation {
  count: number
  first: Cell
  last: Cell
  /** How many values are numbers. */
  numbers: number
  min: number
  max: number
  /** The sum of the numbers times `scale`, and what its rounding lost (Neumaier). */
  sum: number
  lost: number
  scale: number
  /** The numbers, if the median is requested. */
  values: number[] | null
}

/** Prevents that an intermediate sum overflows. A power of two changes no digit. */
const SMALL_SCALE = 2 ** -64

export const emptyAccumulation = (keepsValues: boolean): Accumulation => ({
  ...{ count: 0, first: null, last: null, numbers: 0, min: Infinity, max: -Infinity },
  ...{ sum: 0, lost: 0, scale: 1, values: keepsValues ? [] : null },
})

/** Adds the cells of the rows from index `from` until index `to`. */
export function addCells(
  state: Accumulation,
  cells: readonly Cell[],
  rows: readonly number[],
  from: number,
  to: number,
): void {
  let { count, first, last, numbers, min, max, sum, lost } = state
  const { scale, values } = state
  const valuesBefore = values?.length ?? 0
  for (let index = from; index < to; index += 1) {
    const cell = cells[rows[index] ?? 0] ?? null
    if (cell === null) continue
    if (count === 0) first = cell
    count += 1
    last = cell
    if (typeof cell === 'string') continue
    const value = Number(cell)
    numbers += 1
    if (value < min) min = value
    if (value > max) max = value
    if (values) values.push(value)
    const scaled = value * scale
    const total = sum + scaled
    lost += Math.abs(sum) >= Math.abs(scaled) ? sum - total + scaled : scaled - total + sum
    sum = total
  }
  if (scale === 1 && !Number.isFinite(sum + lost)) {
    if (values) values.length = valuesBefore
    Object.assign(state, { sum: state.sum * SMALL_SCALE, lost: state.lost * SMALL_SCALE, scale: SMALL_SCALE })
    addCells(state, cells, rows, from, to)
  } else Object.assign(state, { count, first, last, numbers, min, max, sum, lost })
}

/** The value of an aggregate; null without values that it applies to, and for a sum that a double cannot hold. */
export function aggregateOf(state: Accumulation, aggregate: Aggregate): Cell {
  const { count, numbers, min, max, sum, lost, scale } = state
  if (aggregate === 'count') return count
  if (aggregate === 'first' || aggregate === 'last') return state[aggregate]
  if (numbers === 0) return null
  if (aggregate === 'min') return min
  if (aggregate === 'max') return max
  if (aggregate === 'median') return medianOf(state.values ?? [])
  const total = (sum + lost) / scale
  if (aggregate === 'sum') return Number.isFinite(total) ? total : null
  // Rounding may exceed the values by a digit.
  return Math.min(Math.max((sum + lost) / numbers / scale, min), max) + 0
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.subarray(middle - 1)
  return Number.isFinite(low + high) ? (low + high) / 2 + 0 : low / 2 + high / 2
}
