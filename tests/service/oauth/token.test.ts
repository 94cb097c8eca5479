import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
let clientId: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  clientId = (await latchkey.register({ callback_url: 'https://study.example/ui/#/' })).client_id
})
afterAll(() => latchkey.stop())

const granted = z.looseObject({ auth_token: z.string(), expires_in: z.number() })
const ask = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  latchkey.call(`/token?${new URLSearchParams(parameters)}`, { headers })
const askJson = async (parameters: Record<string, string>) =>
  granted.parse(await (await ask(parameters, { accept: 'application/json' })).json())
const locationFor = async (callback_url: string, parameters: Record<string, string> = {}) => {
  const { client_id } = await latchkey.register({ callback_url })
  return (await ask({ client_id, ...parameters })).headers.get('location') ?? ''
}

describe('GET /token redirect', () => {
  it('adds token, expiry and participant to a hash-routed fragment', async () => {
    const answer = await latchkey.call(`/token/?client_id=${clientId}&expiry_minutes=15&participant_id=P007`)
    expect(answer.status).toBe(302)
    const location = answer.headers.get('location') ?? ''
    expect(location).toMatch(/^https:\/\/study\.example\/ui\/#\/\?auth_token=/)
    const parameters = new URLSearchParams(location.split('?')[1])
    expect([...parameters.keys()]).toEqual(['auth_token', 'expiry', 'participant_id'])
    expect(parameters.get('participant_id')).toBe('P007')
    const expiry = parameters.get('expiry') ?? ''
    expect(expiry).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(Math.abs(Date.parse(expiry) - Date.now() - 15 * 60_000)).toBeLessThan(120_000)
  })

  it('returns the same values in the body', async () => {
    const answer = await ask({ client_id: clientId })
    const body = await fieldsOf(answer)
    expect(body).toEqual({
      auth_token: expect.any(String),
      expiry: expect.any(String),
      expires_in: 5400,
      token_type: 'Bearer',
      callback_url: 'https://study.example/ui/#/',
    })
    expect(answer.headers.get('location')).toContain(body['auth_token'])
  })

  it('adds its parameters to an existing query', async () => {
    expect(await locationFor('https://a.example/back?lang=en%20GB&x#part')).toMatch(
      /^https:\/\/a\.example\/back\?lang=en%20GB&x&auth_token=[^&]+&expiry=[^&#]+#part$/,
    )
  })

  it('replaces its own parameters in the callback URL', async () => {
    const location = new URL(await locationFor('https://a.example/?auth_token=planted&%65xpiry=never&a=1'))
    expect(location.searchParams.getAll('auth_token')).toHaveLength(1)
    expect(location.searchParams.getAll('expiry')).toHaveLength(1)
    expect(location.searchParams.get('auth_token')).not.toBe('planted')
    expect(location.searchParams.get('a')).toBe('1')
  })

  it.each(['P 007', 'a&auth_token=planted#x', 'ä€😀', '100%', '+', "it's"])(
    'returns the participant %j unchanged',
    async (participant_id) => {
      const location = new URL(await locationFor('https://a.example/', { participant_id }))
      expect(location.searchParams.get('participant_id')).toBe(participant_id)
      expect(location.searchParams.getAll('auth_token')).toHaveLength(1)
      expect(location.hash).toBe('')
    },
  )
})

it.each(['', 'line\r\nSet-Cookie: a=b', '\u0000', '\u007f'])(
  'GET /token rejects the participant %j, which could open the data of all participants or forge a log',
  async (participant_id) => {
    const answer = await latchkey.call(`/token?${new URLSearchParams({ client_id: clientId, participant_id })}`)
    expect(answer.status).toBe(400)
    expect(await faultyFields(answer)).toEqual(['participant_id'])
  },
)

describe('GET /token content negotiation', () => {
  it.each([
    ['application/json', 200],
    ['application/json, text/html;q=0.5', 200],
    ['*/*', 302],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 302],
    ['text/html, application/json', 302],
    ['application/json;q=0', 302],
    ['', 302],
  ])('responds to Accept: %s with %i', async (accept, status) => {
    expect((await ask({ client_id: clientId }, { accept })).status).toBe(status)
  })

  it('forbids caching', async () => {
    expect((await ask({ client_id: clientId })).headers.get('cache-control')).toBe('no-store')
  })
})

describe('the auth token', () => {
  it('is an RS256 JWT of the at+jwt type with client, scope and id, without participant', async () => {
    const { auth_token } = await askJson({ client_id: clientId, participant_id: 'jane@example.org' })
    expect(decodeProtectedHeader(auth_token)).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: expect.any(String) })
    const claims = decodeJwt(auth_token)
    expect(claims).toEqual({
      iss: latchkey.url,
      aud: latchkey.url,
      sub: clientId,
      client_id: clientId,
      scope: 'upload',
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: (claims.iat ?? 0) + 5400,
    })
  })

  it('verifies with the published half of the signing key', async () => {
    const { auth_token } = await askJson({ client_id: clientId })
    const [key] = JSON.parse(process.env['VERIFICATION_KEYS'] ?? '').keys
    await expect(jwtVerify(auth_token, await importJWK(key, 'RS256'))).resolves.toBeDefined()
    expect(key.d).toBeUndefined()
  })

  it('is valid for several uploads', async () => {
    const token = await latchkey.token(clientId)
    for (let n = 0; n < 3; n += 1) expect((await latchkey.upload(token, `{"a":[${n}]}`)).status).toBe(200)
  })
})

describe('GET /token errors', () => {
  it.each(['0', '1441', '-5', '1.5', 'soon', '', '1e2', '0x10', '99999999999999999999', ' 5'])(
    'rejects expiry_minutes=%j with 400',
    async (expiry_minutes) => {
      const answer = await ask({ client_id: clientId, expiry_minutes })
      expect(answer.status).toBe(400)
      expect((await problemOf(answer)).errors[0]?.field).toBe('expiry_minutes')
    },
  )

  it.each(['1', '1440'])('accepts expiry_minutes=%s', async (expiry_minutes) => {
    expect((await askJson({ client_id: clientId, expiry_minutes })).expires_in).toBe(Number(expiry_minutes) * 60)
  })

  it('rejects a missing client id with 400', async () => {
    const answer = await ask({})
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).errors).toEqual([{ field: 'client_id', detail: 'is missing' }])
  })

  it.each(['00000000000000000000000000000000', 'default', "' OR 1=1", '\u0000'])(
    'rejects the unknown client %j with 403',
    async (client_id) => {
      const answer = await ask({ client_id })
      expect(answer.status).toBe(403)
      expect((await problemOf(answer)).code).toBe('client_unknown')
    },
  )

  it('rejects a participant longer than 256 characters with 400', async () => {
    expect((await ask({ client_id: clientId, participant_id: 'x'.repeat(257) })).status).toBe(400)
  })
})

describe('GET /token of a confidential client', () => {
  let client: Awaited<ReturnType<Latchkey['register']>>
  beforeAll(async () => {
    client = await latchkey.register({ kind: 'confidential', scope: 'upload download' })
  })
  const basic = (id: string, secret: string) => ({
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
  })

  it('returns a token for its secret', async () => {
    const answer = await ask({ client_id: client.client_id }, basic(client.client_id, client.client_secret ?? ''))
    expect(answer.status).toBe(200)
    expect(decodeJwt(granted.parse(await answer.json()).auth_token)['scope']).toBe('upload download')
  })

  it('rejects a request without its secret with 401', async () => {
    const answer = await ask({ client_id: client.client_id })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="latchkey"')
  })

  it.each([
    ['a wrong secret', (id: string) => basic(id, 'wrong')],
    ['an empty secret', (id: string) => basic(id, '')],
    ['another id', () => basic('other', 'wrong')],
    ['no colon', () => ({ authorization: `Basic ${Buffer.from('nonsense').toString('base64')}` })],
    ['broken escapes', (id: string) => ({ authorization: `Basic ${Buffer.from(`${id}:%zz`).toString('base64')}` })],
  ])('rejects %s with 401', async (_name, headers) => {
    const answer = await ask({ client_id: client.client_id }, headers(client.client_id))
    expect(answer.status).toBe(401)
    expect((await problemOf(answer)).code).toBe('credentials_invalid')
  })
})
