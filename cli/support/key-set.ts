import * as z from 'zod'
import { signingKeys, verificationKeys } from '../../lib/config/key-schemas.ts'
import { SIGNING_ALGORITHMS } from '../../lib/core/signing-algorithms.ts'
import { isPrivate, publicHalf } from '../../lib/crypto/deployment-secrets.ts'
import { CommandError } from './error-message.ts'

/** `signs_from` is in UNIX seconds. A key without it has always signed. */
const key = z.looseObject({ kid: z.string(), alg: z.string(), signs_from: z.number() })
const keySet = z.object({ keys: z.array(key).min(1) })
type Key = z.output<typeof key>

/** The keys of a stage. Only those that sign, or will sign, have their private halves. */
export type KeySet = z.output<typeof keySet>

/** The parameters that store a key set. */
export interface KeyParameters {
  SIGNING_KEYS: string
  VERIFICATION_KEYS: string
}

/** A new key is published this long before it signs, because functions and services cache keys for five minutes. */
export const PUBLISHED_MINUTES = 15
/** Tokens are valid for at most a day. The additional hour covers clock skew and cached keys. */
const RETENTION_SECONDS = 25 * 3600
/** A standard parameter of Parameter Store holds 4 kB. */
const MAX_PARAMETER_CHARACTERS = 4_096

export const algorithmOption = z.enum(SIGNING_ALGORITHMS, `must be one of ${SIGNING_ALGORITHMS.join(', ')}`)

/** The private keys, and the published keys without a private half. */
export function parseKeySet({ SIGNING_KEYS, VERIFICATION_KEYS }: KeyParameters): KeySet {
  const signing = parseKeys('SIGNING_KEYS', signingKeys(), SIGNING_KEYS)
  const kids = signing.map(({ kid }) => kid)
  const published = parseKeys('VERIFICATION_KEYS', verificationKeys(), VERIFICATION_KEYS)
  return { keys: [...signing, ...published.filter(({ kid }) => !kids.includes(kid))] }
}

function parseKeys(name: string, schema: ReturnType<typeof verificationKeys>, text: string): Key[] {
  const { data, error } = schema.safeParse(text)
  if (error) throw new CommandError(`${name} ${error.issues[0]?.message}.`)
  return keySet.parse(data).keys
}

/** Returns both parameters. Throws if a standard parameter cannot hold one of them. */
export function formatKeySet({ keys }: KeySet): KeyParameters {
  const parameters = {
    SIGNING_KEYS: JSON.stringify({ keys: keys.filter(isPrivate) }),
    VERIFICATION_KEYS: JSON.stringify({ keys: keys.map(publicHalf) }),
  }
  for (const [name, text] of Object.entries(parameters)) checkParameterSize(name, text)
  return parameters
}

export function checkParameterSize(name: string, text: string): void {
  if (text.length <= MAX_PARAMETER_CHARACTERS) return
  throw new CommandError(
    `${name} would have ${text.length} characters, and a parameter holds ${MAX_PARAMETER_CHARACTERS}. Use fewer or smaller keys, or wait until the tokens of old keys have expired.`,
  )
}

export type KeyState = 'old' | 'signing' | 'next'

/** Newest first. Keys with equal times keep their order, which is newest first too. */
const sortNewestFirst = <Item extends { signs_from: number }>(keys: readonly Item[]): Item[] =>
  keys.toSorted((a, b) => b.signs_from - a.signs_from)

/** Every key with its state at `now` (UNIX seconds). */
export function keyStates({ keys }: KeySet, now: number) {
  const ordered = sortNewestFirst(keys)
  const privateKeys = ordered.filter(isPrivate)
  // If every key is in the future, the earliest signs, as in lib/access/auth-token.ts.
  const signing = privateKeys.find(({ signs_from }) => signs_from <= now) ?? privateKeys.at(-1)
  return ordered.map((item) => {
    const { kid, alg, signs_from } = item
    const inactive: KeyState = isPrivate(item) && signs_from > now ? 'next' : 'old'
    return { kid, alg, signs_from, state: kid === signing?.kid ? 'signing' : inactive }
  })
}

/** The set with the added key, without keys whose tokens have all expired, and without private halves of old keys. */
export function rotateKeySet(set: KeySet, added: Key, now: number): KeySet {
  const ordered = sortNewestFirst(set.keys)
  const live = ordered.filter((_key, index) => {
    // Newer keys without a time are skipped; any newer key with a time started later than they did.
    const startTimes = ordered.slice(0, index).map(({ signs_from }) => signs_from)
    const supersededAt = Math.min(...startTimes.filter((start) => start > 0))
    return supersededAt > now - RETENTION_SECONDS
  })
  const old = new Set(keyStates(set, now).flatMap(({ kid, state }) => (state === 'old' ? [kid] : [])))
  return { keys: [added, ...live.map((each) => (old.has(each.kid) ? toPublicKey(each) : each))] }
}

const toPublicKey = (privateKey: Key): Key => {
  const { alg, signs_from } = privateKey
  return { ...publicHalf(privateKey), alg, signs_from }
}
