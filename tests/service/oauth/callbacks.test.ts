// @module-tag local-only
// It tests which callback URLs, audiences and scopes are valid, which does not depend on AWS.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
let clientId: string
const APP = 'com.example.app:/cb'
const PAGE = 'https://study.example/ui/#/'
beforeAll(async () => {
  latchkey = await startLatchkey()
  clientId = (await latchkey.register({ callback_url: PAGE, callback_urls: [APP, 'http://127.0.0.1/cb', PAGE] }))
    .client_id
})
afterAll(() => latchkey.stop())

const ask = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  latchkey.call(`/token?${new URLSearchParams({ client_id: clientId, ...parameters })}`, { headers })
const post = (body: object) =>
  latchkey.asAdmin('/register', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('a public client with the scheme of an app', () => {
  it.each(['com.example.app:/cb', 'com.example.app://cb'])('gets its token at %s', async (callback_url) => {
    const query = `token=${latchkey.adminToken}&callback_url=${encodeURIComponent(callback_url)}`
    const { client_id } = await fieldsOf(await latchkey.call(`/register?${query}`))
    const answer = await latchkey.call(`/token?client_id=${client_id}&participant_id=P%20007`)
    const location = answer.headers.get('location') ?? ''
    expect([answer.status, location.slice(0, callback_url.length + 12)]).toEqual([302, `${callback_url}?auth_token=`])
    expect(new URL(location).searchParams.get('participant_id')).toBe('P 007')
    const token = new URL(location).searchParams.get('auth_token') ?? ''
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'myapp:/cb', 'com.example.app:cb'])(
    'cannot have %s',
    async (callback_url) => {
      expect(await faultyFields(await post({ callback_url }))).toEqual(['callback_url'])
      const further = await post({
        callback_url: 'https://a.example/',
        callback_urls: ['https://b.example/', callback_url],
      })
      expect(await faultyFields(further)).toEqual(['callback_urls[1]'])
    },
  )

  it('is not confidential', async () => {
    const answer = await post({ callback_url: APP, kind: 'confidential' })
    expect((await problemOf(answer)).errors).toEqual([
      { field: 'callback_url', detail: 'must be an http or https URL, because kind is confidential' },
    ])
  })
})

describe('a client with several callback URLs', () => {
  it('has at most eleven', async () => {
    const urls = Array.from({ length: 11 }, (_, index) => `https://a.example/${index}`)
    expect((await post({ callback_url: PAGE, callback_urls: urls.slice(1) })).status).toBe(200)
    expect(await faultyFields(await post({ callback_url: PAGE, callback_urls: urls }))).toEqual(['callback_urls'])
    expect(await faultyFields(await post({ callback_urls: urls.slice(1) }))).toEqual(['callback_url'])
  })

  it('gets its token at the first one by default', async () => {
    expect((await ask({})).headers.get('location')).toMatch(/^https:\/\/study\.example\/ui\/#\/\?auth_token=/)
  })

  it('selects one with redirect_uri', async () => {
    const answer = await ask({ redirect_uri: APP })
    expect(answer.headers.get('location')).toMatch(/^com\.example\.app:\/cb\?auth_token=/)
    expect((await fieldsOf(answer))['callback_url']).toBe(APP)
    expect((await ask({ redirect_uri: 'http://127.0.0.1:51004/cb' })).headers.get('location')).toMatch(
      /^http:\/\/127\.0\.0\.1:51004\/cb\?auth_token=/,
    )
  })

  it.each([
    'https://study.example/ui/',
    'com.example.app:/cb/',
    'https://evil.example/',
    '',
    'http://127.0.0.1:5/other',
  ])('gets no token at %j, which is not registered', async (redirect_uri) => {
    for (const parameters of [{}, { response: 'json' }]) {
      const answer = await ask({ redirect_uri, ...parameters })
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
      expect((await problemOf(answer)).errors).toEqual([
        { field: 'redirect_uri', detail: 'must be exactly a registered callback URL of this client' },
      ])
    }
  })
})

describe('GET /token?response=json', () => {
  it.each(['*/*', 'text/html', ''])('does not redirect with Accept: %s', async (accept) => {
    const answer = await ask({ response: 'json' }, { accept })
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null])
    expect(await fieldsOf(answer)).toMatchObject({ auth_token: expect.any(String), callback_url: PAGE })
  })

  it('accepts no other value', async () => {
    expect(await faultyFields(await ask({ response: 'html' }))).toEqual(['response'])
  })
})
