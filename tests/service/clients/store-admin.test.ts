// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let admin: typeof import('../../../lib/clients/store-admin.ts')
let clients: typeof import('../../../lib/clients/store.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  admin = await import('../../../lib/clients/store-admin.ts')
  clients = await import('../../../lib/clients/store.ts')
})
afterAll(() => latchkey.stop())

const HOUR = 3_600_000
const iso = (ms: number) => new Date(ms).toISOString()
const nobody = 'f'.repeat(32)
const confidential = async () => (await latchkey.register({ kind: 'confidential' })).client_id
const secretsOf = async (id: string) => (await clients.findClient(id))?.secrets ?? []
const digests = async (id: string) => (await secretsOf(id)).map(({ digest }) => digest)

describe('administration of clients', () => {
  it('lists clients on every page, newest first', async () => {
    const ids: string[] = []
    for (let count = 0; count < 5; count += 1) ids.unshift((await latchkey.register()).client_id)
    const listed = (await admin.listClients(2)).map(({ client_id }) => client_id)
    expect(listed.filter((id) => ids.includes(id))).toEqual(ids)
    expect(await admin.listClients()).toHaveLength(listed.length)
  })

  it('disables, enables and revokes tokens of clients, and never creates one', async () => {
    const { client_id } = await latchkey.register()
    expect(await admin.setClientStatus(client_id, 'disabled')).toBe(true)
    expect((await clients.findClient(client_id))?.status).toBe('disabled')
    expect(await admin.revokeClientTokens(client_id, 1_000)).toBe(true)
    expect((await clients.findClient(client_id))?.tokens_valid_after).toBe(iso(1_000))
    expect(await admin.setClientStatus(nobody, 'active')).toBe(false)
    expect(await admin.revokeClientTokens(nobody, 1)).toBe(false)
    expect(await clients.findClient(nobody)).toBeNull()
  })

  it('adds a secret, lets the others expire, and removes expired ones', async () => {
    const id = await confidential()
    const [first] = await secretsOf(id)
    const now = Date.now()
    expect(await admin.addClientSecret(id, 'second', now, now + HOUR)).toBe('added')
    expect(await secretsOf(id)).toEqual([
      { ...first, expires_at: iso(now + HOUR) },
      { digest: 'second', created_at: iso(now) },
    ])
    // An expiry that is already set is never postponed.
    await admin.addClientSecret(id, 'third', now + 1, now + 24 * HOUR)
    expect((await secretsOf(id))[0]?.expires_at).toBe(iso(now + HOUR))
    await admin.addClientSecret(id, 'fourth', now + 2 * HOUR, now + 3 * HOUR)
    expect(await digests(id)).toEqual(['second', 'third', 'fourth'])
    expect(await admin.addClientSecret(id, 'fourth', now + 2 * HOUR, now)).toBe('added')
    expect(await digests(id)).toEqual(['second', 'third', 'fourth'])
  })

  it('stores all secrets of concurrent additions', async () => {
    const id = await confidential()
    const added = ['a', 'b', 'c', 'd']
    const now = Date.now()
    const outcomes = await Promise.all(added.map((digest) => admin.addClientSecret(id, digest, now, now + HOUR)))
    expect(outcomes).toEqual(added.map(() => 'added'))
    expect(await digests(id)).toEqual(expect.arrayContaining(added))
    expect(await digests(id)).toHaveLength(5)
  })

  it('adds no secret to public, unknown or constantly changing clients', async () => {
    const { client_id } = await latchkey.register()
    expect(await admin.addClientSecret(client_id, 'x', 1, 2)).toBe('public')
    expect(await admin.addClientSecret(nobody, 'x', 1, 2)).toBe('unknown')
    const id = await confidential()
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const spy = vi.spyOn(documents, 'send').mockImplementation(async (command: { input: object }) => {
      if ('UpdateExpression' in command.input)
        throw Object.assign(new Error(), { name: 'ConditionalCheckFailedException' })
      const created_at = iso(0)
      const secrets = [{ digest: randomBytes(4).toString('hex'), created_at }]
      const client = { client_id: id, kind: 'confidential', callback_url: '', scope: [], salts: [], status: 'active' }
      return { Item: { ...client, secrets, created_at } }
    })
    expect(await admin.addClientSecret(id, 'x', 1, 2)).toBe('busy')
    spy.mockRestore()
  })

  it('reports a failing table', async () => {
    latchkey.database.plan = () => 'failing'
    await expect(admin.setClientStatus(nobody, 'active')).rejects.toThrow('repeat it')
    latchkey.database.plan = () => undefined
  })
})
