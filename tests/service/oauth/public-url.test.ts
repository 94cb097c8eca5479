// @module-tag local-only
// These tests change PUBLIC_URL.
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt, importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

const DOMAIN = 'https://api.example.org'

let latchkey: Latchkey
let client: { client_id: string; client_secret?: string | undefined }
beforeAll(async () => {
  latchkey = await startLatchkey()
  client = await latchkey.register({ kind: 'confidential', scope: 'upload', audience: ['https://other.example'] })
})
afterAll(() => latchkey.stop())

async function setPublicUrl(url: string) {
  process.env['PUBLIC_URL'] = url
  await latchkey.anotherContainer()
}
const post = (path: string, parameters: Record<string, string>) =>
  latchkey.call(path, {
    method: 'POST',
    body: new URLSearchParams(parameters),
    headers: { authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
  })
const granted = async (parameters: Record<string, string> = {}) =>
  String((await fieldsOf(await post('/token', { grant_type: 'client_credentials', ...parameters })))['access_token'])
const introspect = async (token: string) => fieldsOf(await post('/introspect', { token }))
const statusOf = async (token: string) => (await latchkey.upload(token, '{"a":[1]}')).status
const metadata = async () => fieldsOf(await latchkey.call('/.well-known/oauth-authorization-server'))

describe('PUBLIC_URL', () => {
  it('is the issuer, the audience and the base of the endpoints, without a trailing slash', async () => {
    await setPublicUrl(`${DOMAIN}/`)
    expect(await metadata()).toMatchObject({
      issuer: DOMAIN,
      token_endpoint: `${DOMAIN}/token`,
      introspection_endpoint: `${DOMAIN}/introspect`,
      revocation_endpoint: `${DOMAIN}/revoke`,
      jwks_uri: `${DOMAIN}/.well-known/jwks.json`,
    })
    const token = await granted()
    expect(decodeJwt(token)).toMatchObject({ iss: DOMAIN, aud: DOMAIN })
    expect(await statusOf(token)).toBe(200)
    expect(await granted({ resource: DOMAIN })).toBeTruthy()
  })

  it('can change while tokens are in flight, which stay valid for their life', async () => {
    await setPublicUrl(latchkey.url)
    const old = await granted()
    const revoked = await granted()
    const forAnother = await granted({ resource: 'https://other.example' })
    await setPublicUrl(DOMAIN)
    const current = await granted()
    for (const token of [old, current]) expect(await statusOf(token)).toBe(200)
    expect(await introspect(old)).toMatchObject({ active: true, iss: latchkey.url, aud: latchkey.url })
    expect(await introspect(current)).toMatchObject({ active: true, iss: DOMAIN, aud: DOMAIN })
    await post('/revoke', { token: revoked })
    expect([await statusOf(revoked), await statusOf(forAnother)]).toEqual([401, 401])
    await setPublicUrl('https://next.example')
    expect(await Promise.all([old, current].map(statusOf))).toEqual([200, 200])
    // A former name is no longer a name of Latchkey in new tokens.
    expect(await fieldsOf(await post('/token', { grant_type: 'client_credentials', resource: DOMAIN }))).toMatchObject({
      error: 'invalid_target',
    })
  })

  it('is not part of the links and of the API description, which work at every name', async () => {
    await setPublicUrl(DOMAIN)
    const token = await latchkey.token((await latchkey.register({ scope: 'upload download' })).client_id)
    await latchkey.upload(token, '{"time":[1,2,3],"a":[1,2,3]}')
    const headers = { authorization: `Bearer ${token}` }
    const page = await latchkey.call('/download?format=json&number=1', { headers })
    expect(page.headers.get('link')).toMatch(/^<\/download\?.*>; rel="next"$/)
    const description = await fieldsOf(await latchkey.call('/openapi.json'))
    expect(description['servers']).toMatchObject([{ url: '/' }])
  })

  it('does not make a token for another service valid when it becomes the name of that service', async () => {
    await setPublicUrl(DOMAIN)
    const token = await granted({ resource: 'https://other.example' })
    await setPublicUrl('https://other.example')
    expect(await statusOf(token)).toBe(401)
  })
})

describe('the issuer in the record of a token', () => {
  const resign = async (token: string, changes: Record<string, string>) => {
    const [jwk] = JSON.parse(process.env['SIGNING_KEYS'] ?? '').keys
    return new SignJWT({ ...decodeJwt(token), ...changes })
      .setProtectedHeader({ alg: jwk.alg, typ: 'at+jwt', kid: jwk.kid })
      .sign(await importJWK(jwk))
  }

  it('must be that of the token, even if the signature is valid', async () => {
    await setPublicUrl(DOMAIN)
    const token = await granted()
    expect(await statusOf(await resign(token, {}))).toBe(200)
    for (const iss of ['https://attacker.example', latchkey.url, `${DOMAIN}/`]) {
      const forged = await resign(token, { iss, aud: iss })
      expect(await statusOf(forged)).toBe(401)
      expect(await introspect(forged)).toEqual({ active: false })
    }
  })

  it('is PUBLIC_URL for tokens of earlier versions', async () => {
    await setPublicUrl(DOMAIN)
    const token = await granted()
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    await documents.send(
      new UpdateCommand({
        TableName: process.env['TOKENS_TABLE'] ?? '',
        Key: { id: `jti#${decodeJwt(token).jti}` },
        UpdateExpression: 'REMOVE issuer',
      }),
    )
    expect(await statusOf(token)).toBe(200)
    await setPublicUrl(latchkey.url)
    expect(await statusOf(token)).toBe(401)
  })
})

describe('the Host of a request', () => {
  const get = (path: string, headers: Record<string, string>) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      request(new URL(path, latchkey.url), { headers }, async (response) =>
        resolve({ status: response.statusCode ?? 0, body: await text(response) }),
      )
        .on('error', reject)
        .end()
    })

  it('does not change the issuer, nor do the headers of proxies', async () => {
    await setPublicUrl(DOMAIN)
    const headers = {
      host: 'attacker.localhost',
      forwarded: 'host=attacker.example;proto=http',
      'x-forwarded-host': 'attacker.example',
      'x-forwarded-proto': 'http',
    }
    const { status, body } = await get('/.well-known/oauth-authorization-server', headers)
    expect([status, JSON.parse(body).issuer]).toEqual([200, DOMAIN])
    expect(body).not.toContain('attacker')
    const { client_id } = await latchkey.register()
    const tokens = await get(`/token?client_id=${client_id}`, { ...headers, accept: 'application/json' })
    expect(decodeJwt(JSON.parse(tokens.body).auth_token)).toMatchObject({ iss: DOMAIN, aud: DOMAIN })
  })
})
