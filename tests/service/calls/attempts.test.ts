// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let limits: typeof import('../../../lib/calls/attempts.ts')
let name: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  limits = await import('../../../lib/calls/attempts.ts')
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  name = randomUUID()
})
afterEach(() => {
  vi.useRealTimers()
})

const WINDOW = 600_000

const tooMany = (seconds: number) => ({
  code: 'too_many_attempts',
  status: 429,
  headers: { 'retry-after': String(seconds) },
})

describe('limits on PIN guesses of a user', () => {
  const returning = (found: string | null) => vi.fn(async () => found)
  const limited = (lookUp: () => Promise<string | null>) => limits.limitWrongPins(name, Date.now(), lookUp)

  it('allows ten misses in ten minutes, also concurrently; then looks up no PIN', async () => {
    clock()
    const miss = returning(null)
    const settled = await Promise.allSettled(Array.from({ length: 30 }, () => limited(miss)))
    expect(miss).toHaveBeenCalledTimes(10)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    const hit = returning('found')
    await expect(limited(hit)).rejects.toMatchObject(tooMany(600))
    expect(hit).not.toHaveBeenCalled()
  })

  it('returns the seconds to wait, and allows attempts after them', async () => {
    const at = clock()
    for (let miss = 0; miss < 10; miss += 1) expect(await limited(returning(null))).toBeNull()
    at(1_500)
    await expect(limited(returning('found'))).rejects.toMatchObject(tooMany(599))
    at(WINDOW - 1)
    await expect(limited(returning('found'))).rejects.toMatchObject(tooMany(1))
    at(WINDOW)
    expect(await limited(returning('found'))).toBe('found')
  })

  it('does not record an attempt for a correct PIN', async () => {
    clock()
    for (let hit = 0; hit < 25; hit += 1) expect(await limited(returning('found'))).toBe('found')
    for (let miss = 0; miss < 9; miss += 1) await limited(returning(null))
    for (let hit = 0; hit < 5; hit += 1) expect(await limited(returning('found'))).toBe('found')
    expect(await limited(returning(null))).toBeNull()
    await expect(limited(returning('found'))).rejects.toMatchObject(tooMany(600))
  })
})

describe('the limit on calls that a user creates', () => {
  it('allows thirty in ten minutes, also concurrently', async () => {
    const at = clock()
    const limited = () => limits.limitCreatedCalls(name, Date.now())
    const settled = await Promise.allSettled(Array.from({ length: 50 }, limited))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(30)
    at(60_000)
    await expect(limited()).rejects.toMatchObject(tooMany(540))
    at(WINDOW)
    await limited()
  })
})
