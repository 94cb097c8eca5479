import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { getSettings } from '../config/settings.ts'
import { unixSeconds } from '../dynamodb/client.ts'

/** @limit Attestation | seconds in which a challenge must be used */
export const CHALLENGE_SECONDS = 300

/** Maximum clock difference between the hosts of functions. */
const HOSTS_SECONDS = 5

const TIME_BYTES = 4
const RANDOM_BYTES = 16
const MAC_BYTES = 32
const CHALLENGE_BYTES = TIME_BYTES + RANDOM_BYTES + MAC_BYTES
export const CHALLENGE_CHARACTERS = Math.ceil((CHALLENGE_BYTES * 4) / 3)

const macKeys = new WeakMap<object, Buffer>()

/** A key of its own for challenges (RFC 5869), from the private half of a signing key. */
function macKey(jwk: { d: string }): Buffer {
  const key =
    macKeys.get(jwk) ?? Buffer.from(hkdfSync('sha256', jwk.d, '', 'latchkey attestation challenge', MAC_BYTES))
  macKeys.set(jwk, key)
  return key
}

const macOf = (jwk: { d: string }, body: Uint8Array, clientId: string): Buffer =>
  createHmac('sha256', macKey(jwk)).update(body).update(clientId).digest()

/**
 * Returns a new challenge for a client, as text in base64url. Every host recognises it. Nothing is stored before it is
 * used, so that a flood of requests writes nothing.
 */
export async function createChallenge(clientId: string, now: number): Promise<string> {
  const { SIGNING_KEYS } = await getSettings('SIGNING_KEYS')
  const [jwk] = SIGNING_KEYS.keys
  if (!jwk) throw new Error('SIGNING_KEYS contains no key')
  const time = Buffer.alloc(TIME_BYTES)
  time.writeUInt32BE(unixSeconds(now))
  const body = Buffer.concat([time, randomBytes(RANDOM_BYTES)])
  return Buffer.concat([body, macOf(jwk, body, clientId)]).toString('base64url')
}

/** Whether Latchkey made a challenge for this client, and not too long ago. It may have been used before. */
export async function isValidChallenge(challenge: string, clientId: string, now: number): Promise<boolean> {
  const bytes = Buffer.from(challenge, 'base64url')
  if (bytes.length !== CHALLENGE_BYTES || bytes.toString('base64url') !== challenge) return false
  const body = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES)
  const mac = bytes.subarray(TIME_BYTES + RANDOM_BYTES)
  const { SIGNING_KEYS } = await getSettings('SIGNING_KEYS')
  // During a rotation, the host that made it may have another key.
  const isOwn = SIGNING_KEYS.keys.map((jwk) => timingSafeEqual(macOf(jwk, body, clientId), mac)).includes(true)
  const ageSeconds = unixSeconds(now) - body.readUInt32BE()
  return isOwn && ageSeconds >= -HOSTS_SECONDS && ageSeconds <= CHALLENGE_SECONDS
}
