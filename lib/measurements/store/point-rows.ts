import type { Cell, Cells } from '../cells.ts'
import { notateTime } from '../time-notation.ts'
import type { WindowCursor } from '../window-parameters.ts'
import type { Points } from '../window-query.ts'
import { fixedWindows } from '../windows.ts'
import type { WindowCollector } from './aggregator.ts'
import { blockValues, cellsOf, placeValues } from './block-view.ts'
import { toSeriesId } from './keys.ts'
import type { Series } from './series.ts'
import { findTimeSpan } from './time-span.ts'
import type { WindowsRequest } from './windows.ts'

/** A row that may be returned. */
interface Candidate {
  /** Its position among the rows of the series. */
  order: number
  cells: Cell[]
}

/** The rows of a window that one column selects. */
interface Extremes {
  min: number
  max: number
  low?: Candidate
  high?: Candidate
  /** The first and the last row with a value. */
  first?: Candidate
  last?: Candidate
}

/**
 * Returns the rows of each window in which a column has its lowest and its highest value, so that spikes remain. Of equal
 * values, these are the first low one and the last high one. A column without numbers selects its first and last value.
 * Null if the series has none of the columns.
 */
export async function makeThinner(
  request: WindowsRequest,
  { points }: Points,
  series: Series,
  resumed: WindowCursor | undefined,
): Promise<WindowCollector | null> {
  const { columns, times } = request.selection
  const places = columns.flatMap((name, place) =>
    request.values.includes(name) && series.columns.has(name) ? [place] : [],
  )
  if (places.length === 0) return null
  const count = Math.max(1, Math.floor(points / 2 / places.length))
  const { from, width } = await chooseWindows(request, series, count, resumed)
  let extremes: Extremes[] = []
  const reset = () => {
    extremes = places.map(() => ({ min: Infinity, max: -Infinity }))
  }
  reset()
  let order = 0
  return {
    find: fixedWindows(width, from),
    width,
    fillsGaps: false,
    likelyRows: Infinity,
    add(part, rows, start, end) {
      const candidates = new Map<number, Candidate>()
      const candidateAt = (index: number): Candidate => {
        const known = candidates.get(index)
        if (known) return known
        const row = rows[index] ?? 0
        // A copy, so that the blocks do not stay in memory.
        const values = placeValues(part.places, blockValues(part, row), columns.length)
        const cells = times ? [notateTime(part.timeAt(row), times.notation), ...values] : values
        const candidate = { order: order + index, cells }
        candidates.set(index, candidate)
        return candidate
      }
      part.places.forEach((place, index) => {
        const state = extremes[places.indexOf(place)]
        const cells = cellsOf(part.columns[index] ?? null, part.rowCount)
        if (state) updateExtremes(state, cells, rows, start, end, candidateAt)
      })
      order += rows.length
    },
    close() {
      const selected = extremes.flatMap(({ low, high, first, last }) => (low ? [low, high] : [first, last]))
      const rows = new Map(selected.flatMap((candidate) => (candidate ? [[candidate.order, candidate.cells]] : [])))
      reset()
      return [...rows].sort(([a], [b]) => a - b).map(([, cells]) => cells)
    },
  }
}

/** Windows that divide the time range of a series into `count` parts. All pages have the same ones. */
async function chooseWindows(
  { clientId, from, to }: WindowsRequest,
  series: Series,
  count: number,
  resumed: WindowCursor | undefined,
): Promise<{ from: number; width: number }> {
  if (resumed?.from !== undefined && resumed.width !== undefined) return { from: resumed.from, width: resumed.width }
  const { first = '', last = '' } = await findTimeSpan(clientId, toSeriesId(series))
  const [start, end] = [Math.max(Date.parse(first), from ?? -Infinity), Math.min(Date.parse(last), to ?? Infinity)]
  const [origin, span] = Number.isFinite(start) ? [Math.floor(start), Math.max(end - start, 0)] : [0, 0]
  // Times of the span are whole milliseconds; the last row must be in the last window.
  return { from: origin, width: Math.max(1, Math.ceil((span + 2) / count)) }
}

/** Updates the extremes of a column by the rows from index `start` until index `end`. */
function updateExtremes(
  state: Extremes,
  cells: Cells,
  rows: readonly number[],
  start: number,
  end: number,
  candidateAt: (index: number) => Candidate,
): void {
  let { min, max } = state
  let [first, last, low, high] = [-1, -1, -1, -1]
  for (let index = start; index < end; index += 1) {
    const cell = cells[rows[index] ?? 0] ?? null
    if (cell === null) continue
    if (first < 0) first = index
    last = index
    if (typeof cell === 'string') continue
    const value = Number(cell)
    if (value < min) {
      min = value
      low = index
    }
    if (value >= max) {
      max = value
      high = index
    }
  }
  if (low >= 0) Object.assign(state, { min, low: candidateAt(low) })
  if (high >= 0) Object.assign(state, { max, high: candidateAt(high) })
  if (state.low || first < 0) return
  state.first ??= candidateAt(first)
  state.last = candidateAt(last)
}
