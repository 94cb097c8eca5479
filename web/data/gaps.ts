import type { Sample } from './samples.ts'

/** A time without data between two samples, in UNIX milliseconds. */
export type Gap = [from: number, to: number]

/** Distances of a window that has rows to the next one beyond which a window is missing. */
const MISSING_WINDOW = 1.5

/**
 * The gaps between the samples of a column: distances of more than `factor` times the median interval of its rows. In
 * windows, the interval is estimated by their rows, and no window is missing within a line. No gaps with the factor 0.
 */
export function findGaps(samples: readonly Sample[], factor: number): Gap[] {
  if (factor === 0) return []
  const limits = new Map<number, number>()
  for (const [width, members] of Map.groupBy(samples, ({ width }) => width)) {
    const distances = members.slice(1).map(({ time }, index) => time - (members[index]?.time ?? time))
    const interval = median(distances) / Math.max(1, median(members.map(({ count }) => count)))
    limits.set(width, Math.max(factor * interval, MISSING_WINDOW * width))
  }
  const gaps: Gap[] = []
  for (const [index, { time, width }] of samples.entries()) {
    const next = samples[index + 1]
    if (!next) break
    const limit = Math.max(limits.get(width) ?? 0, limits.get(next.width) ?? 0)
    if (next.time - time > limit) gaps.push([time, next.time])
  }
  return gaps
}

/** Whether a time is inside a gap. */
export const isInGap = (gaps: readonly Gap[], time: number): boolean =>
  gaps.some(([from, to]) => time > from && time < to)

/** The middle value; 0 for none. Equal times have no interval between them. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values.filter((value) => value > 0)).sort()
  return sorted[sorted.length >> 1] ?? 0
}

/** A text that a column has from one time until another. */
export interface State {
  from: number
  to: number
  text: string
}

/** The states of a column of texts: each lasts until the next one, or until a gap. */
export function statesOf(samples: readonly Sample[], gaps: readonly Gap[]): State[] {
  const starts = new Set(gaps.map(([from]) => from))
  const interval = median(samples.slice(1).map(({ time }, index) => time - (samples[index]?.time ?? time)))
  const states: State[] = []
  for (const [index, { time, last }] of samples.entries()) {
    const text = String(last)
    const next = samples[index + 1]?.time
    const to = next === undefined || starts.has(time) ? time + interval : next
    const previous = states.at(-1)
    if (previous?.text === text && previous.to === time) previous.to = to
    else states.push({ from: time, to, text })
  }
  return states
}
