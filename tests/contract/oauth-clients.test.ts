import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSigningKey, publicHalf } from '../../lib/crypto/deployment-secrets.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'

/** Independent clients: oauth4webapi as an OAuth client, jose as an API gateway. */
let latchkey: Latchkey
let server: oauth.AuthorizationServer
let client: oauth.Client
let secret: string
const here = { [oauth.allowInsecureRequests]: true }
beforeAll(async () => {
  latchkey = await startLatchkey()
  const issuer = new URL(latchkey.url)
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...here })
  server = await oauth.processDiscoveryResponse(issuer, answer)
  const registered = await latchkey.register({ kind: 'confidential', scope: 'upload download' })
  client = { client_id: registered.client_id }
  secret = registered.client_secret ?? ''
})
afterAll(() => latchkey.stop())

async function granted(auth: oauth.ClientAuth, parameters: Record<string, string> = {}) {
  const answer = await oauth.clientCredentialsGrantRequest(server, client, auth, new URLSearchParams(parameters), here)
  return oauth.processClientCredentialsResponse(server, client, answer)
}
async function introspected(token: string) {
  const answer = await oauth.introspectionRequest(server, client, oauth.ClientSecretBasic(secret), token, here)
  return oauth.processIntrospectionResponse(server, client, answer)
}
const jwks = () => createRemoteJWKSet(new URL(server.jwks_uri ?? ''))
const verified = (token: string, keys = jwks()) =>
  jwtVerify(token, keys, { issuer: latchkey.url, audience: latchkey.url, typ: 'at+jwt' })

describe('oauth4webapi', () => {
  it('discovers the service', () => {
    expect(server).toMatchObject({
      issuer: latchkey.url,
      token_endpoint: `${latchkey.url}/token`,
      authorization_endpoint: `${latchkey.url}/token`,
      grant_types_supported: ['client_credentials', 'authorization_code'],
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    })
  })

  it.each([
    ['Basic', () => oauth.ClientSecretBasic(secret)],
    ['the form', () => oauth.ClientSecretPost(secret)],
  ])('gets a token with its secret in %s', async (_how, auth) => {
    const { access_token, token_type, expires_in, scope } = await granted(auth(), { scope: 'upload' })
    expect({ token_type, expires_in, scope }).toEqual({ token_type: 'bearer', expires_in: 5_400, scope: 'upload' })
    expect((await latchkey.upload(access_token, '{"a":[1]}')).status).toBe(200)
  })

  it('gets the token of a public client with a code', async () => {
    const redirect_uri = 'com.example.app:/cb'
    const { client_id } = await latchkey.register({ callback_url: redirect_uri })
    const app: oauth.Client = { client_id }
    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const url = new URL(server.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      ...{ response_type: 'code', client_id, redirect_uri, scope: 'upload', state },
      ...{ code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    }).toString()
    const location = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '')
    const parameters = oauth.validateAuthResponse(server, app, location, state)
    const redeem = async () => {
      const auth = oauth.None()
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        app,
        auth,
        parameters,
        redirect_uri,
        verifier,
        here,
      )
      return oauth.processAuthorizationCodeResponse(server, app, answer)
    }
    const { access_token, scope } = await redeem()
    expect(scope).toBe('upload')
    expect((await latchkey.upload(access_token, '{"a":[1]}')).status).toBe(200)
    await expect(redeem()).rejects.toMatchObject({ error: 'invalid_grant', status: 400 })
    expect((await latchkey.upload(access_token, '{"a":[1]}')).status).toBe(401)
  })

  it('parses an error', async () => {
    await expect(granted(oauth.ClientSecretPost('wrong'))).rejects.toMatchObject({
      cause: expect.arrayContaining([expect.objectContaining({ scheme: 'basic' })]),
    })
    await expect(granted(oauth.ClientSecretBasic(secret), { scope: 'impersonate' })).rejects.toMatchObject({
      error: 'invalid_scope',
      status: 400,
    })
  })

  it('introspects and revokes', async () => {
    const { access_token } = await granted(oauth.ClientSecretBasic(secret))
    expect(await introspected(access_token)).toMatchObject({ active: true, client_id: client.client_id })
    const answer = await oauth.revocationRequest(server, client, oauth.ClientSecretPost(secret), access_token, here)
    expect(await oauth.processRevocationResponse(answer)).toBeUndefined()
    expect(await introspected(access_token)).toEqual({ active: false })
  })

  it('validates its tokens as RFC 9068 access tokens', async () => {
    const { access_token } = await granted(oauth.ClientSecretBasic(secret), { scope: 'upload' })
    const request = new Request(latchkey.url, { headers: { authorization: `Bearer ${access_token}` } })
    const claims = await oauth.validateJwtAccessToken(server, request, latchkey.url, here)
    expect(claims).toMatchObject({ sub: client.client_id, client_id: client.client_id, scope: 'upload' })
  })
})

describe('keys', () => {
  it('are published without their private halves, and may be cached', async () => {
    const answer = await latchkey.call('/.well-known/jwks.json')
    expect(answer.headers.get('content-type')).toBe('application/jwk-set+json')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
    const text = await answer.text()
    expect(JSON.parse(text)).toEqual({
      keys: [{ kty: 'RSA', n: expect.any(String), e: 'AQAB', kid: expect.any(String), alg: 'RS256', use: 'sig' }],
    })
    expect(text).not.toContain('"d"')
  })

  it('verify tokens through jose’s remote key set, and no others', async () => {
    const { access_token } = await granted(oauth.ClientSecretBasic(secret))
    expect((await verified(access_token)).payload['client_id']).toBe(client.client_id)
    await expect(verified(`${access_token.slice(0, -4)}AAAA`)).rejects.toThrow('signature verification failed')
  })

  it('change while tokens are in flight, without invalidating them', async () => {
    const sets = { signing: process.env['SIGNING_KEYS'] ?? '', open: process.env['VERIFICATION_KEYS'] ?? '' }
    const [old] = JSON.parse(sets.signing).keys
    const made = await makeSigningKey('RS256')
    const rotated = async (signsFrom: number) => {
      const next = { ...made, signs_from: signsFrom }
      const open = publicHalf(next)
      process.env['VERIFICATION_KEYS'] = JSON.stringify({ keys: [...JSON.parse(sets.open).keys, open] })
      process.env['SIGNING_KEYS'] = JSON.stringify({ keys: [old, next] })
      await latchkey.anotherContainer()
    }
    const keyOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
    const token = async () => (await granted(oauth.ClientSecretBasic(secret))).access_token
    const before = await token()

    await rotated(Math.floor(Date.now() / 1000) + 900)
    const waiting = await token()
    await rotated(Math.floor(Date.now() / 1000) - 1)
    const after = await token()
    expect([before, waiting, after].map(keyOf)).toEqual([old.kid, old.kid, made.kid])
    const keys = jwks()
    for (const each of [before, waiting, after]) {
      expect((await latchkey.upload(each, '{"a":[1]}')).status).toBe(200)
      expect((await verified(each, keys)).payload['client_id']).toBe(client.client_id)
    }
    const [, payload, signature] = after.split('.')
    const nameless = Buffer.from('{"alg":"RS256","typ":"at+jwt"}').toString('base64url')
    expect((await latchkey.upload(`${nameless}.${payload}.${signature}`, '{"a":[1]}')).status).toBe(401)
    const { keys: published } = JSON.parse(process.env['VERIFICATION_KEYS'] ?? '')
    process.env['VERIFICATION_KEYS'] = JSON.stringify({ keys: published.slice(-1) })
    await latchkey.anotherContainer()
    expect((await latchkey.upload(before, '{"a":[1]}')).status).toBe(401)
    expect((await latchkey.upload(after, '{"a":[1]}')).status).toBe(200)
  })
})
