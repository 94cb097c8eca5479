import { createVerifier } from 'fast-jwt'
import buildGetJwks from 'get-jwks'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { JwksClient } from 'jwks-rsa'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../lib/core/signing-algorithms.ts'
import { makeSigningKey } from '../../lib/crypto/deployment-secrets.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { rejectedTokens, type SigningKey, useKeys } from '../support/signing-keys.ts'

/**
 * Libraries of other services verify a token offline. Each starts with the issuer only, and finds the key set at
 * `/.well-known/openid-configuration`. tests/verifiers/ has those of other languages.
 */
let latchkey: Latchkey
let keys: SigningKey[]
let registered: Awaited<ReturnType<Latchkey['register']>>
beforeAll(async () => {
  latchkey = await startLatchkey()
  keys = await Promise.all(SIGNING_ALGORITHMS.map(makeSigningKey))
  registered = await latchkey.register({ kind: 'confidential', scope: 'upload' })
})
afterAll(() => latchkey.stop())

/** The configuration as openid-client discovers it. */
const discover = async () => {
  const { client_id, client_secret } = registered
  const options = { execute: [openid.allowInsecureRequests] }
  return openid.discovery(new URL(latchkey.url), client_id, client_secret, undefined, options)
}
const jwksUri = async () => (await discover()).serverMetadata().jwks_uri ?? ''
const checks = () => ({ issuer: latchkey.url, audience: latchkey.url })

type Verify = (token: string) => Promise<unknown>
const VERIFIERS: readonly [name: string, algorithms: readonly SigningAlgorithm[], make: () => Promise<Verify>][] = [
  [
    'jose',
    SIGNING_ALGORITHMS,
    async () => {
      const keySet = createRemoteJWKSet(new URL(await jwksUri()))
      return (token) => jwtVerify(token, keySet, { ...checks(), typ: 'at+jwt' })
    },
  ],
  [
    // Neither library knows Ed25519.
    'jsonwebtoken with jwks-rsa, as in express-jwt',
    ['RS256', 'ES256'],
    async () => {
      const client = new JwksClient({ jwksUri: await jwksUri() })
      return async (token) => {
        const kid = jsonwebtoken.decode(token, { complete: true })?.header.kid
        const key = await client.getSigningKey(kid)
        return jsonwebtoken.verify(token, key.getPublicKey(), { ...checks(), algorithms: ['RS256', 'ES256'] })
      }
    },
  ],
  [
    'fast-jwt with get-jwks, as in @fastify/jwt',
    ['RS256', 'ES256'],
    async () => {
      const getJwks = buildGetJwks({ providerDiscovery: true })
      const verify = createVerifier({
        key: async ({ header }: { header: Record<string, string> }) => {
          const { kid = '', alg = '' } = header
          return getJwks.getPublicKey({ kid, alg, domain: `${latchkey.url}/` })
        },
        algorithms: ['RS256', 'ES256'],
        allowedIss: latchkey.url,
        allowedAud: latchkey.url,
      })
      return async (token) => verify(token)
    },
  ],
]

describe.each(SIGNING_ALGORITHMS)('a %s token', (algorithm) => {
  let live: string
  let rejected: Record<string, string>
  beforeAll(async () => {
    const [key] = keys.filter(({ alg }) => alg === algorithm)
    if (!key) throw new Error(`no key of ${algorithm}`)
    // All keys are published, and this one signs.
    await useKeys(latchkey, [{ ...key, signs_from: 1 }, ...keys.filter((other) => other !== key)])
    live = (await openid.clientCredentialsGrant(await discover(), { scope: 'upload' })).access_token
    rejected = await rejectedTokens(key, live, decodeJwt(live))
  })

  const verifiers = VERIFIERS.filter(([, algorithms]) => algorithms.includes(algorithm))
  it.each(verifiers)(
    'is accepted by %s, unless it is expired, foreign or changed',
    async (_name, _algorithms, make) => {
      const verify = await make()
      await expect(verify(live)).resolves.toBeDefined()
      for (const [what, token] of Object.entries(rejected)) {
        await expect(verify(token), `a token that is ${what}`).rejects.toThrow()
      }
    },
  )
})

it('discovery finds what OpenID Connect Discovery 1.0 and API Gateway require', async () => {
  const answer = await latchkey.call('/.well-known/openid-configuration')
  expect(answer.status).toBe(200)
  const configuration = await answer.json()
  expect(configuration).toMatchObject({
    issuer: latchkey.url,
    jwks_uri: `${latchkey.url}/.well-known/jwks.json`,
    token_endpoint: `${latchkey.url}/token`,
    response_types_supported: expect.any(Array),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256', 'EdDSA'],
  })
  expect(await (await latchkey.call('/.well-known/oauth-authorization-server')).json()).toEqual(configuration)
})
