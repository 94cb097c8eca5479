import { createHash, createHmac } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { problemOf } from '../support/answers.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'

/** What an operator may change in the tables, and when it counts: with the next call. */
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
      TableName: `latchkey-local-${table}`,
      Key: key,
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  )
const record = (token: string) => ({ id: `jti#${decodeJwt(token).jti}` })
const disable = (clientId: string) => set('clients', { client_id: clientId }, 'status', 'disabled')

it('a revoked token is refused at once', async () => {
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

it('a record that has expired ends the token, though DynamoDB has not tidied it up', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  await set('tokens', record(token), 'expires_at', Math.floor(Date.now() / 1000) - 60)
  expect(await problemOf(await latchkey.upload(token, '{"a":[1]}'))).toMatchObject({ code: 'token_expired' })
})

it('a scope taken from the record is gone, whatever the token says', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  await set('tokens', record(token), 'scope', ['download'])
  expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(403)
})

it('a client that is disabled, or whose tokens were revoked, is refused with the next call, in every container', async () => {
  const { client_id } = await latchkey.register({ scope: 'upload download start' })
  const token = await latchkey.token(client_id)
  const statuses = async (bearer = token) => {
    const headers = { authorization: `Bearer ${bearer}` }
    const calls = ['/download', '/start', '/onboarding-status?interviewId=x'].map((path) =>
      latchkey.call(path, { headers }),
    )
    const answers = [await latchkey.upload(bearer, '{"a":[1]}'), ...(await Promise.all(calls))]
    return answers.map(({ status }) => status)
  }
  expect(await statuses()).toEqual([200, 200, 200, 404])
  const begun = performance.now()
  await disable(client_id)
  expect(await statuses()).toEqual([401, 401, 401, 401])
  expect(performance.now() - begun).toBeLessThan(1_000)
  await set('clients', { client_id }, 'status', 'active')
  expect(await statuses()).toEqual([200, 200, 200, 404])
  await set('clients', { client_id }, 'tokens_valid_after', new Date().toISOString())
  expect(await statuses()).toEqual([401, 401, 401, 401])
  await latchkey.anotherContainer()
  expect(await statuses()).toEqual([401, 401, 401, 401])
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await statuses(await latchkey.token(client_id))).toEqual([200, 200, 200, 404])
})

it('secrets of a client live side by side, each until its own date', async () => {
  const { secretDigest } = await import('../../lib/hashing/secrets.ts')
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

it('a disabled client gets no tokens', async () => {
  const { client_id } = await latchkey.register()
  await disable(client_id)
  expect((await latchkey.call(`/token?client_id=${client_id}`)).status).toBe(403)
})

it('a disabled client’s salt opens nothing, though this container knows it', async () => {
  const { client_id } = await latchkey.register({ checksum_salt: 'soon disabled' })
  const body = '{"time":[1],"a":[1]}'
  const upload = () =>
    latchkey.call('/upload', {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'Content-MD5-Salted': createHash('md5').update(`${body}soon disabled`).digest('hex'),
      },
    })
  expect((await upload()).status).toBe(200)
  await disable(client_id)
  expect((await upload()).status).toBe(401)
  expect((await upload()).status).toBe(401)
})

it('a salt whose client never came to be is free again after a while', async () => {
  latchkey.database.plan = (_command, body) => (body.includes('callback_url') ? 'failing' : undefined)
  await expect(latchkey.register({ checksum_salt: 'unlucky' })).rejects.toThrow('503')
  latchkey.database.plan = () => undefined
  await expect(latchkey.register({ checksum_salt: 'unlucky' })).rejects.toThrow('in use')
  const key = Buffer.from(process.env['SEAL_KEY'] ?? '', 'base64url')
  const id = `salt#${createHmac('sha256', key).update('unlucky').digest('base64url')}`
  await set('sessions', { id }, 'claimed_at', Date.now() - 61_000)
  expect((await latchkey.register({ checksum_salt: 'unlucky' })).client_id).toBeDefined()
})

it('an expired Idempotency-Key is free again', async () => {
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
