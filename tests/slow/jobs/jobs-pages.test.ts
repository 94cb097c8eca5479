// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { inParallel } from '../../../lib/core/concurrency.ts'
import type { ProviderEvent } from '../../../lib/jobs/events.ts'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import { clock, event, type JobContainer, jobContainer } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let here: JobContainer
let at: (after: number) => void
beforeAll(async () => {
  latchkey = await startLatchkey()
  here = await jobContainer()
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

/** Events whose jobs were started by a crashed caller. The subject is the index of each, in due order. */
async function crashed(count: number): Promise<ProviderEvent[]> {
  const one = event()
  const all = Array.from({ length: count }, (_, index) => ({ ...one, delivery: `d${index}d`, subject: `${index}` }))
  await inParallel(all.entries(), 16, async ([index, each]) => {
    await here.claimEvent(each, each.provider, Date.now() - count + index)
  })
  at(MINUTE)
  return all
}

const states = async (all: ProviderEvent[]) => {
  const items = await Promise.all(all.map((each) => here.item(each)))
  return items.map((item) => item?.['work_state'])
}
const counted = (calls: string[]) => [calls.length, new Set(calls).size]
const subjects = (handler: { mock: { calls: Parameters<JobHandler>[] } }) =>
  handler.mock.calls.map(([subject]) => subject)

describe('a retry run', () => {
  it.each([99, 100, 101, 250])('runs all due jobs: %d', async (count) => {
    const all = await crashed(count)
    const handler = vi.fn<JobHandler>(async (subject) => `of ${subject}`)
    await here.retry(event({ provider: all[0]?.provider ?? '' }), handler)
    expect(counted(subjects(handler))).toEqual([count, count])
    expect(new Set(await states(all))).toEqual(new Set(['done']))
  })

  it('runs the jobs behind 150 failing ones, and tries each of those once', async () => {
    const all = await crashed(220)
    const handler = vi.fn<JobHandler>(async (subject) => {
      if (Number(subject) < 150) throw new Error('broken')
      return 'outcome'
    })
    await here.retry(event({ provider: all[0]?.provider ?? '' }), handler)
    expect(counted(subjects(handler))).toEqual([220, 220])
    expect(await states(all)).toEqual([...Array(150).fill('pending'), ...Array(70).fill('done')])
  })

  it('starts no job after its deadline, and the next run continues', async () => {
    const all = await crashed(160)
    const deadline = Date.now() + 1_000
    const handler = vi.fn<JobHandler>(async () => {
      if (handler.mock.calls.length >= 120) vi.setSystemTime(deadline + 1)
      return 'outcome'
    })
    const one = event({ provider: all[0]?.provider ?? '' })
    await here.retry(one, handler, deadline)
    const first = handler.mock.calls.length
    expect(first).toBeGreaterThanOrEqual(120)
    expect(first).toBeLessThan(126)
    await here.retry(one, handler, deadline + 1_000)
    expect(first).toBeLessThan(handler.mock.calls.length)
    await here.retry(one, async () => 'outcome')
    expect(new Set(await states(all))).toEqual(new Set(['done']))
  })

  it('runs five jobs at a time', async () => {
    const all = await crashed(30)
    let [now, most] = [0, 0]
    const handler = vi.fn<JobHandler>(async () => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return 'outcome'
    })
    await here.retry(event({ provider: all[0]?.provider ?? '' }), handler)
    expect(handler).toHaveBeenCalledTimes(30)
    expect(most).toBeLessThanOrEqual(5)
  })
})

describe('a job whose update fails', () => {
  it.each([
    ['while it is claimed', 'ReturnValues', 0],
    ['while its result is stored', ':outcome', 1],
    ['while it is rescheduled', ':reason', 1],
  ])('%s does not affect other jobs', async (_when, part, times) => {
    const all = await crashed(12)
    latchkey.database.plan = (command, body) =>
      command === 'UpdateItem' && body.includes(part) && body.includes('#d3d') ? 'failing' : undefined
    const handler = vi.fn<JobHandler>(async (subject) => {
      if (part === ':reason' && subject === '3') throw new Error('broken')
      return 'outcome'
    })
    const one = event({ provider: all[0]?.provider ?? '' })
    await here.retry(one, handler)
    expect(counted(subjects(handler).filter((subject) => subject !== '3'))).toEqual([11, 11])
    expect(subjects(handler).filter((subject) => subject === '3')).toHaveLength(times)
    expect(await states(all)).toEqual(all.map((_, index) => (index === 3 ? 'pending' : 'done')))
    latchkey.database.plan = () => undefined
    at(10 * MINUTE)
    await here.retry(one, async () => 'outcome')
    expect(new Set(await states(all))).toEqual(new Set(['done']))
  })

  it('does not affect jobs on later pages', async () => {
    const all = await crashed(130)
    latchkey.database.plan = (command, body) =>
      command === 'UpdateItem' && /#d[0-3]d/.test(body) ? 'failing' : undefined
    const handler = vi.fn<JobHandler>(async () => 'outcome')
    await here.retry(event({ provider: all[0]?.provider ?? '' }), handler)
    expect(counted(subjects(handler))).toEqual([126, 126])
  })
})
