import * as z from 'zod/mini'
import { jwt } from '../access/auth-token.ts'
import { clientIdSchema } from '../core/identifiers.ts'
import { maxString } from '../core/zod-helpers.ts'
import { CHALLENGE_CHARACTERS } from './challenge.ts'
import { instanceKey } from './instance-key.ts'

/**
 * One of Apple has 6,000.
 * @limit Attestation | bytes of an attestation object of App Attest
 */
const MAX_ATTESTATION_BYTES = 16_000
/** @limit Attestation | bytes of an assertion object of App Attest */
const MAX_ASSERTION_BYTES = 1_000
/** @limit Attestation | characters of an integrity token */
const MAX_TOKEN_CHARACTERS = 16_000

/** Base64 of at most `maxBytes`. The length is checked before the text is decoded. */
const base64 = (maxBytes: number) =>
  z.pipe(
    maxString(Math.ceil(maxBytes / 3) * 4).check(
      z.regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'must be base64'),
      z.minLength(4, 'must not be empty'),
    ),
    z.transform((text) => Buffer.from(text, 'base64')),
  )

const evidence = z.strictObject({
  key_id: z.optional(base64(32).check(z.refine((id) => id.length === 32, 'must be the id of a key of App Attest'))),
  attestation: z.optional(base64(MAX_ATTESTATION_BYTES)),
  assertion: z.optional(base64(MAX_ASSERTION_BYTES)),
  integrity_token: z.optional(maxString(MAX_TOKEN_CHARACTERS).check(z.minLength(1, 'must not be empty'))),
})
type Evidence = z.output<typeof evidence>

/** What a platform returned to an app: of Apple for a new key, or for one that is known, or of Google. */
export type PlatformEvidence =
  | { platform: 'ios'; keyId: Buffer; attestation: Buffer }
  | { platform: 'ios'; keyId: Buffer; attestation?: undefined; assertion: Buffer }
  | { platform: 'android'; integrityToken: string }

/** What an app sends to get a client attestation. */
export const attestRequest = z.pipe(
  z.strictObject({
    client_id: clientIdSchema,
    platform: z.enum(['ios', 'android'], 'must be ios or android'),
    challenge: z
      .string()
      .check(z.regex(new RegExp(`^[\\w-]{${CHALLENGE_CHARACTERS}}$`), 'must be a challenge of POST /attest/challenge')),
    jwk: instanceKey,
    evidence,
  }),
  z.transform(({ client_id, platform, challenge, jwk, evidence: sent }, context) => {
    const found = platform === 'ios' ? appleEvidence(sent) : androidEvidence(sent)
    if (typeof found !== 'string') return { client_id, challenge, jwk, evidence: found }
    context.issues.push({ code: 'custom', path: ['evidence'], input: sent, message: found })
    return z.NEVER
  }),
)
export type AttestRequest = z.output<typeof attestRequest>

function appleEvidence({
  key_id: keyId,
  attestation,
  assertion,
  integrity_token,
}: Evidence): PlatformEvidence | string {
  const platform = 'ios'
  if (!keyId || integrity_token !== undefined) return 'must have key_id, and no integrity_token, for the platform ios'
  if (attestation && !assertion) return { platform, keyId, attestation }
  if (assertion && !attestation) return { platform, keyId, assertion }
  return 'must have either attestation or assertion'
}

function androidEvidence({ integrity_token: integrityToken, ...others }: Evidence): PlatformEvidence | string {
  const isOnly = Object.values(others).every((value) => value === undefined)
  return integrityToken !== undefined && isOnly
    ? { platform: 'android', integrityToken }
    : 'must have integrity_token only, for the platform android'
}

export const attestResponse = z.object({
  client_attestation: jwt,
  expires_in: z.int(),
  device_id: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
})
