// @module-tag local-only
// It records commands, and moves the clock of the functions.
import { createHash, randomUUID } from 'node:crypto'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

const BODY = '{"time":[1],"a":[1]}'

let latchkey: Latchkey
/** The queries of the index `salted`: whether each one reads all of it. */
let queries: ('all' | 'new')[]
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  setTimeBudgets({ saltIndexMs: 5_000 })
  await latchkey.anotherContainer()
  queries = []
  latchkey.database.plan = (command, body) => {
    if (command === 'Query') queries.push(body.includes('":since":{"S":"0"}') ? 'all' : 'new')
    return undefined
  }
})
afterEach(() => {
  vi.useRealTimers()
})

async function upload(salt: string, query = '') {
  const checksum = createHash('sha256').update(BODY).update(salt).digest('hex')
  const headers = { 'content-type': 'application/json', 'Content-SHA256-Salted': checksum }
  return (await latchkey.call(`/upload${query}`, { method: 'POST', body: BODY, headers })).status
}
const newSalt = () => `salt ${randomUUID()}`
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
async function addKey(clientId: string, salt: string) {
  const path = `/clients/${clientId}/keys`
  const headers = { 'content-type': 'application/json' }
  const answer = await latchkey.asAdmin(path, { method: 'POST', headers, body: JSON.stringify({ name: 'roof', salt }) })
  expect(answer.status).toBe(200)
}

describe('wrong checksums', () => {
  it('read the index once in five seconds, and half a read unit each in between', async () => {
    await latchkey.register({ checksum_salt: newSalt() })
    later(0)
    for (let attempt = 0; attempt < 10; attempt += 1) expect(await upload('a wrong salt')).toBe(401)
    expect(queries).toEqual(['all', ...Array(9).fill('new')])
    later(4_999)
    expect(await upload('a wrong salt')).toBe(401)
    later(1)
    expect(await upload('a wrong salt')).toBe(401)
    expect(queries.slice(10)).toEqual(['new', 'all'])
  })

  it('do not query the index at all with a client_id', async () => {
    const { client_id } = await latchkey.register({ checksum_salt: newSalt() })
    expect(await upload('a wrong salt', `?client_id=${client_id}`)).toBe(401)
    expect(queries).toEqual([])
  })

  it('of a container whose clock goes back read the index again', async () => {
    later(60_000)
    await upload('a wrong salt')
    later(-60_000)
    await upload('a wrong salt')
    expect(queries).toEqual(['all', 'all'])
  })
})

describe('after a wrong checksum', () => {
  it('the salt of a new client is valid at once', async () => {
    await latchkey.register({ checksum_salt: newSalt() })
    expect(await upload('a wrong salt')).toBe(401)
    const salt = newSalt()
    await latchkey.register({ checksum_salt: salt })
    expect(await upload(salt)).toBe(200)
    expect(await upload(salt)).toBe(200)
    expect(queries).toEqual(['all', 'new'])
  })

  it('a salt that is added to an older client is valid after five seconds, and with client_id at once', async () => {
    const { client_id } = await latchkey.register({ checksum_salt: newSalt() })
    later(120_000)
    await latchkey.register({ checksum_salt: newSalt() })
    expect(await upload('a wrong salt')).toBe(401)
    const salt = newSalt()
    await addKey(client_id, salt)
    expect(await upload(salt)).toBe(401)
    expect(await upload(salt, `?client_id=${client_id}`)).toBe(200)
    later(5_000)
    expect(await upload(salt)).toBe(200)
  })
})

describe('with a thousand salted clients, wrong checksums', () => {
  it('read the whole index at most once per second for each of its read units', async () => {
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const salts = ['x'.repeat(240)]
    const created_at = new Date(Date.now() - 3_600_000).toISOString()
    const clients = Array.from({ length: 1_000 }, (_, number) => number.toString(16).padStart(32, '0'))
    for (const client_id of clients) {
      const Item = { client_id, salts, created_at, salted: 'yes' }
      await documents.send(new PutCommand({ TableName: process.env['CLIENTS_TABLE'], Item }))
    }
    later(0)
    for (let attempt = 0; attempt < 100; attempt += 1) {
      expect(await upload('a wrong salt')).toBe(401)
      later(1_000)
    }
    // 330 bytes for each client are about 40 units.
    expect(queries.length).toBeLessThanOrEqual(3)
    expect(new Set(queries)).toEqual(new Set(['all']))
  })
})
