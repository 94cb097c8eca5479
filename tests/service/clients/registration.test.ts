// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let registration: typeof import('../../../lib/clients/registration.ts')
let clients: typeof import('../../../lib/clients/store.ts')
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_SALTS: 'the-shared-salt-of-all' })
  vi.resetModules()
  registration = await import('../../../lib/clients/registration.ts')
  clients = await import('../../../lib/clients/store.ts')
})
afterAll(() => latchkey.stop())

const register = (more: object = {}) =>
  registration.registerClient(
    registration.registration.parse({ callback_url: 'http://localhost/', ...more }),
    Date.now(),
  )
const faultOf = (more: object) => register(more).catch((error: { issues?: unknown }) => error.issues)

describe('registerClient', () => {
  it('creates a public client that can upload', async () => {
    const { client_id, client_secret } = await register({ name: 'app', checksum_salt: 'a-salt-of-its-own' })
    expect(client_secret).toBeUndefined()
    expect(await clients.findClient(client_id)).toMatchObject({
      name: 'app',
      kind: 'public',
      secrets: [],
      status: 'active',
    })
    expect((await latchkey.upload(await latchkey.token(client_id), '{"a":[1]}')).status).toBe(200)
  })

  it('creates a confidential client, and stores only a digest of its secret', async () => {
    const { client_id, client_secret } = await register({ kind: 'confidential', scope: 'webhook' })
    const kept = JSON.stringify(await clients.findClient(client_id))
    expect(client_secret).toHaveLength(43)
    expect(kept).not.toContain(client_secret)
    expect(kept).toContain('sha256:')
  })

  it('rejects what POST /register rejects', async () => {
    await register({ checksum_salt: 'a-salt-in-use-already' })
    const inUse = [{ field: 'checksum_salt', detail: 'is already in use: choose another random salt' }]
    expect(await faultOf({ checksum_salt: 'a-salt-in-use-already' })).toEqual(inUse)
    expect(await faultOf({ checksum_salt: 'the-shared-salt-of-all' })).toEqual(inUse)
    expect(await faultOf({ callback_url: 'nonsense' })).toEqual([
      { field: 'callback_url', detail: 'must be an absolute http or https URL' },
    ])
    expect(await faultOf({ scope: 'upload webhook' })).toEqual([
      { field: 'scope', detail: 'can contain webhook only if kind is confidential' },
    ])
    for (const name of ['', 'x'.repeat(129), '\ud800']) {
      expect(registration.registration.safeParse({ callback_url: 'https://a.example', name }).success).toBe(false)
    }
  })
})
