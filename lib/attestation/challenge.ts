import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { CLOCK_TOLERANCE_SECONDS } from '../access/auth-token.ts'
import { getSettings } from '../config/settings.ts'
import { deriveKey } from '../crypto/derived-key.ts'
import { unixSeconds } from '../dynamodb/client.ts'

/** @limit Attestation | seconds in which a challenge must be used */
export const CHALLENGE_SECONDS = 300

const TIME_BYTES = 4
const RANDOM_BYTES = 16
const MAC_BYTES = 32
const CHALLENGE_BYTES = TIME_BYTES + RANDOM_BYTES + MAC_BYTES
export const CHALLENGE_CHARACTERS = Math.ceil((CHALLENGE_BYTES * 4) / 3)

const macOf = (jwk: { d: string }, body: Uint8Array, clientId: string): Buffer =>
  createHmac('sha256', deriveKey(jwk, 'latchkey attestation challenge')).update(body).update(clientId).digest()

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
  return isOwn && ageSeconds >= -CLOCK_TOLERANCE_SECONDS && ageSeconds <= CHALLENGE_SECONDS
}
