import { recordSaltUse, USE_INTERVAL_MS } from '../clients/store-salts.ts'

/** Stored last uses in UNIX milliseconds, by salt. Only valid salts are in it. */
const lastUses = new Map<string, number>()

/**
 * Records the use of a client's salt at `now` (UNIX ms) while the request continues, without delaying or failing it. If
 * Lambda pauses the container before, a later request stores the use.
 */
export function noteSaltUse(salt: string, now: number): void {
  if ((lastUses.get(salt) ?? 0) > now - USE_INTERVAL_MS) return
  lastUses.set(salt, now)
  recordSaltUse(salt, now).then(
    (storedUse) => lastUses.set(salt, storedUse),
    () => lastUses.delete(salt),
  )
}
