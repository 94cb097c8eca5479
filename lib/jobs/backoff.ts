const FIRST_DELAY_MS = 60_000
const LONGEST_DELAY_MS = 3_600_000

/** How long to wait after so many attempts besides the first, in milliseconds: doubling, an hour at most. */
export const delayAfter = (attempts: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts, 30), LONGEST_DELAY_MS)
