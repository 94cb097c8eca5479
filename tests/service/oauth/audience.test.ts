// @module-tag local-only
// It tests which callback URLs, audiences and scopes are valid, which does not depend on AWS.
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

const API = 'https://api.example.com'
const OTHER = 'https://api.example.com/v2?tenant=1'

let latchkey: Latchkey
let authorization: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  authorization = await confidential([API, OTHER, 'billing'])
})
afterAll(() => latchkey.stop())

async function confidential(audience: string[], scope = 'upload download'): Promise<string> {
  const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope, audience })
  return `Basic ${btoa(`${client_id}:${client_secret}`)}`
}
const post = (path: string, body: string, by = authorization) =>
  latchkey.call(path, { method: 'POST', body: new URLSearchParams(body), headers: { authorization: by } })
const ask = (parameters: string, by = authorization) =>
  post('/token', `grant_type=client_credentials&${parameters}`, by)
const granted = async (parameters: string) => String((await fieldsOf(await ask(parameters)))['access_token'])
const audienceOf = async (parameters: string) => decodeJwt(await granted(parameters)).aud

describe('resource and audience at POST /token (RFC 8707)', () => {
  it.each([
    [`resource=${API}`, API],
    [`audience=${API}`, API],
    ['audience=billing', 'billing'],
    [`resource=${encodeURIComponent(OTHER)}`, OTHER],
    [`resource=${API}&resource=${API}&audience=${API}`, API],
    [`resource=${API}&resource=${encodeURIComponent(OTHER)}&audience=billing`, [API, OTHER, 'billing']],
  ])('choose among the registered audiences: %s', async (parameters, audience) => {
    expect(await audienceOf(parameters)).toEqual(audience)
  })

  it('default to Latchkey, which every client may request', async () => {
    for (const parameters of ['', 'resource=', 'audience=&resource=', `resource=${latchkey.url}`])
      expect(await audienceOf(parameters)).toBe(latchkey.url)
    const other = await confidential([])
    expect((await ask(`audience=${latchkey.url}`, other)).status).toBe(200)
  })

  it.each([
    'resource=https://other.example',
    `resource=${API}%23fragment`,
    `resource=${API}/`,
    `resource=${API.toUpperCase()}`,
    'resource=not a uri',
    `resource=${API}&resource=https://other.example`,
    `resource=${API}&audience=other`,
    'audience=__proto__',
  ])('are an invalid_target if one is not registered: %s', async (parameters) => {
    const answer = await ask(parameters)
    expect([answer.status, (await fieldsOf(answer))['error']]).toEqual([400, 'invalid_target'])
  })

  it('are an invalid_target if only another client registered them', async () => {
    const answer = await ask(`resource=${API}`, await confidential(['https://mine.example']))
    expect(await fieldsOf(answer)).toMatchObject({ error: 'invalid_target' })
  })
})

describe('GET /token', () => {
  const get = (query: string) => latchkey.call(`/token?${query}`, { headers: { accept: 'application/json' } })

  it('accepts one registered audience', async () => {
    const { client_id } = await latchkey.register({ audience: [API] })
    for (const name of ['resource', 'audience']) {
      const { auth_token } = await fieldsOf(await get(`client_id=${client_id}&${name}=${API}`))
      expect(decodeJwt(String(auth_token)).aud).toBe(API)
    }
    const both = await fieldsOf(await get(`client_id=${client_id}&resource=${API}&audience=${latchkey.url}`))
    expect(decodeJwt(String(both['auth_token'])).aud).toEqual([API, latchkey.url])
  })

  it('rejects other audiences without a redirect', async () => {
    const { client_id } = await latchkey.register({ audience: [API] })
    const answer = await get(`client_id=${client_id}&resource=https://other.example`)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'target_invalid'])
    expect(answer.headers.get('location')).toBeNull()
    expect((await get(`client_id=${client_id}&resource=${API}&resource=${API}`)).status).toBe(400)
  })
})

describe('a token for another service', () => {
  const upload = (token: string) => latchkey.upload(token, '{"a":[1]}')

  it('opens nothing in Latchkey', async () => {
    const token = await granted(`resource=${API}&audience=billing`)
    const answer = await upload(token)
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([401, 'credentials_invalid'])
    const form = new FormData()
    form.append('auth_token', token)
    form.append('responses', '[]')
    expect((await latchkey.call('/submit', { method: 'POST', body: form })).status).toBe(401)
  })

  it('is accepted if it is for Latchkey too', async () => {
    expect((await upload(await granted(`resource=${API}&resource=${latchkey.url}`))).status).toBe(200)
  })

  it('is active for its client, with its audience, until its client revokes it', async () => {
    const single = await granted(`resource=${API}`)
    const several = await granted(`resource=${API}&audience=billing`)
    const introspect = async (token: string, by = authorization) =>
      fieldsOf(await post('/introspect', `token=${token}`, by))
    expect(await introspect(single)).toMatchObject({ active: true, aud: API, iss: latchkey.url })
    expect(await introspect(several)).toMatchObject({ active: true, aud: [API, 'billing'] })
    expect(await introspect(single, await confidential([API]))).toEqual({ active: false })
    expect((await post('/revoke', `token=${single}`)).status).toBe(200)
    expect(await introspect(single)).toEqual({ active: false })
  })
})

describe('audience at POST /register', () => {
  const register = (audience: unknown) =>
    latchkey.asAdmin('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ callback_url: 'https://app.example/', audience }),
    })

  it.each([
    ['no audience', []],
    ['URIs and names', ['https://api.example.com/a?b=c', 'urn:example:api', 'billing-api_2.0', 'api://8f2a6c1e']],
    ['ten audiences of 200 characters', Array.from({ length: 10 }, (_, index) => `https://${index}.`.padEnd(200, 'x'))],
  ])('accepts %s', async (_case, audience) => {
    expect((await register(audience)).status).toBe(200)
  })

  it.each([
    ['a string', 'https://api.example.com'],
    ['an empty name', ['']],
    ['a fragment', [`${API}#x`]],
    ['a blank', ['my api']],
    ['a control character', ['api\n']],
    ['a quotation mark', ['https://a.example/"']],
    ['a name with a colon that is no URI', ['1:2']],
    ['other characters', ['https://ä.example']],
    ['201 characters', ['x'.repeat(201)]],
    ['eleven entries', Array.from({ length: 11 }, (_, index) => `a${index}`)],
    ['a number', [1]],
  ])('rejects %s', async (_case, audience) => {
    const answer = await register(audience)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'parameter_invalid'])
  })

  it('allows a token with the largest audience, which is valid here', async () => {
    const audience = Array.from({ length: 10 }, (_, index) => `https://${index}.`.padEnd(200, 'x'))
    const by = await confidential(audience)
    const parameters = [...audience, latchkey.url].map((name) => `resource=${name}`).join('&')
    const token = String((await fieldsOf(await ask(parameters, by)))['access_token'])
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
  })
})
