import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import type { ProviderEvent } from '../../../lib/jobs/store.ts'
import { clock, event, type OutboxContainer, outboxContainer } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let here: OutboxContainer
let at: (after: number) => void
beforeAll(async () => {
  latchkey = await startLatchkey()
  here = await outboxContainer()
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  at = clock()
})
afterEach(() => {
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})

const MINUTE = 60_000

/** So many events whose work was begun and not ended; the number of each is its subject, in the order they are due. */
async function crashed(count: number): Promise<ProviderEvent[]> {
  const one = event()
  const all = Array.from({ length: count }, (_, index) => ({ ...one, delivery: `d${index}d`, subject: `${index}` }))
  await Promise.all(all.map((each, index) => here.claimEvent(each, each.provider, Date.now() - count + index)))
  at(MINUTE)
  return all
}

const states = async (all: ProviderEvent[]) => {
  const items = await Promise.all(all.map((each) => here.kept(each)))
  return items.map((item) => item?.['work_state'])
}
const counted = (calls: string[]) => [calls.length, new Set(calls).size]
const subjects = (worker: { mock: { calls: Parameters<JobHandler>[] } }) =>
  worker.mock.calls.map(([subject]) => subject)

describe('a sweep', () => {
  it.each([99, 100, 101, 250])('does all that is due: %d', async (count) => {
    const all = await crashed(count)
    const worker = vi.fn<JobHandler>(async (subject) => `of ${subject}`)
    await here.sweep(event({ provider: all[0]?.provider ?? '' }), worker)
    expect(counted(subjects(worker))).toEqual([count, count])
    expect(new Set(await states(all))).toEqual(new Set(['done']))
  })

  it('does what comes after much that fails, and tries each of that once', async () => {
    const all = await crashed(220)
    const worker = vi.fn<JobHandler>(async (subject) => {
      if (Number(subject) < 150) throw new Error('broken')
      return 'outcome'
    })
    await here.sweep(event({ provider: all[0]?.provider ?? '' }), worker)
    expect(counted(subjects(worker))).toEqual([220, 220])
    expect(await states(all)).toEqual([...Array(150).fill('pending'), ...Array(70).fill('done')])
  })

  it('begins nothing more when its time is up, and the next goes on from there', async () => {
    const all = await crashed(160)
    const deadline = Date.now() + 1_000
    const worker = vi.fn<JobHandler>(async () => {
      if (worker.mock.calls.length >= 120) vi.setSystemTime(deadline + 1)
      return 'outcome'
    })
    const one = event({ provider: all[0]?.provider ?? '' })
    await here.sweep(one, worker, deadline)
    const first = worker.mock.calls.length
    expect(first).toBeGreaterThanOrEqual(120)
    expect(first).toBeLessThan(126)
    await here.sweep(one, worker, deadline + 1_000)
    expect(first).toBeLessThan(worker.mock.calls.length)
    await here.sweep(one, async () => 'outcome')
    expect(new Set(await states(all))).toEqual(new Set(['done']))
  })

  it('takes five at a time', async () => {
    const all = await crashed(30)
    let [now, most] = [0, 0]
    const worker = vi.fn<JobHandler>(async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return 'outcome'
    })
    await here.sweep(event({ provider: all[0]?.provider ?? '' }), worker)
    expect(worker).toHaveBeenCalledTimes(30)
    expect(most).toBeLessThanOrEqual(5)
  })
})

describe('one item with which the store fails', () => {
  it.each([
    ['when it is claimed', 'ReturnValues', 0],
    ['when its outcome is kept', ':outcome', 1],
    ['when it is put off', ':reason', 1],
  ])('%s keeps no other from being done', async (_when, part, times) => {
    const all = await crashed(12)
    latchkey.database.plan = (command, body) =>
      command === 'UpdateItem' && body.includes(part) && body.includes('#d3d') ? 'failing' : undefined
    const worker = vi.fn<JobHandler>(async (subject) => {
      if (part === ':reason' && subject === '3') throw new Error('broken')
      return 'outcome'
    })
    const one = event({ provider: all[0]?.provider ?? '' })
    await here.sweep(one, worker)
    expect(counted(subjects(worker).filter((subject) => subject !== '3'))).toEqual([11, 11])
    expect(subjects(worker).filter((subject) => subject === '3')).toHaveLength(times)
    expect(await states(all)).toEqual(all.map((_, index) => (index === 3 ? 'pending' : 'done')))
    latchkey.database.plan = () => undefined
    at(10 * MINUTE)
    await here.sweep(one, async () => 'outcome')
    expect(new Set(await states(all))).toEqual(new Set(['done']))
  })

  it('of many, however much more there is', async () => {
    const all = await crashed(130)
    latchkey.database.plan = (command, body) =>
      command === 'UpdateItem' && /#d[0-3]d/.test(body) ? 'failing' : undefined
    const worker = vi.fn<JobHandler>(async () => 'outcome')
    await here.sweep(event({ provider: all[0]?.provider ?? '' }), worker)
    expect(counted(subjects(worker))).toEqual([126, 126])
  })
})
