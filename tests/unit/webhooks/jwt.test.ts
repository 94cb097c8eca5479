import { hash } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../../lib/config/config-error.ts'
import { verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { deliveryOf, NOW, presetScheme, webhookScheme } from '../../support/webhooks.ts'

const BODY = '{"event":"room_started"}'
const SECONDS = NOW / 1_000
const livekit = presetScheme('livekit')
const base64Digest = hash('sha256', BODY, 'base64')

const shared = (claims: JWTPayload, key = 'shared', alg = 'HS256') =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key))
const verifyShared = (authorization: string, secrets = ['shared'], body = BODY) =>
  verifyScheme(livekit, secrets, deliveryOf({ authorization }, body))

describe('a JWT with a shared key', () => {
  const claims = { sha256: base64Digest, nbf: SECONDS, exp: SECONDS + 300 }

  it('is accepted with and without Bearer, and with each of two keys', async () => {
    const token = await shared(claims)
    expect(await verifyShared(token)).toBe('accepted')
    expect(await verifyShared(`Bearer ${token}`, ['new', 'shared'])).toBe('accepted')
    expect(await verifyShared(`bearer ${token}`, ['shared', 'new'])).toBe('accepted')
  })

  it.each([
    ['signature_wrong', { ...claims, sha256: hash('sha256', 'other', 'base64') }],
    ['signature_malformed', { ...claims, sha256: hash('sha256', BODY, 'hex') }],
    ['signature_malformed', { ...claims, sha256: 7 }],
    ['signature_malformed', { nbf: SECONDS, exp: SECONDS + 300 }],
    ['time_missing', { sha256: base64Digest }],
    ['time_malformed', { ...claims, exp: 'soon' }],
    ['time_out_of_range', { ...claims, exp: SECONDS - 301 }],
    ['time_out_of_range', { ...claims, nbf: SECONDS + 301 }],
    ['accepted', { sha256: base64Digest, exp: SECONDS + 3_600 }],
    ['time_out_of_range', { sha256: base64Digest, exp: SECONDS + 3_601 }],
    ['accepted', { sha256: base64Digest, iat: SECONDS - 300 }],
    ['time_out_of_range', { sha256: base64Digest, iat: SECONDS - 301 }],
    ['accepted', { sha256: base64Digest, iat: SECONDS + 300 }],
    ['time_out_of_range', { sha256: base64Digest, iat: SECONDS + 301, exp: SECONDS + 900 }],
  ])('is %s with claims %o', async (outcome, payload) => {
    expect(await verifyShared(await shared(payload as JWTPayload))).toBe(outcome)
  })

  it('is wrong under another key and algorithm, and for another body', async () => {
    expect(await verifyShared(await shared(claims, 'other'))).toBe('signature_wrong')
    expect(await verifyShared(await shared(claims, 'shared'.repeat(12), 'HS512'))).toBe('signature_wrong')
    expect(await verifyShared(await shared(claims), ['shared'], `${BODY} `)).toBe('signature_wrong')
    expect(await verifyShared(await shared(claims), [])).toBe('signature_wrong')
  })

  it('is wrong without a signature algorithm', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    expect(await verifyShared(`${part({ alg: 'none' })}.${part(claims)}.AA`)).toBe('signature_wrong')
  })

  it.each(['', 'Bearer', 'Bearer a.b', 'a.b.c', 'a.b.c.d', 'Bearer !.!.!'])('is malformed: "%s"', async (value) => {
    expect(await verifyShared(value)).toBe('signature_malformed')
  })

  it('is missing without the header, and with another authentication scheme in it', async () => {
    expect(await verifyScheme(livekit, ['shared'], deliveryOf({}, BODY))).toBe('signature_missing')
    expect(await verifyShared('Basic YTpi')).toBe('signature_missing')
  })
})

const pair = async (alg: string, kid: string) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const sign = (claims: JWTPayload = { request_body_sha256: hash('sha256', BODY), iat: SECONDS }) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(privateKey)
  return { publicJwk: { ...(await exportJWK(publicKey)), kid }, privateJwk: await exportJWK(privateKey), sign }
}
const setOf = (...keys: object[]) => JSON.stringify({ keys })

describe('a JWT with the keys of its secret', () => {
  const plaid = presetScheme('plaid')
  const verify = (token: string, secrets: string[], scheme = plaid) =>
    verifyScheme(scheme, secrets, deliveryOf({ 'plaid-verification': token }, BODY))

  it('is accepted, also from the second of two sets', async () => {
    const [first, second] = await Promise.all([pair('ES256', 'a'), pair('ES256', 'b')])
    expect(await verify(await first.sign(), [setOf(first.publicJwk, second.publicJwk)])).toBe('accepted')
    expect(await verify(await second.sign(), [setOf(first.publicJwk), setOf(second.publicJwk)])).toBe('accepted')
  })

  it('is accepted if the set has the private key, as for tests', async () => {
    const { publicJwk, privateJwk, sign } = await pair('ES256', 'a')
    expect(await verify(await sign(), [setOf({ ...publicJwk, ...privateJwk })])).toBe('accepted')
  })

  it('is wrong if its key is not in the set, or another key has its id', async () => {
    const [known, other, fake] = await Promise.all([pair('ES256', 'a'), pair('ES256', 'b'), pair('ES256', 'a')])
    expect(await verify(await other.sign(), [setOf(known.publicJwk)])).toBe('signature_wrong')
    expect(await verify(await fake.sign(), [setOf(known.publicJwk)])).toBe('signature_wrong')
  })

  it('is wrong with an algorithm that the entry does not have', async () => {
    const { publicJwk, sign } = await pair('EdDSA', 'a')
    expect(await verify(await sign(), [setOf(publicJwk)])).toBe('signature_wrong')
  })

  it('is wrong if a public key made its HMAC', async () => {
    const scheme = webhookScheme({
      scheme: 'jwt',
      header: 'plaid-verification',
      claim: 'request_body_sha256',
      algorithms: ['ES256', 'HS256'],
    })
    const { publicJwk } = await pair('ES256', 'a')
    const forged = await new SignJWT({ request_body_sha256: hash('sha256', BODY), iat: SECONDS })
      .setProtectedHeader({ alg: 'HS256', kid: 'a' })
      .sign(new TextEncoder().encode(setOf(publicJwk)))
    expect(await verify(forged, [setOf(publicJwk)], scheme)).toBe('signature_wrong')
  })

  it('is an error of the configuration if a key cannot be used', async () => {
    const { publicJwk, sign } = await pair('ES256', 'a')
    const secret = setOf({ ...publicJwk, y: publicJwk.x })
    await expect(verify(await sign(), [secret])).rejects.toThrow(ConfigError)
  })
})

describe('a JWT with keys at a URL', () => {
  const fetched = vi.fn<typeof fetch>()
  let url = ''
  let sets = 0
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    vi.stubGlobal('fetch', fetched)
    fetched.mockReset()
    sets += 1
    url = `https://keys.example/${sets}`
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })
  const verify = (token: string, jwks = url) => {
    const scheme = webhookScheme({
      scheme: 'jwt',
      header: 'x-jwt',
      claim: 'request_body_sha256',
      algorithms: ['ES256', 'HS256'],
      jwks,
    })
    return verifyScheme(scheme, [], deliveryOf({ 'x-jwt': token }, BODY))
  }

  it('is accepted, and the keys are read once', async () => {
    const { publicJwk, sign } = await pair('ES256', 'a')
    fetched.mockImplementation(async () => new Response(setOf(publicJwk)))
    expect([await verify(await sign()), await verify(await sign())]).toEqual(['accepted', 'accepted'])
    expect(fetched).toHaveBeenCalledOnce()
  })

  it('reads the keys again after half a minute for a key that is not among them', async () => {
    const [first, second] = await Promise.all([pair('ES256', 'a'), pair('ES256', 'b')])
    fetched.mockImplementation(async () => new Response(setOf(first.publicJwk)))
    expect(await verify(await first.sign())).toBe('accepted')
    fetched.mockImplementation(async () => new Response(setOf(first.publicJwk, second.publicJwk)))
    expect(await verify(await second.sign())).toBe('signature_wrong')
    vi.setSystemTime(NOW + 31_000)
    expect(await verify(await second.sign())).toBe('accepted')
    expect(fetched).toHaveBeenCalledTimes(2)
  })

  it('is wrong if a public key made its HMAC', async () => {
    const { publicJwk } = await pair('ES256', 'a')
    fetched.mockImplementation(async () => new Response(setOf(publicJwk)))
    expect(await verify(await shared({ iat: SECONDS }, JSON.stringify(publicJwk)))).toBe('signature_wrong')
  })

  it.each([
    ['does not respond', async () => Promise.reject(new TypeError('fetch failed'))],
    ['responds 404', async () => new Response('{"keys":[]}', { status: 404 })],
    ['redirects', async () => new Response('', { status: 302 })],
    ['has no JSON', async () => new Response('<html>')],
    ['has no body', async () => new Response(null)],
    ['has no key set', async () => new Response('{"keys":7}')],
    ['has an endless body', async () => new Response(' '.repeat(200_001))],
    ['has an unusable key', async () => new Response(setOf({ kty: 'EC', crv: 'P-256', kid: 'a', x: 'AA', y: 'AA' }))],
  ])('is unavailable, not wrong, if the URL %s', async (_, respond) => {
    const { sign } = await pair('ES256', 'a')
    fetched.mockImplementation(respond)
    expect(await verify(await sign())).toBe('keys_unavailable')
  })

  it('does not ask again for ten seconds a URL that returns other JSON', async () => {
    const { sign } = await pair('ES256', 'a')
    fetched.mockImplementation(async () => new Response('{"error":"not here"}'))
    for (let count = 0; count < 3; count += 1) expect(await verify(await sign())).toBe('keys_unavailable')
    expect(fetched).toHaveBeenCalledOnce()
  })

  it('does not wait again for ten seconds after a failure', async () => {
    const { publicJwk, sign } = await pair('ES256', 'a')
    fetched.mockImplementation(async () => Promise.reject(new TypeError('fetch failed')))
    await verify(await sign())
    fetched.mockImplementation(async () => new Response(setOf(publicJwk)))
    expect(await verify(await sign())).toBe('keys_unavailable')
    vi.setSystemTime(NOW - 1_000)
    expect(await verify(await sign())).toBe('accepted')
    expect(fetched).toHaveBeenCalledTimes(2)
  })

  it('keeps the keys of 20 URLs', async () => {
    const { publicJwk, sign } = await pair('ES256', 'a')
    fetched.mockImplementation(async () => new Response(setOf(publicJwk)))
    const token = await sign()
    for (let index = 0; index <= 20; index += 1) await verify(token, `${url}/${index}`)
    await verify(token, `${url}/20`)
    expect(fetched).toHaveBeenCalledTimes(21)
    await verify(token, `${url}/0`)
    expect(fetched).toHaveBeenCalledTimes(22)
  })
})
