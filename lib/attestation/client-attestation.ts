import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod/mini'
import {
  CLOCK_TOLERANCE_SECONDS,
  importKeySet,
  importSigningKey,
  isCompactJws,
  selectSigningKey,
} from '../access/auth-token.ts'
import { getSettings } from '../config/settings.ts'
import { SIGNING_ALGORITHMS } from '../core/signing-algorithms.ts'
import { unixSeconds } from '../dynamodb/client.ts'
import { type InstanceKey, instanceKey } from './instance-key.ts'

/** @limit Attestation | seconds in which an app can use a client attestation */
export const ATTESTATION_SECONDS = 86_400

const TYPE = 'oauth-client-attestation+jwt'

/** What a client attestation says: an app of the client, on a device, has the private half of the key. */
export interface ClientAttestation {
  clientId: string
  deviceId: string
  jwk: InstanceKey
}

/** Signs a client attestation (draft-ietf-oauth-attestation-based-client-auth section 5). It is not an auth token. */
export async function signClientAttestation(
  { clientId, deviceId, jwk }: ClientAttestation,
  now: number,
): Promise<string> {
  const { PUBLIC_URL, SIGNING_KEYS } = await getSettings('PUBLIC_URL', 'SIGNING_KEYS')
  const issuedAt = unixSeconds(now)
  const key = selectSigningKey(SIGNING_KEYS.keys, issuedAt)
  return new SignJWT({ device_id: deviceId, cnf: { jwk } })
    .setProtectedHeader({ alg: key.alg, typ: TYPE, kid: key.kid })
    .setIssuer(PUBLIC_URL)
    .setSubject(clientId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ATTESTATION_SECONDS)
    .sign(await importSigningKey(key))
}

const claims = z.object({ sub: z.string(), device_id: z.string(), cnf: z.object({ jwk: instanceKey }) })

/**
 * Verifies a client attestation at `now`, but not the record of its device. Returns `expired`, or `invalid` for every
 * other JWT.
 */
export async function verifyClientAttestation(
  text: string,
  now: number,
): Promise<ClientAttestation | 'invalid' | 'expired'> {
  if (!isCompactJws(text)) return 'invalid'
  const { VERIFICATION_KEYS } = await getSettings('VERIFICATION_KEYS')
  try {
    const { payload } = await jwtVerify(text, importKeySet(VERIFICATION_KEYS), {
      algorithms: [...SIGNING_ALGORITHMS],
      typ: TYPE,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    })
    const { data } = claims.safeParse(payload)
    return data ? { clientId: data.sub, deviceId: data.device_id, jwk: data.cnf.jwk } : 'invalid'
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired'
    if (error instanceof errors.JOSEError) return 'invalid'
    throw error
  }
}
