import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let store: typeof import('../../../lib/dynamodb/attempts.ts')
let limits: typeof import('../../../lib/calls/attempts.ts')
let name: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  store = await import('../../../lib/dynamodb/attempts.ts')
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
const NOW = Date.now()
const countAt = (now: number) => store.recordAttempt(name, now, WINDOW)
const times = <T>(count: number, run: () => Promise<T>) => Promise.all(Array.from({ length: count }, run))
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('attempts', () => {
  it('are all counted, also those side by side, the first of a window too', async () => {
    const counted = await times(40, () => countAt(NOW))
    expect(counted.map(({ attempts }) => attempts).sort((a, b) => a - b)).toEqual(upTo(40))
    expect(new Set(counted.map(({ until }) => until))).toEqual(new Set([NOW + WINDOW]))
    const next = await times(20, () => countAt(NOW + WINDOW))
    expect(next.map(({ attempts }) => attempts).sort((a, b) => a - b)).toEqual(upTo(20))
    expect(new Set(next.map(({ until }) => until))).toEqual(new Set([NOW + 2 * WINDOW]))
  })

  it('are counted within a window from the first, which no later one makes longer', async () => {
    expect(await countAt(NOW)).toMatchObject({ attempts: 1, until: NOW + WINDOW })
    expect(await countAt(NOW + WINDOW / 2)).toMatchObject({ attempts: 2, until: NOW + WINDOW })
    expect(await countAt(NOW + WINDOW - 1)).toMatchObject({ attempts: 3, until: NOW + WINDOW })
    expect(await countAt(NOW + WINDOW)).toMatchObject({ attempts: 1, until: NOW + 2 * WINDOW })
    expect(await countAt(NOW + WINDOW + 1)).toMatchObject({ attempts: 2, until: NOW + 2 * WINDOW })
  })

  it('are counted by clocks that are a little apart', async () => {
    await countAt(NOW)
    expect(await countAt(NOW - 1_000)).toMatchObject({ attempts: 2, until: NOW + WINDOW })
    expect(await countAt(NOW - 60_000)).toMatchObject({ attempts: 3, until: NOW + WINDOW })
  })

  it('are counted anew when the window was begun by a clock that is wrong', async () => {
    await countAt(NOW + 86_400_000)
    expect(await countAt(NOW)).toMatchObject({ attempts: 1, until: NOW + WINDOW })
    expect(await countAt(NOW + 1)).toMatchObject({ attempts: 2, until: NOW + WINDOW })
  })

  it('of one name are not those of another', async () => {
    await times(3, () => countAt(NOW))
    name = randomUUID()
    expect(await countAt(NOW)).toMatchObject({ attempts: 1 })
  })

  it('are counted up to a limit, side by side too, beyond which they are told as one more', async () => {
    const limited = () => store.recordAttempt(name, NOW, WINDOW, 5)
    const counted = (await times(20, limited)).map(({ attempts }) => attempts).sort((a, b) => a - b)
    expect(counted).toEqual([1, 2, 3, 4, 5, ...Array(15).fill(6)])
    expect(await limited()).toEqual({ attempts: 6, since: NOW, until: NOW + WINDOW })
    expect(await store.findAttempts(name, NOW, WINDOW)).toMatchObject({ attempts: 5 })
    await store.undoAttempt(name, NOW)
    expect(await limited()).toMatchObject({ attempts: 5 })
    expect(await store.recordAttempt(name, NOW + WINDOW, WINDOW, 5)).toMatchObject({ attempts: 1 })
  })

  it('may be looked at without being counted', async () => {
    expect(await store.findAttempts(name, NOW, WINDOW)).toMatchObject({ attempts: 0 })
    await times(3, () => countAt(NOW))
    const found = { attempts: 3, since: NOW, until: NOW + WINDOW }
    for (const after of [0, WINDOW - 1]) expect(await store.findAttempts(name, NOW + after, WINDOW)).toEqual(found)
    expect(await store.findAttempts(name, NOW + WINDOW, WINDOW)).toMatchObject({ attempts: 0 })
    expect(await store.findAttempts(name, NOW - 60_001, WINDOW)).toMatchObject({ attempts: 0 })
  })

  it('that are forgiven are taken back, never below none', async () => {
    await store.undoAttempt(name, NOW)
    expect(await countAt(NOW)).toMatchObject({ attempts: 1 })
    await countAt(NOW)
    await store.undoAttempt(name, NOW)
    expect(await countAt(NOW)).toMatchObject({ attempts: 2 })
    await times(10, () => store.undoAttempt(name, NOW))
    expect(await countAt(NOW)).toMatchObject({ attempts: 1 })
  })

  it('are not taken back from another window than theirs', async () => {
    await countAt(NOW)
    await countAt(NOW + WINDOW)
    await store.undoAttempt(name, NOW)
    expect(await countAt(NOW + WINDOW)).toMatchObject({ attempts: 2 })
  })

  it('and forgiveness side by side come out even', async () => {
    await times(5, () => countAt(NOW))
    await Promise.all([times(10, () => countAt(NOW)), times(5, () => store.undoAttempt(name, NOW))])
    expect(await countAt(NOW)).toMatchObject({ attempts: 11 })
  })
})

const tooMany = (seconds: number) => ({
  code: 'too_many_attempts',
  status: 429,
  headers: { 'retry-after': String(seconds) },
})

describe('who may be guessing', () => {
  const look = (found: string | null) => vi.fn(async () => found)
  const limited = (looking: () => Promise<string | null>) => limits.limitWrongPins(name, Date.now(), looking)

  it('has ten misses in ten minutes, however much at the same time, then nothing is looked up', async () => {
    clock()
    const miss = look(null)
    const settled = await Promise.allSettled(Array.from({ length: 30 }, () => limited(miss)))
    expect(miss).toHaveBeenCalledTimes(10)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    const hit = look('found')
    await expect(limited(hit)).rejects.toMatchObject(tooMany(600))
    expect(hit).not.toHaveBeenCalled()
  })

  it('is told how long to wait, and may try again then', async () => {
    const at = clock()
    for (let miss = 0; miss < 10; miss += 1) expect(await limited(look(null))).toBeNull()
    at(1_500)
    await expect(limited(look('found'))).rejects.toMatchObject(tooMany(599))
    at(WINDOW - 1)
    await expect(limited(look('found'))).rejects.toMatchObject(tooMany(1))
    at(WINDOW)
    expect(await limited(look('found'))).toBe('found')
  })

  it('has what was found counted as no miss', async () => {
    clock()
    for (let hit = 0; hit < 25; hit += 1) expect(await limited(look('found'))).toBe('found')
    for (let miss = 0; miss < 9; miss += 1) await limited(look(null))
    for (let hit = 0; hit < 5; hit += 1) expect(await limited(look('found'))).toBe('found')
    expect(await limited(look(null))).toBeNull()
    await expect(limited(look('found'))).rejects.toMatchObject(tooMany(600))
  })
})

describe('who creates calls', () => {
  it('may create thirty in ten minutes, however much at the same time', async () => {
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
