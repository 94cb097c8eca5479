import type { Cell, Cells } from './cells.ts'

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
  count: 0,
  first: null,
  last: null,
  numbers: 0,
  min: Infinity,
  max: -Infinity,
  sum: 0,
  lost: 0,
  scale: 1,
  values: keepsValues ? [] : null,
})

/** Adds the cells of the rows from index `from` until index `to`. Rows are ascending. */
export function addCells(state: Accumulation, cells: Cells, rows: readonly number[], from: number, to: number): void {
  const [first = 0, last = 0] = [rows[from], rows[to - 1]]
  const areConsecutive = last - first === to - from - 1
  if (cells instanceof Float64Array && areConsecutive) {
    addEnds(state, cells[first] ?? null, cells[last] ?? null, to - from)
    addNumbers(state, cells, first, last + 1)
    return
  }
  const numbers: number[] = []
  for (let index = from; index < to; index += 1) {
    const cell = cells[rows[index] ?? 0] ?? null
    if (cell === null) continue
    addEnds(state, cell, cell, 1)
    if (typeof cell !== 'string') numbers.push(Number(cell))
  }
  addNumbers(state, new Float64Array(numbers), 0, numbers.length)
}

/** Adds `count` values, of which these are the first and the last one. */
function addEnds(state: Accumulation, first: Cell, last: Cell, count: number): void {
  if (state.count === 0) state.first = first
  state.last = last
  state.count += count
}

/** Adds the numbers from index `from` until index `to`. */
function addNumbers(state: Accumulation, numbers: Float64Array, from: number, to: number): void {
  const { scale, values } = state
  let { min, max, sum, lost } = state
  for (let index = from; index < to; index += 1) {
    const value = numbers[index] ?? 0
    if (value < min) min = value
    if (value > max) max = value
    const scaled = value * scale
    const total = sum + scaled
    lost += Math.abs(sum) >= Math.abs(scaled) ? sum - total + scaled : scaled - total + sum
    sum = total
  }
  if (scale === 1 && !Number.isFinite(sum + lost)) {
    state.sum *= SMALL_SCALE
    state.lost *= SMALL_SCALE
    state.scale = SMALL_SCALE
    addNumbers(state, numbers, from, to)
    return
  }
  state.numbers += to - from
  state.min = min
  state.max = max
  state.sum = sum
  state.lost = lost
  for (let index = from; values && index < to; index += 1) values.push(numbers[index] ?? 0)
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
  const sorted = new Float64Array(values).sort()
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.subarray(middle - 1)
  return Number.isFinite(low + high) ? (low + high) / 2 + 0 : low / 2 + high / 2
}
