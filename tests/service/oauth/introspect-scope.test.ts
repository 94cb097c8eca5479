// @module-tag local-only
// It tests which callback URLs, audiences and scopes are valid, which does not depend on AWS.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { logged, outputSince } from '../../support/logs.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

/** A resource server that checks the tokens of every client. */
let latchkey: Latchkey
let server: { client_id: string; authorization: string }
beforeAll(async () => {
  latchkey = await startLatchkey()
  server = await confidential('introspect')
})
afterAll(() => latchkey.stop())

async function confidential(scope: string) {
  const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope })
  return { client_id, authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` }
}
const post = (path: string, parameters: Record<string, string>, authorization: string) =>
  latchkey.call(path, { method: 'POST', body: new URLSearchParams(parameters), headers: { authorization } })
const introspect = async (token: string, { authorization } = server) =>
  fieldsOf(await post('/introspect', { token }, authorization))
const setClient = async (client_id: string, name: string, value: unknown) => {
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

describe('the scope introspect', () => {
  it('shows the live tokens of every client, which other clients do not see', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload' })
    const token = await latchkey.token(client_id, { participant_id: 'P007' })
    expect(await introspect(token)).toEqual({
      active: true,
      scope: 'upload',
      client_id,
      token_type: 'Bearer',
      exp: expect.any(Number),
      iat: expect.any(Number),
      sub: client_id,
      aud: latchkey.url,
      iss: latchkey.url,
      jti: expect.any(String),
      participant_id: 'P007',
    })
    expect(await introspect(token, await confidential('upload download webhook impersonate'))).toEqual({
      active: false,
    })
  })

  it('shows nothing of a token that is not active', async () => {
    const { client_id } = await latchkey.register()
    const [revoked, current] = [await latchkey.token(client_id), await latchkey.token(client_id)]
    await post('/revoke', { token: revoked, client_id }, '')
    for (const token of [revoked, `${current}x`, 'x', 'e30.e30.c2ln'])
      expect(await introspect(token)).toEqual({ active: false })
    await setClient(client_id, 'status', 'disabled')
    expect(await introspect(current)).toEqual({ active: false })
  })

  it('shows nothing of an expired token', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id, { expiry_minutes: '1' })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 66_000 })
    expect(await introspect(token)).toEqual({ active: false })
    vi.useRealTimers()
  })

  it('cannot revoke the tokens that it shows', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    expect((await post('/revoke', { token }, server.authorization)).status).toBe(200)
    expect(await introspect(token)).toMatchObject({ active: true })
  })

  it('has effect from the next request after the operator removes it', async () => {
    const own = await confidential('introspect')
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    expect(await introspect(token, own)).toMatchObject({ active: true })
    await setClient(own.client_id, 'scope', ['upload'])
    expect(await introspect(token, own)).toEqual({ active: false })
  })

  it('is logged as one line with the id of the client', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    const before = logged()
    await introspect(token)
    const lines = outputSince(before)
      .split('\n')
      .filter((line) => line.includes('token_introspected'))
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ client_id: server.client_id, active: true, request_id: expect.any(String) }),
    ])
    expect(outputSince(before)).not.toContain(token.slice(-20))
    expect(outputSince(before)).not.toContain(client_id)
  })
})

describe('a public client', () => {
  it('cannot register the scope introspect', async () => {
    const answer = await latchkey.asAdmin('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ callback_url: 'https://app.example/', scope: 'upload introspect' }),
    })
    expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'parameter_invalid'])
  })

  it('introspects nothing, even with the scope in its record', async () => {
    const { client_id } = await latchkey.register()
    await setClient(client_id, 'scope', ['upload', 'introspect'])
    const token = await latchkey.token(client_id)
    for (const [parameters, authorization, status] of [
      [{ token, client_id }, '', 400],
      [{ token }, `Bearer ${token}`, 401],
      [{ token }, `Basic ${btoa(`${client_id}:`)}`, 400],
      [{ token }, `Basic ${btoa(`${client_id}:${token}`)}`, 401],
    ] as const)
      expect((await post('/introspect', parameters, authorization)).status).toBe(status)
  })
})

it('a token with the scope introspect is not a credential of /introspect', async () => {
  const answer = await post('/token', { grant_type: 'client_credentials', scope: 'introspect' }, server.authorization)
  const token = String((await fieldsOf(answer))['access_token'])
  expect((await post('/introspect', { token }, `Bearer ${token}`)).status).toBe(401)
})

it('the token of a participant never has the scope introspect', async () => {
  const own = await confidential('upload introspect')
  const parameters = { grant_type: 'client_credentials', participant_id: 'jane' }
  expect(await fieldsOf(await post('/token', parameters, own.authorization))).toMatchObject({ scope: 'upload' })
  const answer = await post('/token', { ...parameters, scope: 'introspect' }, own.authorization)
  expect(await fieldsOf(answer)).toMatchObject({ error: 'invalid_scope' })
})

it('guesses of the secret of a client with the scope introspect are limited', async () => {
  const own = await confidential('introspect')
  const guess = () => post('/introspect', { token: 'x' }, `Basic ${btoa(`${own.client_id}:wrong`)}`)
  const statuses: number[] = []
  for (let count = 0; count < 22; count += 1) statuses.push((await guess()).status)
  expect(statuses).toEqual([...Array(20).fill(401), 429, 429])
  expect((await post('/introspect', { token: 'x' }, own.authorization)).status).toBe(200)
})
