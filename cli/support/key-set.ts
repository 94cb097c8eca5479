import * as z from 'zod'
import { validateSetting } from '../../lib/config/settings-table.ts'
import { CommandError } from './error-message.ts'

/** `signs_from` is in UNIX seconds. A key without it has always signed. */
const key = z.looseObject({ kid: z.string(), signs_from: z.number().default(0) })
const keySet = z.object({ keys: z.array(key).min(1) })

/** The private keys of a stage, in the format of SIGNING_KEYS. */
export type KeySet = z.output<typeof keySet>

/** A new key is published this long before it signs, because functions and services cache keys for five minutes. */
export const PUBLISHED_SECONDS = 15 * 60
/** Tokens are valid for at most a day. The additional hour covers clock skew and cached keys. */
const RETENTION_SECONDS = 25 * 3600

export function parseKeySet(text: string): KeySet {
  const fault = validateSetting('SIGNING_KEYS', text)
  if (fault !== null) throw new CommandError(`SIGNING_KEYS ${fault}.`)
  return keySet.parse(JSON.parse(text))
}

export type KeyState = 'old' | 'signing' | 'next'

/** Newest first. Keys with equal times keep their order, which is newest first too. */
const sortNewestFirst = ({ keys }: KeySet) => keys.toSorted((a, b) => b.signs_from - a.signs_from)

/** Every key with its state at `now` (UNIX seconds). */
export function keyStates(set: KeySet, now: number): { kid: string; signs_from: number; state: KeyState }[] {
  const ordered = sortNewestFirst(set)
  // If every key is in the future, the first one signs, as in lib/access/auth-token.ts.
  const signing = ordered.find(({ signs_from }) => signs_from <= now) ?? set.keys[0]
  return ordered.map(({ kid, signs_from }) => {
    const inactive = signs_from > now ? 'next' : 'old'
    return { kid, signs_from, state: kid === signing?.kid ? 'signing' : inactive }
  })
}

/** The set with the added key, and without keys whose tokens have all expired. */
export function rotateKeySet(set: KeySet, added: KeySet['keys'][number], now: number): KeySet {
  const ordered = sortNewestFirst(set)
  const live = ordered.filter((_key, index) => {
    // Newer keys without a time are skipped; any newer key with a time started later than they did.
    const startTimes = ordered.slice(0, index).map(({ signs_from }) => signs_from)
    const supersededAt = Math.min(...startTimes.filter((start) => start > 0))
    return supersededAt > now - RETENTION_SECONDS
  })
  return { keys: [added, ...live] }
}
