import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

let latchkey: Latchkey
let client: { client_id: string; client_secret: string }
beforeAll(async () => {
  latchkey = await startLatchkey()
  client = await confidential('upload download webhook')
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})

async function confidential(scope: string) {
  const { client_id, client_secret = '' } = await latchkey.register({ kind: 'confidential', scope })
  return { client_id, client_secret }
}
async function setClient(client_id: string, name: string, value: unknown) {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  await documents.send(
    new UpdateCommand({
      TableName: process.env['CLIENTS_TABLE'] ?? '',
      Key: { client_id },
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  )
}
const basic = ({ client_id, client_secret } = client) =>
  `Basic ${Buffer.from(`${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`).toString('base64')}`
const FORM = 'application/x-www-form-urlencoded'
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  latchkey.call(path, { method: 'POST', headers: { 'content-type': FORM, authorization: basic(), ...headers }, body })
const asked = (parameters: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  post('/token', new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString(), headers)
const granted = async (parameters: Record<string, string> = {}, by = client) =>
  String((await fieldsOf(await asked(parameters, { authorization: basic(by) })))['access_token'])
const inForm = (parameters: Record<string, string>) =>
  latchkey.call('/token', {
    method: 'POST',
    headers: { 'content-type': FORM },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString(),
  })
const introspected = async (token: string, by = client) =>
  fieldsOf(await post('/introspect', `token=${encodeURIComponent(token)}`, { authorization: basic(by) }))
const revoke = (token: string, by = client) =>
  post('/revoke', `token=${encodeURIComponent(token)}`, { authorization: basic(by) })
const errorOf = async (answer: Response) => [answer.status, (await fieldsOf(answer))['error']]

describe('POST /token', () => {
  it('grants the registered scope (RFC 6749 section 5.1)', async () => {
    const answer = await asked()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('pragma')).toBe('no-cache')
    expect(await fieldsOf(answer)).toEqual({
      access_token: expect.stringMatching(/^ey[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 5_400,
      scope: 'upload download webhook',
    })
  })

  it('issues tokens with a narrower scope and lifetime', async () => {
    const body = await fieldsOf(await asked({ scope: 'upload', expires_in: '60' }))
    expect(body).toMatchObject({ scope: 'upload', expires_in: 60 })
    const token = String(body['access_token'])
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
    const download = await latchkey.call('/download', { headers: { authorization: `Bearer ${token}` } })
    expect(download.status).toBe(403)
    expect(download.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
  })

  it('accepts client credentials in the form, and secrets with any characters', async () => {
    expect((await inForm(client)).status).toBe(200)
    const raw = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`
    expect((await asked({}, { authorization: raw })).status).toBe(200)
    expect((await asked({ client_id: client.client_id })).status).toBe(200)
  })

  it('decodes id and secret only after it has split them at the first colon', async () => {
    const mine = await confidential('upload')
    const { secretDigest } = await import('../../../lib/crypto/secrets.ts')
    for (const secret of ['a:b%20c+d:ü', ':', '%3A', 'a b']) {
      await setClient(mine.client_id, 'secrets', [
        { digest: secretDigest(secret), created_at: new Date().toISOString() },
      ])
      const form = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)
      const pair = `${form(mine.client_id)}:${form(secret)}`
      expect((await asked({}, { authorization: `Basic ${Buffer.from(pair).toString('base64')}` })).status).toBe(200)
      expect((await inForm({ ...mine, client_secret: secret })).status).toBe(200)
    }
    const raw = Buffer.from(`${mine.client_id}:a:b`).toString('base64')
    await setClient(mine.client_id, 'secrets', [{ digest: secretDigest('a:b'), created_at: new Date().toISOString() }])
    expect((await asked({}, { authorization: `Basic ${raw}` })).status).toBe(200)
  })

  it('rejects a disabled client, as introspection and revocation do', async () => {
    const mine = await confidential('upload')
    const { client_id } = await latchkey.register()
    const tokens = [await granted({}, mine), await latchkey.token(client_id)]
    for (const id of [mine.client_id, client_id]) await setClient(id, 'status', 'disabled')
    const by = { authorization: basic(mine) }
    expect(await errorOf(await asked({}, by))).toEqual([401, 'invalid_client'])
    expect(await errorOf(await post('/introspect', 'token=x', by))).toEqual([401, 'invalid_client'])
    expect(await errorOf(await post('/revoke', `token=${tokens[0]}`, by))).toEqual([401, 'invalid_client'])
    const asPublic = await post('/revoke', `token=${tokens[1]}&client_id=${client_id}`, { authorization: '' })
    expect(asPublic.status).toBe(400)
  })

  it('issues tokens whose participant Latchkey trusts, for that participant’s sessions only', async () => {
    const token = await granted({ participant_id: 'jane' }, await confidential('start'))
    const headers = { authorization: `Bearer ${token}` }
    expect((await latchkey.call('/start?externalCustomerId=john', { headers })).status).toBe(400)
    expect((await latchkey.call('/start?externalCustomerId=jane', { headers })).status).toBe(200)
    const server = await confidential('session impersonate')
    const forJane = await granted({ participant_id: 'jane@corp.example' }, server)
    expect(await introspected(forJane, server)).toMatchObject({ active: true, scope: 'session' })
  })

  it('stores the participant only in the record, and omits server scopes', async () => {
    const body = await fieldsOf(await asked({ participant_id: 'jane@corp.example' }))
    expect(body['scope']).toBe('upload download')
    const token = String(body['access_token'])
    expect(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).not.toContain('jane')
    expect(await introspected(token)).toMatchObject({ active: true, participant_id: 'jane@corp.example' })
    expect(await errorOf(await asked({ participant_id: 'jane', scope: 'webhook' }))).toEqual([400, 'invalid_scope'])
  })

  it('ignores unknown parameters and empty values', async () => {
    expect((await asked({ nonsense: 'x', scope: '', expires_in: '' })).status).toBe(200)
    const odd = 'grant_type=client_credentials&nonsense=a&nonsense=b&x=%00&scope=&scope=upload'
    expect((await post('/token', odd)).status).toBe(200)
  })

  it.each([
    ['no grant_type', 'scope=upload', 'invalid_request'],
    ['nothing at all', '', 'invalid_request'],
    ['another grant', 'grant_type=password&username=x', 'unsupported_grant_type'],
    ['a repeated parameter', 'grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
    ['a repeated scope', 'grant_type=client_credentials&scope=upload&scope=download', 'invalid_request'],
    ['a scope that was not registered', 'grant_type=client_credentials&scope=impersonate', 'invalid_scope'],
    ['an unknown scope', 'grant_type=client_credentials&scope=upload+admin', 'invalid_scope'],
    ['a scope of blanks', 'grant_type=client_credentials&scope=+', 'invalid_scope'],
    ['a NUL', 'grant_type=client_credentials&participant_id=a%00b', 'invalid_request'],
    ['a value that is not UTF-8', 'grant_type=client_credentials&participant_id=%ff', 'invalid_request'],
    ['a lifetime that is not an integer', 'grant_type=client_credentials&expires_in=1e3', 'invalid_request'],
    ['a lifetime below the minimum', 'grant_type=client_credentials&expires_in=59', 'invalid_request'],
    ['a lifetime above the maximum', 'grant_type=client_credentials&expires_in=86401', 'invalid_request'],
    ['an over-long participant', `grant_type=client_credentials&participant_id=${'x'.repeat(257)}`, 'invalid_request'],
    ['an empty participant', 'grant_type=client_credentials&participant_id=', 'invalid_request'],
    ['an over-long body', `grant_type=client_credentials&x=${'x'.repeat(16_000)}`, 'invalid_request'],
    ['a secret in header and form', `grant_type=client_credentials&client_secret=x`, 'invalid_request'],
    ['another client_id than in Authorization', `grant_type=client_credentials&client_id=x`, 'invalid_request'],
  ])('rejects %s with 400 and an OAuth error', async (_case, body, error) => {
    const answer = await post('/token', body)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/json'])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const fields = await fieldsOf(answer)
    expect(Object.keys(fields).toSorted()).toEqual(['error', 'error_description'])
    expect(fields['error']).toBe(error)
    expect(fields['error_description']).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
  })

  it('rejects a body that is not UTF-8 or not encoded as declared', async () => {
    expect(await errorOf(await post('/token', new Uint8Array([0x67, 0xff])))).toEqual([400, 'invalid_request'])
    const zipped = await post('/token', 'grant_type=client_credentials', { 'content-encoding': 'gzip' })
    expect(await errorOf(zipped)).toEqual([400, 'invalid_request'])
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'rejects a body of type %s',
    async (type) => {
      expect(
        await errorOf(await post('/token', '{"grant_type":"client_credentials"}', { 'content-type': type })),
      ).toEqual([400, 'invalid_request'])
    },
  )

  it('rejects a body without a media type', async () => {
    const body = Buffer.from('grant_type=client_credentials')
    const answer = await latchkey.call('/token', { method: 'POST', headers: { authorization: basic() }, body })
    expect(await errorOf(answer)).toEqual([400, 'invalid_request'])
  })

  it('names no scopes to a client that may request none for a participant', async () => {
    const server = await confidential('webhook')
    const answer = await asked({ participant_id: 'jane' }, { authorization: basic(server) })
    expect(await fieldsOf(answer)).toMatchObject({
      error: 'invalid_scope',
      error_description: expect.stringContaining('the scopes of a participant of this client: none'),
    })
  })

  it('accepts no credentials from the URL', async () => {
    const path = `/token?client_secret=${client.client_secret}`
    expect(await errorOf(await post(path, 'grant_type=client_credentials'))).toEqual([400, 'invalid_request'])
  })

  it.each([
    ['a wrong secret', () => basic({ ...client, client_secret: 'wrong' })],
    ['an unknown client', () => basic({ ...client, client_id: '0'.repeat(32) })],
    ['no secret', () => basic({ ...client, client_secret: '' })],
    ['no colon', () => `Basic ${Buffer.from('nonsense').toString('base64')}`],
    ['invalid base64', () => 'Basic %%%'],
    ['a broken encoding', () => `Basic ${Buffer.from(`${client.client_id}:%E0%A4%A`).toString('base64')}`],
    ['two credentials', () => `${basic()}, ${basic()}`],
    ['more than one word', () => `${basic()} junk`],
    ['an empty header', () => ''],
    ['another scheme', () => 'Bearer abc'],
  ])('rejects %s as invalid_client, with a challenge', async (_case, authorization) => {
    const answer = await asked({}, { authorization: authorization() })
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="latchkey"')
    expect(await errorOf(answer)).toEqual([401, 'invalid_client'])
  })

  it('rejects public clients with unauthorized_client', async () => {
    const { client_id } = await latchkey.register()
    expect(await errorOf(await inForm({ client_id }))).toEqual([400, 'unauthorized_client'])
    expect(await errorOf(await inForm({ client_id, client_secret: 'x' }))).toEqual([401, 'invalid_client'])
  })

  it('returns server_error with 503 during an outage', async () => {
    latchkey.database.plan = () => 'failing'
    const answer = await asked()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect((await fieldsOf(answer))['error']).toBe('server_error')
  })
})

describe('rate limit for wrong secrets', () => {
  it('rejects repeated wrong secrets with 429 but still accepts the correct one', async () => {
    const mine = await confidential('upload')
    const wrong = () => asked({}, { authorization: basic({ ...mine, client_secret: 'wrong' }) })
    const statuses: number[] = []
    for (let times = 0; times < 22; times += 1) statuses.push((await wrong()).status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(20)
    const refused = await wrong()
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500)
    expect(await errorOf(refused)).toEqual([429, 'temporarily_unavailable'])
    expect((await asked({}, { authorization: basic(mine) })).status).toBe(200)
  })

  it('does not count malformed credentials against other callers', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_800_000 })
    for (let times = 0; times < 22; times += 1) await asked({}, { authorization: 'Basic nonsense' })
    expect(await errorOf(await asked({}, { authorization: 'Basic other' }))).toEqual([401, 'invalid_client'])
  })

  it('rejects all requests from an address for ten minutes', async () => {
    const before = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: before + 3_600_000 })
    for (let times = 0; times < 50; times += 1) {
      await asked({}, { authorization: basic({ client_id: `nobody${times}`, client_secret: 'x' }) })
    }
    expect((await asked()).status).toBe(429)
    expect((await post('/introspect', 'token=x')).status).toBe(429)
    vi.setSystemTime(before + 3_600_000 + 601_000)
    expect((await asked()).status).toBe(200)
  })
})

it('the rate limit per address also applies to concurrent requests', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7_200_000 })
  const tries = Array.from({ length: 70 }, (_, index) =>
    asked({}, { authorization: basic({ client_id: String(index).padStart(32, '0'), client_secret: 'x' }) }),
  )
  const statuses = (await Promise.all(tries)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 401)).toHaveLength(50)
  expect(statuses.filter((status) => status === 429)).toHaveLength(20)
})

describe('POST /introspect', () => {
  it('returns the claims of the client’s own token (RFC 7662)', async () => {
    const now = Math.floor(Date.now() / 1000)
    const token = await granted({ scope: 'upload', expires_in: '300' })
    const answer = await introspected(token)
    expect(answer).toEqual({
      active: true,
      scope: 'upload',
      client_id: client.client_id,
      token_type: 'Bearer',
      iat: expect.any(Number),
      exp: expect.any(Number),
      sub: client.client_id,
      aud: latchkey.url,
      iss: latchkey.url,
      jti: expect.any(String),
    })
    expect(Number(answer['exp'])).toBeGreaterThanOrEqual(now + 300)
  })

  it('reports foreign, invalid, revoked and expired tokens as inactive', async () => {
    const other = await confidential('upload')
    const token = await granted()
    const revoked = await granted()
    await revoke(revoked)
    const short = await granted({ expires_in: '60' })
    for (const each of [revoked, 'x', 'e30.e30.c2ln', `${token}x`, await granted({}, other)]) {
      expect(await introspected(each)).toEqual({ active: false })
    }
    expect(await introspected(token, other)).toEqual({ active: false })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 66_000 })
    expect(await introspected(short)).toEqual({ active: false })
  })

  it('returns the current scope and expiry of the token record', async () => {
    const token = await granted({ scope: 'upload download' })
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const set = (name: string, value: unknown) =>
      documents.send(
        new UpdateCommand({
          TableName: process.env['TOKENS_TABLE'] ?? '',
          Key: { id: `jti#${decodeJwt(token).jti}` },
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      )
    await set('scope', ['download'])
    const soon = Math.floor(Date.now() / 1000) + 30
    await set('expires_at', soon)
    expect(await introspected(token)).toMatchObject({ active: true, scope: 'download', exp: soon })
    await set('expires_at', soon - 31)
    expect(await introspected(token)).toEqual({ active: false })
  })

  it('rejects public clients and clients without a valid secret', async () => {
    const token = await granted()
    for (const authorization of ['', basic({ ...client, client_secret: 'wrong' })]) {
      expect(await errorOf(await post('/introspect', `token=${token}`, { authorization }))).toEqual([
        401,
        'invalid_client',
      ])
    }
    const { client_id } = await latchkey.register()
    const asPublic = await post('/introspect', `token=${token}&client_id=${client_id}`, { authorization: '' })
    expect(await errorOf(asPublic)).toEqual([400, 'unauthorized_client'])
    expect(await errorOf(await post('/introspect', 'token='))).toEqual([400, 'invalid_request'])
    expect(await errorOf(await post('/introspect', `token=${'x'.repeat(8_193)}`))).toEqual([400, 'invalid_request'])
  })
})

describe('POST /revoke', () => {
  it('revokes a token immediately, in every container', async () => {
    const token = await granted()
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
    expect((await revoke(token)).status).toBe(200)
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(401)
    await latchkey.anotherContainer()
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(401)
    expect((await revoke(token)).status).toBe(200)
  })

  it('returns 200 for a token of another client, which remains valid', async () => {
    const other = await confidential('upload')
    const token = await granted()
    for (const each of ['x', 'e30.e30.c2ln', token]) expect((await revoke(each, other)).status).toBe(200)
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
  })

  it('accepts a public client that sends its client_id', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    const byNobody = await post('/revoke', `token=${token}`, { authorization: '' })
    expect(await errorOf(byNobody)).toEqual([401, 'invalid_client'])
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
    const answer = await post('/revoke', `token=${token}&token_type_hint=access_token&client_id=${client_id}`, {
      authorization: '',
    })
    expect(answer.status).toBe(200)
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(401)
  })

  it('returns 500 if the verification keys are invalid', async () => {
    const token = await granted()
    const keys = process.env['VERIFICATION_KEYS'] ?? ''
    const set = JSON.parse(keys)
    process.env['VERIFICATION_KEYS'] = JSON.stringify({ keys: [{ ...set.keys[0], n: 'AAAA' }] })
    await latchkey.anotherContainer()
    expect((await revoke(token)).status).toBe(500)
    process.env['VERIFICATION_KEYS'] = keys
    await latchkey.anotherContainer()
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
  })

  it('returns 503 if the token record cannot be updated', async () => {
    const token = await granted()
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    expect((await revoke(token)).status).toBe(503)
    latchkey.database.plan = () => undefined
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
  })
})
