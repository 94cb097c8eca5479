import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

const callback = encodeURIComponent('https://study.example/ui/#/')
const post = (body: unknown, headers: Record<string, string> = {}) =>
  latchkey.asAdmin('/register', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

describe('GET /register', () => {
  it('returns a client id of 32 hexadecimal digits', async () => {
    const answer = await latchkey.call(`/register?token=${latchkey.adminToken}&callback_url=${callback}`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ client_id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  })

  it('accepts the admin token as Bearer, and a trailing slash', async () => {
    expect((await latchkey.asAdmin(`/register/?callback_url=${callback}`)).status).toBe(200)
  })

  it('creates a new client for each request with the same URL', async () => {
    const path = `/register?token=${latchkey.adminToken}&callback_url=${callback}`
    const ids = await Promise.all(
      [latchkey.call(path), latchkey.call(path)].map(async (call) => (await fieldsOf(await call))['client_id']),
    )
    expect(new Set(ids).size).toBe(2)
  })

  it(
    'stores all of fifty concurrent registrations',
    localOnly('The emulator starts a process for each of them.'),
    async () => {
      const clients = await Promise.all(Array.from({ length: 50 }, () => latchkey.register()))
      const tokens = await Promise.all(clients.map(({ client_id }) => latchkey.token(client_id)))
      expect(new Set(tokens).size).toBe(50)
    },
  )
})

describe('POST /register', () => {
  it('returns the secret of a confidential client', async () => {
    const answer = await post({
      callback_url: 'https://a.example/',
      kind: 'confidential',
      name: 'server',
      scope: 'upload download',
    })
    expect(await answer.json()).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
    })
  })

  it('accepts a salt of 16 characters', async () => {
    expect((await post({ callback_url: 'https://a.example/', checksum_salt: 'sixteen letters!' })).status).toBe(200)
  })

  it('returns no secret for a public client', async () => {
    expect(Object.keys(await latchkey.register({ name: 'app' }))).toEqual(['client_id'])
  })
})

describe('errors of /register', () => {
  it.each([
    ['no token', {}, 'credentials_missing', 'Bearer realm="latchkey"'],
    [
      'a wrong token',
      { authorization: 'Bearer wrong' },
      'credentials_invalid',
      'Bearer realm="latchkey", error="invalid_token"',
    ],
    [
      'a token of the right length',
      { authorization: `Bearer ${'x'.repeat(43)}` },
      'credentials_invalid',
      expect.anything(),
    ],
    ['another scheme', { authorization: 'Basic abc' }, 'credentials_missing', expect.anything()],
  ])('rejects %s with 401', async (_name, headers, code, challenge) => {
    const answer = await latchkey.call(`/register?callback_url=${callback}`, { headers })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toEqual(challenge)
    expect(await answer.json()).toMatchObject({ status: 401, code })
  })

  it.each([
    ['/study', 'must be an absolute http or https URL'],
    ['study.example', 'must be an absolute http or https URL'],
    ['https://', 'must be an absolute http or https URL'],
    ['https://exa mple.org/', 'must be an absolute http or https URL'],
    ['https:study.example', 'must have two slashes and a host after http: or https:'],
    ['http:/\\localhost', 'must have two slashes and a host after http: or https:'],
    [
      'javascript:alert(1)',
      'must be an http or https URL, or have the scheme of an app such as com.example.app:/callback',
    ],
    [
      'myapp://callback',
      'must be an http or https URL, or have the scheme of an app such as com.example.app:/callback',
    ],
    ['https://user@study.example/', 'must not contain a user name or password'],
    ['https://user:secret@study.example/', 'must not contain a user name or password'],
    ['', 'must not be empty'],
    [`https://a.example/${'x'.repeat(2048)}`, 'must have at most 2048 characters'],
  ])('rejects the callback %s with 400 and a reason', async (url, detail) => {
    const answer = await post({ callback_url: url })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      code: 'parameter_invalid',
      errors: [{ field: 'callback_url', detail }],
    })
  })

  it.each([
    ['an empty object', {}, [{ field: 'callback_url', detail: 'is missing' }]],
    [
      'an unknown field',
      { callback_url: 'https://a.example/', kinds: 'public' },
      [{ field: 'kinds', detail: 'is unknown' }],
    ],
    [
      'an unknown kind',
      { callback_url: 'https://a.example/', kind: 'secret' },
      [{ field: 'kind', detail: 'must be public, confidential or attested' }],
    ],
    [
      'an empty scope',
      { callback_url: 'https://a.example/', scope: ' ' },
      [{ field: 'scope', detail: 'must not be empty' }],
    ],
    [
      'a short salt',
      { callback_url: 'https://a.example/', checksum_salt: 'fifteen letters' },
      [{ field: 'checksum_salt', detail: 'must have at least 16 characters: openssl rand -hex 16 creates one' }],
    ],
    [
      'an empty salt',
      { callback_url: 'https://a.example/', checksum_salt: '' },
      [{ field: 'checksum_salt', detail: 'must have at least 16 characters: openssl rand -hex 16 creates one' }],
    ],
    [
      'a lone surrogate',
      { callback_url: 'https://a.example/', name: '\ud800' },
      [{ field: 'name', detail: 'must be well-formed Unicode' }],
    ],
    [
      'a scope for confidential clients',
      { callback_url: 'https://a.example/', scope: 'upload impersonate webhook' },
      [{ field: 'scope', detail: 'can contain impersonate and webhook only if kind is confidential' }],
    ],
  ])('rejects %s with 400 and names the field', async (_name, body, errors) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).errors).toEqual(errors)
  })

  it('rejects an unknown scope', async () => {
    const answer = await post({ callback_url: 'https://a.example/', scope: 'upload everything' })
    expect((await problemOf(answer)).errors[0]?.field).toBe('scope')
  })

  it.each([
    ['text that is not JSON', '{"callback_url":', 'body_invalid', 400],
    ['a list', [], 'parameter_invalid', 400],
    ['nothing', '', 'body_invalid', 400],
  ])('rejects %s as a body', async (_name, body, code, status) => {
    const answer = await post(body)
    expect(answer.status).toBe(status)
    expect((await problemOf(answer)).code).toBe(code)
  })

  it('rejects a body of another media type with 415', async () => {
    const answer = await post('callback_url=https://a.example/', {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(answer.status).toBe(415)
  })

  it('rejects a body without a media type with 415', async () => {
    const answer = await latchkey.asAdmin('/register', { method: 'POST', body: Buffer.from('{}') })
    expect(answer.status).toBe(415)
  })

  it('rejects a repeated parameter', async () => {
    const answer = await latchkey.asAdmin(`/register?callback_url=${callback}&callback_url=${callback}`)
    expect((await problemOf(answer)).errors).toEqual([{ field: 'callback_url', detail: 'must appear only once' }])
  })
})
