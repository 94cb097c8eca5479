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

/** What each call is told, as milliseconds after NOW; null where it has its turn. */
async function turns(most: number, ...at: number[]) {
  const told: (number | null)[] = []
  for (const each of at) {
    const until = await rates.acquireSlot({ name, most, windowMs: WINDOW }, NOW + each)
    told.push(until === 0 ? null : until - NOW)
  }
  return told
}

describe('a turn', () => {
  it('is there so many times in a window, which slides', async () => {
    const at = [0, 10_000, 20_000, 59_999, 60_000, 60_001, 69_999, 70_000, 130_000, 130_000, 130_000]
    const told = [null, null, 60_000, 60_000, null, 70_000, 70_000, null, null, null, 190_000]
    expect(await turns(2, ...at)).toEqual(told)
  })

  it('is there once a window', async () => {
    expect(await turns(1, 0, 1, 59_999, 60_000, 60_000)).toEqual([null, 60_000, 60_000, null, 120_000])
  })

  it('that was not given does not count', async () => {
    await turns(1, 0, 30_000, 59_000)
    expect(await turns(1, 60_000)).toEqual([null])
  })

  it('is told for when there is one again, also after fewer are allowed', async () => {
    await turns(3, 0, 10_000, 20_000)
    expect(await turns(2, 20_000, 69_999, 70_000)).toEqual([70_000, 70_000, null])
    expect(await turns(1, 70_000)).toEqual([130_000])
  })

  it('of one name is none of another', async () => {
    await turns(1, 0)
    name = randomUUID()
    expect(await turns(1, 0)).toEqual([null])
  })

  it('is not given more often than that to many at once', async () => {
    for (const [at, most] of [
      [0, 5],
      [WINDOW, 3],
    ] as const) {
      const told = await times(12, () => rates.acquireSlot({ name, most, windowMs: WINDOW }, NOW + at))
      expect(told.filter((until) => until === 0)).toHaveLength(most)
      expect(new Set(told)).toEqual(new Set([0, NOW + at + WINDOW]))
    }
  })

  it('is given to all of many at once where there are enough', async () => {
    expect(await times(8, () => rates.acquireSlot({ name, most: 8, windowMs: WINDOW }, NOW))).toEqual(Array(8).fill(0))
    expect(await turns(8, 0)).toEqual([WINDOW])
  })

  it('never comes too often, whoever asks when', async () => {
    const given: number[] = []
    const at = Array.from({ length: 40 }, (_, index) => (index * 7_919) % 150_000).toSorted((a, b) => a - b)
    for (let index = 0; index < at.length; index += 4) {
      await Promise.all(
        at.slice(index, index + 4).map(async (each) => {
          if ((await rates.acquireSlot({ name, most: 3, windowMs: WINDOW }, NOW + each)) === 0) given.push(each)
        }),
      )
    }
    expect(given.length).toBeGreaterThan(5)
    for (const from of given) {
      expect(given.filter((each) => each >= from && each < from + WINDOW).length).toBeLessThanOrEqual(3)
    }
  })

  it('that a clock has taken too early counts up to a window ahead', async () => {
    await turns(1, WINDOW)
    expect(await turns(1, 0)).toEqual([2 * WINDOW])
    name = randomUUID()
    await turns(1, WINDOW + 1)
    expect(await turns(1, 0)).toEqual([null])
  })

  it('is remembered for a window, no longer', async () => {
    await turns(9, 0, 1, 2, WINDOW + 1)
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const Key = { id: `forward#rate#${name}` }
    const { Item } = await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))
    expect(Item?.['taken']).toEqual([NOW + 2, NOW + WINDOW + 1])
  })

  it('is not given when the table does not answer', async () => {
    latchkey.database.plan = (command) => (command === 'UpdateItem' ? 'failing' : undefined)
    await expect(turns(1, 0)).rejects.toMatchObject({ code: 'storage_unavailable' })
    latchkey.database.plan = () => undefined
    expect(await turns(1, 0)).toEqual([null])
  })
})

describe('closed until a moment', () => {
  const HOUR = 3_600_000
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('there is no turn before that, and none is used up', async () => {
    await rates.pauseUntil(name, NOW + 5_000)
    expect(await turns(2, 0, 4_999, 5_000, 5_000, 5_000)).toEqual([5_000, 5_000, null, null, 65_000])
  })

  it('what was taken before still counts', async () => {
    await turns(1, 0)
    await rates.pauseUntil(name, NOW + 5_000)
    expect(await turns(1, 1, 5_000, 60_000)).toEqual([5_000, 60_000, null])
    expect(await turns(1, 60_000)).toEqual([120_000])
  })

  it('and longer than the window', async () => {
    await turns(1, 0)
    await rates.pauseUntil(name, NOW + 3_600_000)
    expect(await turns(1, 60_000, 3_599_999, 3_600_000)).toEqual([3_600_000, 3_600_000, null])
  })

  it('is not made shorter by an earlier one, but longer by a later one', async () => {
    await rates.pauseUntil(name, NOW + 60_000)
    await rates.pauseUntil(name, NOW + 1_000)
    expect(await turns(1, 2_000)).toEqual([60_000])
    await rates.pauseUntil(name, NOW + 61_000)
    expect(await turns(1, 2_000)).toEqual([61_000])
  })

  it('is told, until it is over', async () => {
    expect(await rates.pausedUntil(name)).toBe(0)
    await turns(1, 0)
    expect(await rates.pausedUntil(name)).toBe(0)
    await rates.pauseUntil(name, NOW + 5_000)
    expect(await rates.pausedUntil(name)).toBe(NOW + 5_000)
    vi.setSystemTime(NOW + 4_999)
    expect(await rates.pausedUntil(name)).toBe(NOW + 5_000)
    vi.setSystemTime(NOW + 5_000)
    expect(await rates.pausedUntil(name)).toBe(0)
  })

  it('that is two hours ahead counts, and one that is further does not: a clock was wrong', async () => {
    await rates.pauseUntil(name, NOW + 2 * HOUR)
    expect([await turns(1, 0), await rates.pausedUntil(name)]).toEqual([[2 * HOUR], NOW + 2 * HOUR])
    name = randomUUID()
    await rates.pauseUntil(name, NOW + 2 * HOUR + 1)
    expect([await turns(1, 0), await rates.pausedUntil(name)]).toEqual([[null], 0])
    expect(await turns(1, 1, WINDOW)).toEqual([2 * HOUR + 1, 2 * HOUR + 1])
  })

  it('that is too far ahead is replaced by an earlier one, as long as it is', async () => {
    await rates.pauseUntil(name, NOW + 2 * HOUR)
    await rates.pauseUntil(name, NOW + 1_000)
    expect(await turns(1, 0)).toEqual([2 * HOUR])
    name = randomUUID()
    await rates.pauseUntil(name, NOW + 2 * HOUR + 1)
    await rates.pauseUntil(name, NOW + 1_000)
    expect(await turns(1, 0, 1_000)).toEqual([1_000, null])
  })

  it('others are not closed', async () => {
    await rates.pauseUntil(name, NOW + 5_000)
    name = randomUUID()
    expect(await turns(1, 0)).toEqual([null])
  })
})
