import { errors, importJWK, jwtVerify } from 'jose'
import * as z from 'zod/mini'
import { isCompactJws } from '../access/auth-token.ts'
import { MAX_AGE_SECONDS, MAX_AHEAD_SECONDS } from '../access/dpop.ts'
import { getSettings } from '../config/settings.ts'
import { isValidChallenge } from './challenge.ts'
import type { ClientAttestation } from './client-attestation.ts'

const claims = z.object({
  jti: z.string().check(z.minLength(1)),
  iat: z.number(),
  challenge: z.optional(z.string()),
})

/** Why a proof is not valid. `invalid` is text that is not a JWT signed with ES256. */
export type PossessionIssue = 'invalid' | 'signature' | 'type' | 'audience' | 'claims' | 'time' | 'challenge'

/**
 * Verifies a proof that the app has the private half of the attested key, at `now` (draft-ietf-oauth-attestation-based-client-auth
 * section 6.1 and 8.2). Returns its `jti`: the caller must reject one that was used before. A challenge of Latchkey proves
 * the time, so that the clock of the phone does not matter.
 */
export async function verifyPossession(
  text: string,
  { clientId, jwk }: ClientAttestation,
  now: number,
): Promise<{ jti: string } | PossessionIssue> {
  if (!isCompactJws(text)) return 'invalid'
  const { PUBLIC_URL } = await getSettings('PUBLIC_URL')
  try {
    const { payload } = await jwtVerify(text, await importJWK({ ...jwk }, 'ES256'), {
      algorithms: ['ES256'],
      typ: 'oauth-client-attestation-pop+jwt',
      audience: PUBLIC_URL,
      currentDate: new Date(now),
      clockTolerance: MAX_AHEAD_SECONDS,
    })
    const { data } = claims.safeParse(payload)
    if (!data) return 'claims'
    const { jti, iat, challenge } = data
    if (challenge !== undefined) return (await isValidChallenge(challenge, clientId, now)) ? { jti } : 'challenge'
    const ageSeconds = now / 1_000 - iat
    return ageSeconds >= -MAX_AHEAD_SECONDS && ageSeconds <= MAX_AGE_SECONDS ? { jti } : 'time'
  } catch (error) {
    return issueOf(error)
  }
}

function issueOf(error: unknown): PossessionIssue {
  if (error instanceof errors.JWTExpired) return 'time'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature'
  if (error instanceof errors.JWTClaimValidationFailed) return CLAIM_ISSUES[error.claim] ?? 'claims'
  if (error instanceof errors.JOSEError) return 'invalid'
  throw error
}

const CLAIM_ISSUES: Readonly<Record<string, PossessionIssue>> = { aud: 'audience', typ: 'type', nbf: 'time' }
