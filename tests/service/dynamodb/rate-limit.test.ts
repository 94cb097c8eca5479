// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { times } from '../../support/shared-token.ts'

let latchkey: Latchkey
let rates: typeof import('../../../lib/dynamodb/rate-limit.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  rates = await import('../../../lib/dynamodb/rate-limit.ts')
})
afterAll(() => latchkey.stop())

const WINDOW = 60_000
const NOW = 1_800_000_000_000
let name: string
beforeEach(() => {
  name = randomUUID()
})

/** When each call may start, in milliseconds after NOW; null where it acquires a slot. */
async function slots(limit: number, ...at: number[]) {
  const waits: (number | null)[] = []
  for (const each of at) {
    const until = await rates.acquireSlot(name, { limit, windowMs: WINDOW }, NOW + each)
    waits.push(until === 0 ? null : until - NOW)
  }
  return waits
}

describe('a slot', () => {
  it('is free twice in any minute: the window slides', async () => {
    const at = [0, 10_000, 20_000, 59_999, 60_000, 60_001, 69_999, 70_000, 130_000, 130_000, 130_000]
    const waits = [null, null, 60_000, 60_000, null, 70_000, 70_000, null, null, null, 190_000]
    expect(await slots(2, ...at)).toEqual(waits)
  })

  it('is free once per window where the limit is 1', async () => {
    expect(await slots(1, 0, 1, 59_999, 60_000, 60_000)).toEqual([null, 60_000, 60_000, null, 120_000])
  })

  it('that was not acquired does not use up the limit', async () => {
    await slots(1, 0, 30_000, 59_000)
    expect(await slots(1, 60_000)).toEqual([null])
  })

  it('is free at the returned time, also after the limit was lowered', async () => {
    await slots(3, 0, 10_000, 20_000)
    expect(await slots(2, 20_000, 69_999, 70_000)).toEqual([70_000, 70_000, null])
    expect(await slots(1, 70_000)).toEqual([130_000])
  })

  it('is separate for each name', async () => {
    await slots(1, 0)
    name = randomUUID()
    expect(await slots(1, 0)).toEqual([null])
  })

  it('is acquired by no more concurrent callers than the limit allows', async () => {
    for (const [at, limit] of [
      [0, 5],
      [WINDOW, 3],
    ] as const) {
      const waits = await times(12, () => rates.acquireSlot(name, { limit, windowMs: WINDOW }, NOW + at))
      expect(waits.filter((until) => until === 0)).toHaveLength(limit)
      expect(new Set(waits)).toEqual(new Set([0, NOW + at + WINDOW]))
    }
  })

  it('is acquired by all of eight concurrent callers where the limit is 8', async () => {
    expect(await times(8, () => rates.acquireSlot(name, { limit: 8, windowMs: WINDOW }, NOW))).toEqual(Array(8).fill(0))
    expect(await slots(8, 0)).toEqual([WINDOW])
  })

  it('is never acquired too often, in any order of calls', async () => {
    const acquired: number[] = []
    const at = Array.from({ length: 40 }, (_, index) => (index * 7_919) % 150_000).toSorted((a, b) => a - b)
    for (let index = 0; index < at.length; index += 4) {
      await Promise.all(
        at.slice(index, index + 4).map(async (each) => {
          if ((await rates.acquireSlot(name, { limit: 3, windowMs: WINDOW }, NOW + each)) === 0) acquired.push(each)
        }),
      )
    }
    expect(acquired.length).toBeGreaterThan(5)
    for (const from of acquired) {
      expect(acquired.filter((each) => each >= from && each < from + WINDOW).length).toBeLessThanOrEqual(3)
    }
  })

  it('that a fast clock acquired uses up the limit, up to one window ahead', async () => {
    await slots(1, WINDOW)
    expect(await slots(1, 0)).toEqual([2 * WINDOW])
    name = randomUUID()
    await slots(1, WINDOW + 1)
    expect(await slots(1, 0)).toEqual([null])
  })

  it('is stored for one window', async () => {
    await slots(9, 0, 1, 2, WINDOW + 1)
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const Key = { id: `forward#rate#${name}` }
    const { Item } = await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))
    expect(Item?.['taken']).toEqual([NOW + 2, NOW + WINDOW + 1])
  })

  it('is not acquired while the table fails', async () => {
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    await expect(slots(1, 0)).rejects.toMatchObject({ code: 'storage_unavailable' })
    latchkey.database.plan = () => undefined
    expect(await slots(1, 0)).toEqual([null])
  })
})

describe('a pause', () => {
  const HOUR = 3_600_000
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('blocks slots until its end, and uses none up', async () => {
    await rates.pauseUntil(name, NOW + 5_000)
    expect(await slots(2, 0, 4_999, 5_000, 5_000, 5_000)).toEqual([5_000, 5_000, null, null, 65_000])
  })

  it('does not clear the slots that were acquired before', async () => {
    await slots(1, 0)
    await rates.pauseUntil(name, NOW + 5_000)
    expect(await slots(1, 1, 5_000, 60_000)).toEqual([5_000, 60_000, null])
    expect(await slots(1, 60_000)).toEqual([120_000])
  })

  it('may be longer than the window', async () => {
    await slots(1, 0)
    await rates.pauseUntil(name, NOW + 3_600_000)
    expect(await slots(1, 60_000, 3_599_999, 3_600_000)).toEqual([3_600_000, 3_600_000, null])
  })

  it('is not shortened by an earlier one, but extended by a later one', async () => {
    await rates.pauseUntil(name, NOW + 60_000)
    await rates.pauseUntil(name, NOW + 1_000)
    expect(await slots(1, 2_000)).toEqual([60_000])
    await rates.pauseUntil(name, NOW + 61_000)
    expect(await slots(1, 2_000)).toEqual([61_000])
  })

  it('is returned until its end', async () => {
    expect(await rates.pausedUntil(name)).toBe(0)
    await slots(1, 0)
    expect(await rates.pausedUntil(name)).toBe(0)
    await rates.pauseUntil(name, NOW + 5_000)
    expect(await rates.pausedUntil(name)).toBe(NOW + 5_000)
    vi.setSystemTime(NOW + 4_999)
    expect(await rates.pausedUntil(name)).toBe(NOW + 5_000)
    vi.setSystemTime(NOW + 5_000)
    expect(await rates.pausedUntil(name)).toBe(0)
  })

  it('is ignored where it ends more than two hours ahead, because a clock was wrong', async () => {
    await rates.pauseUntil(name, NOW + 2 * HOUR)
    expect([await slots(1, 0), await rates.pausedUntil(name)]).toEqual([[2 * HOUR], NOW + 2 * HOUR])
    name = randomUUID()
    await rates.pauseUntil(name, NOW + 2 * HOUR + 1)
    expect([await slots(1, 0), await rates.pausedUntil(name)]).toEqual([[null], 0])
    expect(await slots(1, 1, WINDOW)).toEqual([2 * HOUR + 1, 2 * HOUR + 1])
  })

  it('is replaced by an earlier one while it is too far ahead', async () => {
    await rates.pauseUntil(name, NOW + 2 * HOUR)
    await rates.pauseUntil(name, NOW + 1_000)
    expect(await slots(1, 0)).toEqual([2 * HOUR])
    name = randomUUID()
    await rates.pauseUntil(name, NOW + 2 * HOUR + 1)
    await rates.pauseUntil(name, NOW + 1_000)
    expect(await slots(1, 0, 1_000)).toEqual([1_000, null])
  })

  it('does not affect other names', async () => {
    await rates.pauseUntil(name, NOW + 5_000)
    name = randomUUID()
    expect(await slots(1, 0)).toEqual([null])
  })
})
