// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { times } from '../../support/shared-token.ts'

let latchkey: Latchkey
let store: typeof import('../../../lib/dynamodb/rate-limit.ts')
let name: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  store = await import('../../../lib/dynamodb/rate-limit.ts')
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  name = randomUUID()
})

const WINDOW = 600_000
const NOW = Date.now()
const limitOf = (limit: number) => ({ message: 'Too many', limit, windowMs: WINDOW })
const MANY = limitOf(1_000_000)
const recordAt = (now: number, policy = MANY) => store.recordAttempt(name, policy, now)
const findAt = (now: number, policy = MANY) => store.findAttempts(name, policy, now)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const sorted = (windows: { attempts: number }[]) => windows.map(({ attempts }) => attempts).sort((a, b) => a - b)
const tooMany = (seconds: number) => ({
  code: 'too_many_attempts',
  message: `Too many: try again in ${seconds} seconds.`,
  headers: { 'retry-after': String(seconds) },
})

describe('attempts', () => {
  it('are all recorded when they are concurrent, also the first ones of a window', async () => {
    const windows = await times(40, () => recordAt(NOW))
    expect(sorted(windows)).toEqual(upTo(40))
    expect(new Set(windows.map(({ since }) => since))).toEqual(new Set([NOW]))
    const next = await times(20, () => recordAt(NOW + WINDOW))
    expect(sorted(next)).toEqual(upTo(20))
    expect(new Set(next.map(({ since }) => since))).toEqual(new Set([NOW + WINDOW]))
  })

  it('share the fixed window that the first one starts', async () => {
    expect(await recordAt(NOW)).toEqual({ attempts: 1, since: NOW, rejection: null })
    expect(await recordAt(NOW + WINDOW / 2)).toMatchObject({ attempts: 2, since: NOW })
    expect(await recordAt(NOW + WINDOW - 1)).toMatchObject({ attempts: 3, since: NOW })
    expect(await recordAt(NOW + WINDOW)).toMatchObject({ attempts: 1, since: NOW + WINDOW })
    expect(await recordAt(NOW + WINDOW + 1)).toMatchObject({ attempts: 2, since: NOW + WINDOW })
  })

  it('of clocks that differ by up to a minute share a window', async () => {
    await recordAt(NOW)
    expect(await recordAt(NOW - 1_000)).toMatchObject({ attempts: 2, since: NOW })
    expect(await recordAt(NOW - 60_000)).toMatchObject({ attempts: 3, since: NOW })
  })

  it('ignore a window that a wrong clock started', async () => {
    await recordAt(NOW + 86_400_000)
    expect(await recordAt(NOW)).toMatchObject({ attempts: 1, since: NOW })
    expect(await recordAt(NOW + 1)).toMatchObject({ attempts: 2, since: NOW })
  })

  it('are separate for each name', async () => {
    await times(3, () => recordAt(NOW))
    name = randomUUID()
    expect(await recordAt(NOW)).toMatchObject({ attempts: 1 })
  })

  it('are rejected at the limit, also when they are concurrent, and then change nothing', async () => {
    const limited = (now = NOW) => recordAt(now, limitOf(5))
    const windows = await times(20, () => limited())
    expect(sorted(windows.filter(({ rejection }) => rejection === null))).toEqual(upTo(5))
    const rejected = windows.filter(({ rejection }) => rejection !== null)
    expect(rejected).toEqual(
      Array(15).fill({ attempts: 5, since: NOW, rejection: expect.objectContaining(tooMany(600)) }),
    )
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const Key = { id: `attempts#${name}` }
    const { Item } = await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))
    expect(Item).toMatchObject({ attempts: 5, since: NOW })
    await store.undoAttempt(name, NOW)
    expect(await limited()).toMatchObject({ attempts: 5, rejection: null })
    expect((await limited(NOW + 1)).rejection).toMatchObject(tooMany(600))
    expect((await limited(NOW + 1_000)).rejection).toMatchObject(tooMany(599))
    expect((await limited(NOW + WINDOW - 1)).rejection).toMatchObject(tooMany(1))
    expect((await limited(NOW - 5_000)).rejection).toMatchObject(tooMany(600))
    expect(await limited(NOW + WINDOW)).toMatchObject({ attempts: 1, rejection: null })
  })

  it('may be read without being recorded', async () => {
    expect(await findAt(NOW)).toMatchObject({ attempts: 0, rejection: null })
    await times(3, () => recordAt(NOW))
    for (const after of [0, WINDOW - 1])
      expect(await findAt(NOW + after)).toEqual({ attempts: 3, since: NOW, rejection: null })
    expect((await findAt(NOW, limitOf(3))).rejection).toMatchObject(tooMany(600))
    expect((await findAt(NOW, limitOf(4))).rejection).toBeNull()
    expect(await findAt(NOW + WINDOW)).toMatchObject({ attempts: 0 })
    expect(await findAt(NOW - 60_001)).toMatchObject({ attempts: 0 })
  })

  it('can be undone, but never below zero', async () => {
    await store.undoAttempt(name, NOW)
    expect(await recordAt(NOW)).toMatchObject({ attempts: 1 })
    await recordAt(NOW)
    await store.undoAttempt(name, NOW)
    expect(await recordAt(NOW)).toMatchObject({ attempts: 2 })
    await times(10, () => store.undoAttempt(name, NOW))
    expect(await recordAt(NOW)).toMatchObject({ attempts: 1 })
  })

  it('are not undone in another window than theirs', async () => {
    await recordAt(NOW)
    await recordAt(NOW + WINDOW)
    await store.undoAttempt(name, NOW)
    expect(await recordAt(NOW + WINDOW)).toMatchObject({ attempts: 2 })
  })

  it('and concurrent undos add up', async () => {
    await times(5, () => recordAt(NOW))
    await Promise.all([times(10, () => recordAt(NOW)), times(5, () => store.undoAttempt(name, NOW))])
    expect(await recordAt(NOW)).toMatchObject({ attempts: 11 })
  })
})
