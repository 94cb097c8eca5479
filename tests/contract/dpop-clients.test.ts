import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { localOnly } from '../support/local-only.ts'

/** Independent clients, unmodified, with their own implementations of DPoP. */
let latchkey: Latchkey
let registered: { client_id: string; client_secret?: string | undefined }
beforeAll(async () => {
  latchkey = await startLatchkey()
  registered = await latchkey.register({ kind: 'confidential', scope: 'upload download', dpop_bound: true })
})
afterAll(() => latchkey.stop())

const BODY = '{"a":[1]}'
const JSON_TYPE = { 'content-type': 'application/json' }
const here = { [oauth.allowInsecureRequests]: true }
/** They name EdDSA by its curve. */
const ALGORITHMS = ['ES256', 'Ed25519', 'RS256'] as const

describe.each(ALGORITHMS)('oauth4webapi with %s', (alg) => {
  let server: oauth.AuthorizationServer
  const client = (): oauth.Client => ({ client_id: registered.client_id })
  const auth = () => oauth.ClientSecretBasic(registered.client_secret ?? '')
  let DPoP: oauth.DPoPHandle
  beforeAll(async () => {
    const issuer = new URL(latchkey.url)
    server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...here }),
    )
    DPoP = oauth.DPoP(client(), await oauth.generateKeyPair(alg))
  })

  it('gets a bound token with its secret, and uses it', async () => {
    expect(server.dpop_signing_alg_values_supported).toContain(alg)
    const request = () =>
      oauth.clientCredentialsGrantRequest(server, client(), auth(), new URLSearchParams(), { DPoP, ...here })
    const { access_token, token_type } = await oauth.processClientCredentialsResponse(server, client(), await request())
    expect(token_type).toBe('dpop')
    const headers = new Headers(JSON_TYPE)
    const upload = (url: string, handle?: oauth.DPoPHandle) =>
      oauth.protectedResourceRequest(access_token, 'POST', new URL(latchkey.url + url), headers, BODY, {
        ...(handle && { DPoP: handle }),
        ...here,
      })
    expect((await upload('/upload', DPoP)).status).toBe(200)
    expect((await upload('/upload/?tz=UTC', DPoP)).status).toBe(200)
    const attacker = oauth.DPoP(client(), await oauth.generateKeyPair(alg))
    for (const handle of [undefined, attacker])
      await expect(upload('/upload', handle)).rejects.toMatchObject({
        cause: [{ scheme: 'dpop', parameters: { error: 'invalid_token' } }],
      })
    const introspection = await oauth.introspectionRequest(server, client(), auth(), access_token, here)
    expect(await oauth.processIntrospectionResponse(server, client(), introspection)).toMatchObject({
      active: true,
      cnf: { jkt: await DPoP.calculateThumbprint() },
    })
  })

  it('checks the proof of such a request as a resource server', async () => {
    const answer = await oauth.clientCredentialsGrantRequest(server, client(), auth(), new URLSearchParams(), {
      DPoP,
      ...here,
    })
    const { access_token } = await oauth.processClientCredentialsResponse(server, client(), answer)
    let sent: Request | undefined
    const resource = new URL('https://api.example/things')
    const send = (url: string, { method, headers }: { method: string; headers: Record<string, string> }) => {
      sent = new Request(url, { method, headers })
      return Promise.resolve(new Response())
    }
    await oauth.protectedResourceRequest(access_token, 'GET', resource, undefined, undefined, {
      DPoP,
      [oauth.customFetch]: send,
    })
    if (!sent) throw new Error('Nothing was sent.')
    const claims = await oauth.validateJwtAccessToken(server, sent, latchkey.url, { requireDPoP: true, ...here })
    expect(claims.cnf).toEqual({ jkt: await DPoP.calculateThumbprint() })
  })
})

describe('openid-client', () => {
  const discovered = (secret?: string, client_id = registered.client_id) =>
    openid.discovery(
      new URL(latchkey.url),
      client_id,
      undefined,
      secret === undefined ? openid.None() : openid.ClientSecretBasic(secret),
      { execute: [openid.allowInsecureRequests] },
    )
  const upload = async (config: openid.Configuration, token: string, DPoP?: openid.DPoPHandle): Promise<number> => {
    const options = DPoP ? { DPoP } : {}
    const url = new URL(`${latchkey.url}/upload`)
    return (await openid.fetchProtectedResource(config, token, url, 'POST', BODY, new Headers(JSON_TYPE), options))
      .status
  }

  it.each(ALGORITHMS)('gets a bound token with its secret and %s, and uses it', async (alg) => {
    const config = await discovered(registered.client_secret)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair(alg))
    const { access_token, token_type } = await openid.clientCredentialsGrant(config, {}, { DPoP })
    expect(token_type).toBe('dpop')
    expect(await upload(config, access_token, DPoP)).toBe(200)
    expect(await upload(config, access_token, DPoP)).toBe(200)
    await expect(upload(config, access_token)).rejects.toMatchObject({ cause: [{ scheme: 'dpop' }] })
    await expect(openid.clientCredentialsGrant(config)).rejects.toMatchObject({ error: 'invalid_dpop_proof' })
  })

  it('gets a bound token of a public client with a code that is bound to its key', async () => {
    const redirect_uri = 'com.example.app:/cb'
    const { client_id } = await latchkey.register({ callback_url: redirect_uri, dpop_bound: true })
    const config = await discovered(undefined, client_id)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const pkceCodeVerifier = openid.randomPKCECodeVerifier()
    const expectedState = openid.randomState()
    const url = openid.buildAuthorizationUrl(config, {
      ...{ redirect_uri, scope: 'upload', state: expectedState },
      ...{ code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: 'S256' },
      dpop_jkt: await DPoP.calculateThumbprint(),
    })
    const location = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '')
    const checks = { pkceCodeVerifier, expectedState }
    const thief = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const redeem = (handle: openid.DPoPHandle) =>
      openid.authorizationCodeGrant(config, location, checks, undefined, { DPoP: handle })
    await expect(redeem(thief)).rejects.toMatchObject({ error: 'invalid_grant' })
    const { access_token } = await redeem(DPoP)
    expect(await upload(config, access_token, DPoP)).toBe(200)
  })

  it('repeats its request with the nonce of the server', localOnly('the setting is changed'), async () => {
    process.env['DPOP_NONCE'] = 'true'
    await latchkey.anotherContainer()
    const config = await discovered(registered.client_secret)
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
    const { access_token } = await openid.clientCredentialsGrant(config, {}, { DPoP })
    expect(await upload(config, access_token, DPoP)).toBe(200)
    process.env['DPOP_NONCE'] = ''
    await latchkey.anotherContainer()
  })
})
