const FIRST_DELAY_MS = 60_000
export const LONGEST_DELAY_MS = 3_600_000

/** Backoff in milliseconds after a number of retries: it doubles from one minute to at most one hour. */
export const delayAfter = (attempts: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts, 30), LONGEST_DELAY_MS)
