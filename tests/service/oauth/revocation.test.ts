import { createHash, createHmac } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt, importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

/** Changes that an operator makes in the tables apply from the next request. */
let latchkey: Latchkey
let tables: DynamoDBDocumentClient
beforeAll(async () => {
  latchkey = await startLatchkey()
  tables = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: latchkey.database.endpoint }))
})
afterAll(async () => {
  tables.destroy()
  await latchkey.stop()
})

const set = (table: string, key: Record<string, string>, name: string, value: unknown) =>
  tables.send(
    new UpdateCommand({
      TableName: process.env[`${table.toUpperCase()}_TABLE`],
      Key: key,
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  )
const record = (token: string) => ({ id: `jti#${decodeJwt(token).jti}` })
const disable = (clientId: string) => set('clients', { client_id: clientId }, 'status', 'disabled')

it('a revoked token is rejected immediately', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
  await set('tokens', record(token), 'revoked_at', new Date().toISOString())
  const answer = await latchkey.upload(token, '{"a":[2]}')
  expect(answer.status).toBe(401)
  expect(await problemOf(answer)).toMatchObject({
    code: 'credentials_invalid',
    detail: expect.stringContaining('revoked'),
  })
  expect(await latchkey.rows(client_id, { cols: 'a' })).toEqual([{ a: 1 }])
})

it('a token is rejected after its record expires, even before DynamoDB deletes the record', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  await set('tokens', record(token), 'expires_at', Math.floor(Date.now() / 1000) - 60)
  expect(await problemOf(await latchkey.upload(token, '{"a":[1]}'))).toMatchObject({ code: 'token_expired' })
})

it('a token without the claims of an auth token is rejected, even if its signature is valid', async () => {
  const { client_id } = await latchkey.register()
  const { kid, ...jwk } = JSON.parse(process.env['SIGNING_KEYS'] ?? '').keys[0]
  const token = await new SignJWT({ client_id, scope: 'upload' })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
    .setIssuer(latchkey.url)
    .setAudience(latchkey.url)
    .setSubject(client_id)
    .setExpirationTime('1m')
    .sign(await importJWK(jwk, 'RS256'))
  const answer = await latchkey.upload(token, '{"a":[1]}')
  expect([answer.status, (await problemOf(answer)).code]).toEqual([401, 'credentials_invalid'])
})

it('a scope removed from the token record is rejected, even if the JWT contains it', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  await set('tokens', record(token), 'scope', ['download'])
  expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(403)
})

const JSON_BODY = { method: 'POST', body: '{}' }
const EVENT = { method: 'POST', body: '{"interviewId":"abc","onboardingStatus":"EXPIRED"}' }
/** Every endpoint that accepts auth tokens, with its status for a valid one. */
const ENDPOINTS: readonly (readonly [path: string, init: RequestInit, status: number])[] = [
  ['/upload', { method: 'POST', body: '{"a":[1]}', headers: { 'content-type': 'application/json' } }, 200],
  ['/download', {}, 200],
  ['/start', {}, 200],
  ['/start', JSON_BODY, 200],
  ['/onboarding-url', {}, 200],
  ['/onboarding-status?interviewId=none', {}, 404],
  ['/auth?email=nobody@corp.example', {}, 404],
  ['/auth', JSON_BODY, 400],
  ['/webhook', EVENT, 200],
  ['/approve', EVENT, 200],
  ['/access-token', {}, 200],
]

it('every endpoint rejects a revoked token, and the tokens of a disabled client', async () => {
  const scope = 'upload download start session webhook access-token impersonate'
  const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope })
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  const fresh = async () => {
    const headers = { accept: 'application/json', authorization }
    return String((await fieldsOf(await latchkey.call(`/token?client_id=${client_id}`, { headers })))['auth_token'])
  }
  const statuses = async (token: string) => {
    const calls = ENDPOINTS.map(([path, init]) =>
      latchkey.call(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
    )
    return (await Promise.all(calls)).map(({ status }) => status)
  }
  const good = ENDPOINTS.map(([, , status]) => status)
  const refused = ENDPOINTS.map(() => 401)
  const token = await fresh()
  expect(await statuses(token)).toEqual(good)
  await disable(client_id)
  expect(await statuses(token)).toEqual(refused)
  await set('clients', { client_id }, 'status', 'active')
  expect(await statuses(token)).toEqual(good)

  await set('clients', { client_id }, 'tokens_valid_after', new Date().toISOString())
  expect(await statuses(token)).toEqual(refused)
  await latchkey.anotherContainer()
  expect(await statuses(token)).toEqual(refused)
  await new Promise((resolve) => setTimeout(resolve, 5))
  const next = await fresh()
  expect(await statuses(next)).toEqual(good)
  const body = new URLSearchParams({ token: next })
  expect((await latchkey.call('/revoke', { method: 'POST', body, headers: { authorization } })).status).toBe(200)
  expect(await statuses(next)).toEqual(refused)
})

it('tokens_valid_after rejects tokens created at that time, and accepts later ones', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  const moment = '2026-01-01T00:00:00.500Z'
  await set('tokens', record(token), 'created_at', moment)
  for (const [after, status] of [
    [moment, 401],
    ['2026-01-01T00:00:00.499Z', 200],
    ['2026-01-01T00:00:00Z', 200],
  ] as const) {
    await set('clients', { client_id }, 'tokens_valid_after', after)
    expect([after, (await latchkey.upload(token, '{"a":[1]}')).status]).toEqual([after, status])
  }
})

it('a client can have several secrets, each valid until its own expiry date', async () => {
  const { secretDigest } = await import('../../../lib/crypto/secrets.ts')
  const { client_id, client_secret = '' } = await latchkey.register({ kind: 'confidential' })
  const asks = async (secret: string) => {
    const authorization = `Basic ${Buffer.from(`${client_id}:${secret}`).toString('base64')}`
    return (await latchkey.call(`/token?client_id=${client_id}`, { headers: { authorization } })).status
  }
  const kept = (secret: string, ms: number) => ({
    digest: secretDigest(secret),
    created_at: new Date().toISOString(),
    expires_at: new Date(Date.now() + ms).toISOString(),
  })
  const fresh = { digest: secretDigest('fresh'), created_at: new Date().toISOString() }
  await set('clients', { client_id }, 'secrets', [kept(client_secret, 60_000), fresh, kept('old', -1)])
  expect([await asks(client_secret), await asks('fresh'), await asks('old')]).toEqual([302, 302, 401])
})

it('a disabled client cannot request tokens', async () => {
  const { client_id } = await latchkey.register()
  await disable(client_id)
  expect((await latchkey.call(`/token?client_id=${client_id}`)).status).toBe(403)
})

it('the salt of a disabled client is rejected, even if a container has cached it', async () => {
  const { client_id } = await latchkey.register({ checksum_salt: 'salt soon disabled' })
  const body = '{"time":[1],"a":[1]}'
  const upload = () =>
    latchkey.call('/upload', {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'Content-MD5-Salted': createHash('md5').update(`${body}salt soon disabled`).digest('hex'),
      },
    })
  expect((await upload()).status).toBe(200)
  await disable(client_id)
  expect((await upload()).status).toBe(401)
  expect((await upload()).status).toBe(401)
})

it('a salt is free again one minute after the registration failed', async () => {
  latchkey.database.plan = (_command, body) => (body.includes('callback_url') ? 'failing' : undefined)
  await expect(latchkey.register({ checksum_salt: 'an unlucky salt, indeed' })).rejects.toThrow('503')
  latchkey.database.plan = () => undefined
  await expect(latchkey.register({ checksum_salt: 'an unlucky salt, indeed' })).rejects.toThrow('in use')
  const key = Buffer.from(process.env['SEAL_KEY'] ?? '', 'base64url')
  const id = `salt#${createHmac('sha256', key).update('an unlucky salt, indeed').digest('base64url')}`
  await set('sessions', { id }, 'claimed_at', Date.now() - 61_000)
  expect((await latchkey.register({ checksum_salt: 'an unlucky salt, indeed' })).client_id).toBeDefined()
})

it('an Idempotency-Key can be reused after it expires', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  const upload = (body: string) => latchkey.upload(token, body, 'application/json', { 'idempotency-key': 'old' })
  expect((await upload('{"a":[1]}')).status).toBe(200)
  expect((await upload('{"a":[2]}')).status).toBe(422)
  const id = `upload#${createHash('sha256')
    .update(JSON.stringify([client_id, 'old']))
    .digest('base64url')}`
  await set('sessions', { id }, 'expires_at', 1)
  expect((await upload('{"a":[2]}')).status).toBe(200)
})
