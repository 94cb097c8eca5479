import * as z from 'zod'
import { validateSetting } from '../../lib/config/settings-table.ts'
import { CommandError } from './error-message.ts'

/** UNIX seconds of a key that says nothing: it has signed as long as anybody knows. */
const key = z.looseObject({ kid: z.string(), signs_from: z.number().default(0) })
const keySet = z.object({ keys: z.array(key).min(1) })

/** The private keys of a stage, as SIGNING_KEYS holds them. */
export type KeySet = z.output<typeof keySet>

/** A new key is published this long before it signs: functions keep what they have read for five minutes, others too. */
export const PUBLISHED_SECONDS = 15 * 60
/** Tokens live for a day at most; an hour more is for clocks and for those who read late. */
const KEPT_SECONDS = 25 * 3600

export function parseKeySet(text: string): KeySet {
  const fault = validateSetting('SIGNING_KEYS', text)
  if (fault !== null) throw new CommandError(`SIGNING_KEYS ${fault}.`)
  return keySet.parse(JSON.parse(text))
}

export type KeyState = 'old' | 'signing' | 'next'

/** The newest first. Of keys that began at the same moment, the one that is listed first is the newer. */
const newestFirst = ({ keys }: KeySet) => keys.toSorted((one, other) => other.signs_from - one.signs_from)

/** Every key and what it is at the moment, in UNIX seconds. */
export function keyStates(set: KeySet, now: number): { kid: string; signs_from: number; state: KeyState }[] {
  const ordered = newestFirst(set)
  // As lib/access/auth-token.ts has it: while the time of none has come, the first one signs.
  const signing = ordered.find(({ signs_from }) => signs_from <= now) ?? set.keys[0]
  return ordered.map(({ kid, signs_from }) => {
    const other = signs_from > now ? 'next' : 'old'
    return { kid, signs_from, state: kid === signing?.kid ? 'signing' : other }
  })
}

/** The set with one more key, and without those that nobody can have a living token of. */
export function rotateKeySet(set: KeySet, added: KeySet['keys'][number], now: number): KeySet {
  const ordered = newestFirst(set)
  const live = ordered.filter((_key, index) => {
    // When the next newer key began is not known of keys without a time; a later one that has a time is sure to be later.
    const begun = ordered.slice(0, index).map(({ signs_from }) => signs_from)
    const superseded = Math.min(...begun.filter((from) => from > 0))
    return superseded > now - KEPT_SECONDS
  })
  return { keys: [added, ...live] }
}
