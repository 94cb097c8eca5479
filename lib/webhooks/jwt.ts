import { hash } from 'node:crypto'
import { errors, type JWTPayload, jwtVerify } from 'jose'
import type { SchemeOf } from '../config/webhook-schemas.ts'
import type { Delivery, Outcome } from './delivery.ts'
import { decodeBytes, headerOf, invalidSecret, isAnyEqual, isTimely } from './delivery.ts'
import { type JwtKeys, jwtKeys } from './jwt-keys.ts'

type Jwt = SchemeOf<'jwt'>

/** Of a token that only says when it expires: until then, it can be replayed. LiveKit's last five minutes. */
const LONGEST_LIFETIME_MS = 3_600_000

/** Verifies a JWT with a digest of the body, as of Plaid and LiveKit. */
export async function verifyJwt(scheme: Jwt, secrets: readonly string[], delivery: Delivery): Promise<Outcome> {
  const value = headerOf(delivery, scheme.header)
  // `authorization` may have another authentication scheme.
  if (value === undefined || /^(?!bearer )[\w-]+ /i.test(value)) return 'signature_missing'
  const token = value.replace(/^bearer +/i, '')
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return 'signature_malformed'
  for (const keys of jwtKeys(scheme, secrets)) {
    const outcome = await verifyWith(keys, scheme, token, delivery)
    if (outcome !== 'signature_wrong') return outcome
  }
  return 'signature_wrong'
}

async function verifyWith(keys: JwtKeys, scheme: Jwt, token: string, delivery: Delivery): Promise<Outcome> {
  const { getKey, algorithms } = keys
  try {
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: [...algorithms],
      currentDate: new Date(delivery.receivedAt),
      clockTolerance: scheme.tolerance,
    })
    return outcomeOf(payload, scheme, delivery)
  } catch (error) {
    const outcome = outcomeOfError(error)
    if (outcome !== undefined) return outcome
    if (keys.isRemote) return 'keys_unavailable'
    throw invalidSecret(scheme, 'has a key that cannot be used')
  }
}

function outcomeOf(payload: JWTPayload, scheme: Jwt, delivery: Delivery): Outcome {
  const { exp, iat } = payload
  const claim = payload[scheme.claim]
  const digest = typeof claim === 'string' ? decodeBytes(claim, scheme.encoding, 32) : undefined
  if (digest === undefined) return 'signature_malformed'
  if (!isAnyEqual([digest], [hash('sha256', delivery.rawBody, 'buffer')])) return 'signature_wrong'
  if (iat !== undefined) return isTimely(iat * 1_000, delivery, scheme) ? 'accepted' : 'time_out_of_range'
  if (exp === undefined) return 'time_missing'
  return exp * 1_000 - delivery.receivedAt <= LONGEST_LIFETIME_MS ? 'accepted' : 'time_out_of_range'
}

/** Returns undefined for errors that the token does not cause. jose verifies the signature before the claims. */
function outcomeOfError(error: unknown): Outcome | undefined {
  if (error instanceof errors.JWTExpired) return 'time_out_of_range'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.reason === 'check_failed' ? 'time_out_of_range' : 'time_malformed'
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'signature_malformed'
  return WRONG.some((type) => error instanceof type) ? 'signature_wrong' : undefined
}

const WRONG = [
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys, // a token without `kid`
]
