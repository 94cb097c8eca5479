import { recordSaltUse, USE_INTERVAL_MS } from '../clients/store-salts.ts'

/** Times in UNIX milliseconds at which this container has looked at the last use, by salt. */
const checkedAt = new Map<string, number>()
const MAX_CHECKED = 10_000

/**
 * Records the use of a client's salt at `now` (UNIX ms) while the request continues, without delaying or failing it. If
 * Lambda pauses the container before, a later request stores the use.
 */
export function noteSaltUse(salt: string, now: number): void {
  if ((checkedAt.get(salt) ?? 0) > now - USE_INTERVAL_MS) return
  if (checkedAt.size >= MAX_CHECKED) checkedAt.clear()
  checkedAt.set(salt, now)
  recordSaltUse(salt, now).catch(() => checkedAt.delete(salt))
}
