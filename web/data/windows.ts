import type { Extent } from './rows.ts'

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Lengths of windows in seconds. Windows of seconds are aligned to the epoch, and all have the same length. */
const LENGTHS = [
  ...[1, 2, 5, 10, 15, 30, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY, 90 * DAY],
  ...[180 * DAY, 365 * DAY, 1_000 * DAY],
]
const LONGEST = 3_650 * DAY

/** A plot has about as many pixels. */
const MAX_WINDOWS = 1_000

/** The length of the windows in milliseconds that divide a range into at most MAX_WINDOWS. */
export const windowLength = ({ from, to }: Extent): number =>
  1_000 * (LENGTHS.find((seconds) => (to - from) / 1_000 <= seconds * MAX_WINDOWS) ?? LONGEST)

const UNITS = [
  [DAY, 'day'],
  [HOUR, 'hour'],
  [MINUTE, 'minute'],
  [1, 'second'],
] as const

/** A length in words: `1 hour`, `30 seconds`. */
export function formatLength(ms: number): string {
  const seconds = ms / 1_000
  const [size, name] = UNITS.find(([size]) => seconds >= size) ?? [1, 'second']
  const count = Math.floor(seconds / size)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
