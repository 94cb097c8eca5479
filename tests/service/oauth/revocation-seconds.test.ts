// @module-tag local-only
// These tests move the clock and count the reads of one container.
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ REVOCATION_SECONDS: '5' })
})
afterEach(() => vi.useRealTimers())
afterAll(() => latchkey.stop())

const documents = async () => (await import('../../../lib/dynamodb/client.ts')).documents
async function set(table: 'CLIENTS' | 'TOKENS', Key: Record<string, string>, name: string, value: unknown) {
  const input = {
    TableName: process.env[`${table}_TABLE`],
    Key,
    UpdateExpression: 'SET #name = :value',
    ExpressionAttributeNames: { '#name': name },
    ExpressionAttributeValues: { ':value': value },
  }
  await (await documents()).send(new UpdateCommand(input))
}
const recordOf = (token: string) => ({ id: `jti#${decodeJwt(token).jti}` })

/** The status of an upload, and the reads of the records of its token and client. */
async function upload(token: string): Promise<{ status: number; reads: number }> {
  let reads = 0
  latchkey.database.plan = (command, body) => {
    if (/GetItem$/.test(command)) reads += body.match(/-(?:clients|tokens)"/g)?.length ?? 0
    return undefined
  }
  const { status } = await latchkey.upload(token, '{"a":[1]}')
  latchkey.database.plan = () => undefined
  return { status, reads }
}

/** A token that this container has just used, at a time that only `wait` moves. */
async function usedToken(parameters: Record<string, string> = {}) {
  const start = Date.now()
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id, parameters)
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  expect(await upload(token)).toEqual({ status: 200, reads: 2 })
  return { client_id, token, wait: (ms: number) => vi.setSystemTime(start + ms) }
}

describe('with REVOCATION_SECONDS=5', () => {
  it('reads the records of a token and its client once in five seconds', async () => {
    const { token, wait } = await usedToken()
    expect(await upload(token)).toEqual({ status: 200, reads: 0 })
    wait(4_999)
    expect(await upload(token)).toEqual({ status: 200, reads: 0 })
    wait(5_000)
    expect(await upload(token)).toEqual({ status: 200, reads: 2 })
    expect(await upload(token)).toEqual({ status: 200, reads: 0 })
  })

  it.each<[string, (ids: { client_id: string; token: string }) => Promise<unknown>]>([
    ['a revoked token', ({ token }) => set('TOKENS', recordOf(token), 'revoked_at', new Date().toISOString())],
    ['the token of a disabled client', ({ client_id }) => set('CLIENTS', { client_id }, 'status', 'disabled')],
    [
      'the token of a client whose tokens were revoked',
      ({ client_id }) => set('CLIENTS', { client_id }, 'tokens_valid_after', '2999-01-01T00:00:00.000Z'),
    ],
    [
      'the token of a deleted client',
      async ({ client_id }) => {
        const input = { TableName: process.env['CLIENTS_TABLE'], Key: { client_id } }
        await (await documents()).send(new DeleteCommand(input))
      },
    ],
    [
      'a deleted token',
      async ({ token }) => {
        const input = { TableName: process.env['TOKENS_TABLE'], Key: recordOf(token) }
        await (await documents()).send(new DeleteCommand(input))
      },
    ],
  ])('rejects %s within five seconds', async (_kind, revoke) => {
    const { client_id, token, wait } = await usedToken()
    wait(1_000)
    await revoke({ client_id, token })
    wait(5_000)
    expect((await upload(token)).status).toBe(401)
    expect((await upload(token)).status).toBe(401)
  })

  it('remembers from the start of the read, because a revocation may arrive while it runs', async () => {
    const start = Date.now()
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    latchkey.database.plan = (command, body) => {
      if (command === 'BatchGetItem' && body.includes('jti#')) vi.setSystemTime(start + 3_000)
      return undefined
    }
    expect((await latchkey.upload(token, '{"a":[1]}')).status).toBe(200)
    vi.setSystemTime(start + 5_000)
    expect(await upload(token)).toEqual({ status: 200, reads: 2 })
  })

  it('accepts a client at once that was enabled again', async () => {
    const { client_id } = await latchkey.register()
    const token = await latchkey.token(client_id)
    await set('CLIENTS', { client_id }, 'status', 'disabled')
    expect((await upload(token)).status).toBe(401)
    await set('CLIENTS', { client_id }, 'status', 'active')
    expect((await upload(token)).status).toBe(200)
  })

  it('never remembers a token beyond its expiry', async () => {
    const { token, wait } = await usedToken({ expiry_minutes: '1' })
    wait(58_000)
    expect(await upload(token)).toEqual({ status: 200, reads: 2 })
    // The clock of another host may be five seconds late, so that the token is valid still. Its record is read again.
    wait(61_500)
    expect(await upload(token)).toEqual({ status: 200, reads: 1 })
    wait(66_500)
    const response = await latchkey.upload(token, '{"a":[1]}')
    expect(await problemOf(response)).toMatchObject({ code: 'token_expired' })
  })

  it('checks the signature of each request', async () => {
    const { token } = await usedToken()
    const [header, payload] = token.split('.')
    expect((await upload(`${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`)).status).toBe(401)
  })

  it('does not apply to introspection', async () => {
    const { client_id, client_secret } = await latchkey.register({ kind: 'confidential' })
    const authorization = `Basic ${btoa(`${client_id}:${client_secret}`)}`
    const post = (path: string, parameters: Record<string, string>) =>
      latchkey.call(path, { method: 'POST', body: new URLSearchParams(parameters), headers: { authorization } })
    const { access_token } = await fieldsOf(await post('/token', { grant_type: 'client_credentials' }))
    const token = String(access_token)
    expect(await fieldsOf(await post('/introspect', { token }))).toMatchObject({ active: true })
    await post('/revoke', { token })
    expect(await fieldsOf(await post('/introspect', { token }))).toEqual({ active: false })
  })
})

it('remembers nothing by default', async () => {
  process.env['REVOCATION_SECONDS'] = ''
  await latchkey.anotherContainer()
  const { token } = await usedToken()
  expect(await upload(token)).toEqual({ status: 200, reads: 2 })
})
