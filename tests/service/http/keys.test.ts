// @module-tag local-only
// The emulator has no limit on the length of keys.
import { importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

/** Parts of requests that become keys of items. DynamoDB rejects empty keys, and keys over 2,048 bytes. */
let latchkey: Latchkey
let clientId: string
let clientSecret: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  const scope = 'upload download delete start access-token'
  const { client_id, client_secret = '' } = await latchkey.register({ kind: 'confidential', scope })
  clientId = client_id
  clientSecret = client_secret
  token = await issue()
})
afterAll(() => latchkey.stop())

const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` })
const form = (path: string, headers: Record<string, string>, parameters: Record<string, string>) =>
  latchkey.call(path, { method: 'POST', headers, body: new URLSearchParams(parameters) })
const issue = async () => {
  const parameters = { grant_type: 'client_credentials' }
  return String((await fieldsOf(await form('/token', basic(clientId, clientSecret), parameters)))['access_token'])
}
const send = (authorization: string, path = '/series', method = 'GET', body?: string) =>
  latchkey.call(path, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  })

/** A token that is signed with the right key. */
async function signed(claims: Record<string, unknown>): Promise<string> {
  const [key] = JSON.parse(process.env['SIGNING_KEYS'] ?? '').keys
  const now = Math.floor(Date.now() / 1000)
  const { url: iss } = latchkey
  const common = { iss, aud: iss, sub: clientId, client_id: clientId, scope: 'download', iat: now, exp: now + 600 }
  return new SignJWT({ ...common, ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.kid })
    .sign(await importJWK(key, 'RS256'))
}

describe('a correctly signed auth token', () => {
  const jti = '3f6f8a52-6c1e-4c0e-9d3b-0a7a4c1f2b11'
  it.each([
    ['an over-long jti', { jti: 'x'.repeat(3_000) }],
    ['an over-long jti of few characters', { jti: '\u{1f511}'.repeat(600) }],
    ['an empty jti', { jti: '' }],
    ['a jti that is not a UUID', { jti: 'an-old-token' }],
    ['a jti that is a number', { jti: 7 }],
    ['no jti', {}],
    ['an over-long client_id', { jti, client_id: 'c'.repeat(3_000) }],
    ['an empty client_id', { jti, client_id: '' }],
    ['an exp beyond the safe integers', { jti, exp: 1e300 }],
    ['an exp with a fraction', { jti, exp: 4_102_444_800.5 }],
    ['an iat that is not a number', { jti, iat: '1' }],
    ['an iat below the safe integers', { jti, iat: -1e300 }],
  ])('is rejected with 401 if it has %s', async (_what, claims) => {
    const answer = await send(`Bearer ${await signed(claims)}`)
    expect([answer.status, (await fieldsOf(answer))['code']]).toEqual([401, 'credentials_invalid'])
  })

  it('is inactive for introspection and revocation if its jti is too long', async () => {
    const long = await signed({ jti: 'x'.repeat(3_000) })
    const inactive = await form('/introspect', basic(clientId, clientSecret), { token: long })
    expect([inactive.status, await fieldsOf(inactive)]).toEqual([200, { active: false }])
    expect((await form('/revoke', basic(clientId, clientSecret), { token: long })).status).toBe(200)
  })

  const tokenSpellings: [string, (text: string) => string][] = [
    ['==', (text) => `${text}==`],
    ['= after the header', (text) => text.replace('.', '=.')],
    ['an encoded line end', (text) => `${text}%0A`],
    ['a fourth part', (text) => `${text}.${text.slice(-20)}`],
    ['the other alphabet of base64', (text) => text.replace(/.$/, '+')],
    ['other unused bits at the end', (text) => text.slice(0, -1) + nextLetter(text.slice(-1))],
    ['5,000 more characters', (text) => text + 'A'.repeat(5_000)],
  ]
  it.each(tokenSpellings)('is rejected with 401 with %s', async (_what, change) => {
    expect((await send(`Bearer ${token}`)).status).toBe(200)
    const answer = await send(`Bearer ${change(token)}`)
    expect([answer.status, (await fieldsOf(answer))['code']]).toEqual([401, 'credentials_invalid'])
  })

  it('is rejected with 401 in a form with ==', async () => {
    const body = new FormData()
    body.append('auth_token', `${token}==`)
    body.append('responses', '{}')
    expect((await latchkey.call('/submit', { method: 'POST', body })).status).toBe(401)
  })
})

/** The last letter of 64 bytes in base64url has four unused bits. */
const nextLetter = (letter: string) => String.fromCharCode(letter.charCodeAt(0) + 1)

const ODD = [
  ['too long', 'x'.repeat(3_000)],
  ['of many bytes', '\u{1f511}'.repeat(600)],
  ['empty', ''],
  ['a control character', '\u0000'],
  ['a separator of keys', '#'],
  ['invalid UTF-8', Symbol('%ff')],
] as const
const encoded = (value: string | symbol) =>
  typeof value === 'symbol' ? (value.description ?? '') : encodeURIComponent(value)

describe.each(ODD)('a value that is %s', (_what, value) => {
  it.each([
    ['GET', '/download?format=json&client_id='],
    ['GET', '/download?format=json&source='],
    ['GET', '/download?format=json&cursor='],
    ['GET', '/download?format=json&participant_id='],
    ['GET', '/series?participant_id='],
    ['GET', '/series?client_id='],
    ['GET', '/series?source='],
    ['GET', '/series?cursor='],
    ['GET', '/submissions?client_id='],
    ['GET', '/submissions?participant_id='],
    ['GET', '/submissions?cursor='],
    ['GET', '/submissions/'],
    ['DELETE', '/submissions/'],
    ['GET', `/submissions/${'0'.repeat(32)}/`],
    ['POST', '/upload?client_id='],
    ['GET', '/token?client_id='],
    ['GET', `/token?client_id=${'0'.repeat(32)}&participant_id=`],
    ['GET', '/onboarding-status?interviewId='],
    ['GET', '/onboarding-status?interviewId=a&uniqueId='],
    ['GET', '/start?uniqueId='],
    ['GET', '/fetch-score?interviewId='],
    ['GET', '/session?sid='],
    ['GET', '/auth?email='],
  ])('never causes a 5xx in %s %s', async (method, path) => {
    for (const authorization of [`Bearer ${token}`, `Bearer ${latchkey.adminToken}`, 'x']) {
      const answer = await send(authorization, path + encoded(value), method)
      expect(answer.status, await answer.text()).toBeLessThan(500)
    }
  })

  it('never causes a 5xx in a credential, a header or a body', async () => {
    const text = typeof value === 'symbol' ? '\ud800' : value
    const ascii = encoded(value)
    const json = (path: string, body: unknown, authorization = `Bearer ${token}`) =>
      send(authorization, path, 'POST', JSON.stringify(body))
    const answers = [
      await form('/token', basic(ascii, clientSecret), { grant_type: 'client_credentials' }),
      await form('/token', {}, { grant_type: 'client_credentials', client_id: text, client_secret: 'x' }),
      await form('/introspect', basic(clientId, clientSecret), { token: text }),
      await form('/revoke', {}, { client_id: text, token }),
      await form('/token', basic(clientId, clientSecret), { grant_type: 'client_credentials', participant_id: text }),
      await latchkey.call('/fetch-score?interviewId=a', { headers: { 'x-token': ascii } }),
      await latchkey.call('/session?sid=1', { headers: { authorization: ascii } }),
      await latchkey.upload(token, '{"a":[1]}', 'application/json', { 'idempotency-key': ascii }),
      await json('/upload', { time: [1], a: [1], box: [text] }),
      await json('/upload', { time: [1], [text]: [1] }),
      await json('/webhook', { interviewId: text, onboardingStatus: 'EXPIRED' }),
      await json('/webhook', { interviewId: 'a', onboardingStatus: text }),
      await json('/session', { contact_email: text }),
      await json('/finish', { token: text }),
      await json('/register', { callback_url: 'https://a.example/', name: text }, `Bearer ${latchkey.adminToken}`),
    ]
    const failed = answers.flatMap(({ status }, index) => (status >= 500 ? [[index, status]] : []))
    expect(failed).toEqual([])
  })
})

describe('a cursor with a source that is not well-formed', () => {
  it('is rejected with 400', async () => {
    const cursor = Buffer.from('{"source":"\\ud800","block":"0","row":0}').toString('base64url')
    expect((await send(`Bearer ${token}`, `/download?format=json&cursor=${cursor}`)).status).toBe(400)
  })
})
