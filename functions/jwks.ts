import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { getSettings } from '../lib/config/settings.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'

/** New keys are published 15 minutes before they sign. */
const MAX_AGE_SECONDS = 300

export const jwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
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
    const keys = VERIFICATION_KEYS.keys.map((key) => ({ ...key, alg: 'EdDSA' as const, use: 'sig' as const }))
    return json(
      200,
      { keys },
      { 'content-type': 'application/jwk-set+json', 'cache-control': `public, max-age=${MAX_AGE_SECONDS}` },
    )
  },
)
