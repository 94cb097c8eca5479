import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { getSettings } from '../lib/config/settings.ts'
import { SIGNING_ALGORITHMS } from '../lib/core/signing-algorithms.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'

/** New keys are published 15 minutes before they sign. */
const MAX_AGE_SECONDS = 300

export const jwk = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string(),
  alg: z.enum(SIGNING_ALGORITHMS),
  use: z.literal('sig'),
  n: z.optional(z.string()),
  e: z.optional(z.string()),
  crv: z.optional(z.enum(['P-256', 'Ed25519'])),
  x: z.optional(z.string()),
  y: z.optional(z.string()),
})

/** GET /.well-known/jwks.json: returns the public keys of future, current and unexpired auth tokens (RFC 7517). */
export const handler = endpoint(
  {
    access: allowAnyone,
    input: () => undefined,
    responses: { 200: z.object({ keys: z.array(jwk) }) },
  },
  async () => {
    const { VERIFICATION_KEYS } = await getSettings('VERIFICATION_KEYS')
    const keys = VERIFICATION_KEYS.keys.map(({ signs_from: _schedule, ...key }) => key)
    return json(
      200,
      { keys },
      { 'content-type': 'application/jwk-set+json', 'cache-control': `public, max-age=${MAX_AGE_SECONDS}` },
    )
  },
)
