import type { SeriesSummary } from '../parts/series.ts'
import type { Extent } from './rows.ts'

/** A part of a plot that is marked: the time of warnings, or times that were not sent to openSenseMap. */
export interface Mark extends Extent {
  kind: 'warning' | 'parked'
}

/** The part of a range by which a warning may be later. */
const MARK_SHARE = 0.02

/** The marks of series in a range, each once. Parked times that overlap are one mark. */
export function marksOf(series: readonly Pick<SeriesSummary, 'warnings' | 'parked'>[], range: Extent): Mark[] {
  const received = series.flatMap(({ warnings = [] }) => warnings.map(({ received_at }) => Date.parse(received_at)))
  const warned = [...new Set(received.map((time) => markTime(time, range)))]
  const parked = series
    .flatMap(({ parked = [] }) => parked.map(({ first, last }) => ({ from: Date.parse(first), to: Date.parse(last) })))
    .sort((one, other) => one.from - other.from)
  const merged: Mark[] = []
  for (const { from, to } of parked) {
    const previous = merged.at(-1)
    if (previous && from <= previous.to) previous.to = Math.max(previous.to, to)
    else merged.push({ kind: 'parked', from, to })
  }
  return [...merged, ...warned.map((time): Mark => ({ kind: 'warning', from: time, to: time }))]
}

/** A warning arrives after the rows that it is about: at the end of the range it is still marked. */
function markTime(time: number, { from, to }: Extent): number {
  return time > to && time - to < MARK_SHARE * (to - from) ? to : time
}
