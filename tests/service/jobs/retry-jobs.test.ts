// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import type { Job } from '../../../lib/jobs/store.ts'
import { clock, event, type JobContainer, jobContainer, pending, returning } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
let here: JobContainer
let there: JobContainer
beforeAll(async () => {
  latchkey = await startLatchkey()
  here = await jobContainer()
  there = await jobContainer()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
})

const achieved = (outcome: string | null) => ({ outcome, sentTo: [] })
const inProgress = { code: 'event_in_progress' }
const LEASE = 20_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** A job whose caller crashes after claiming it. */
async function crashed(one = event()): Promise<Job> {
  const claim = await here.claimEvent(one, one.provider, Date.now())
  return claim.state === 'claimed' ? claim.job : expect.unreachable('the job was not claimed')
}

/** Delivers an event whose job fails once. */
async function failed(one = event()) {
  await expect(here.deliver(one, here.failing())).rejects.toThrow('The detail.')
  return one
}

describe('a crash', () => {
  it('blocks deliveries for twenty seconds', async () => {
    const at = clock()
    const one = event()
    await crashed(one)
    const handler = returning('outcome')
    at(LEASE - 1)
    await expect(there.deliver(one, handler, Date.now())).rejects.toMatchObject(inProgress)
    expect(handler).not.toHaveBeenCalled()
    at(LEASE + 1)
    expect(await there.deliver(one, handler)).toBe('outcome')
  })

  it('is followed by a retry after a minute', async () => {
    const at = clock()
    const one = event()
    await crashed(one)
    const handler = returning('outcome')
    at(MINUTE - 1)
    await there.retry(one, handler)
    expect(handler).not.toHaveBeenCalled()
    at(MINUTE)
    await there.retry(one, handler)
    expect(handler.mock.calls).toEqual([['subject', expect.any(Number)]])
    expect(await here.deliver(one, returning('another'))).toBe('outcome')
  })

  it('uses up an attempt during a retry, but not during a delivery', async () => {
    const at = clock()
    const one = event()
    const crashing = pending()
    for (let times = 0; times < 40; times += 1) {
      at(times * (LEASE + 1))
      await crashed(one)
    }
    expect(await here.item(one)).toMatchObject({ attempts: 0, outbox: 'due' })
    for (let attempt = 1; attempt <= 30; attempt += 1) {
      at(HOUR + attempt * 2 * MINUTE)
      void here.retry(one, crashing.handler)
      await vi.waitFor(() => expect(crashing.handler).toHaveBeenCalledTimes(attempt), { timeout: 100_000 })
    }
    at(3 * HOUR)
    await here.retry(one, crashing.handler)
    expect(crashing.handler).toHaveBeenCalledTimes(30)
    const item = await here.item(one)
    expect(item).toMatchObject({ attempts: 31, outbox: 'parked' })
    expect(item).not.toHaveProperty('reason')
  })
})

it('ends a lease once', async () => {
  const one = event()
  const work = await crashed(one)
  expect(await here.finishJob(work, achieved('outcome'))).toBe(true)
  expect(await here.finishJob(work, achieved('another'))).toBe(false)
  expect(await here.rescheduleJob(work, 0, 'late', achieved(null))).toBe(false)
  expect(await here.deliver(one, returning('another'))).toBe('outcome')
})

describe('a caller whose lease another caller has acquired', () => {
  it('cannot change the outcome', async () => {
    const at = clock()
    const one = event()
    const late = await crashed(one)
    at(LEASE + 1)
    await there.deliver(one, returning('of the other'))
    const kept = await here.item(one)
    expect(await here.finishJob(late, achieved('of the late one'))).toBe(false)
    expect(await here.rescheduleJob(late, Date.now(), 'late', achieved(null))).toBe(false)
    expect(await here.deadLetterJob(late)).toBe(false)
    expect(await here.item(one)).toEqual(kept)
    expect(await here.deliver(one, returning('another'))).toBe('of the other')
  })

  it.each(['finish', 'reschedule', 'deadLetter'] as const)('cannot end the running job: %s', async (how) => {
    const at = clock()
    const one = event()
    const late = await crashed(one)
    at(LEASE + 1)
    const { handler, started, end } = pending()
    const other = there.deliver(one, handler)
    await started
    const ending = {
      finish: () => here.finishJob(late, achieved('late')),
      reschedule: () => here.rescheduleJob(late, 0, 'late', achieved(null)),
      deadLetter: () => here.deadLetterJob(late),
    }
    expect(await ending[how]()).toBe(false)
    await expect(here.deliver(one, returning('another'), Date.now())).rejects.toMatchObject(inProgress)
    end('of the other')
    expect(await other).toBe('of the other')
    expect(await here.deliver(one, returning('another'))).toBe('of the other')
  })

  it.each(['end', 'fail'] as const)('does not overwrite the outcome of the other caller (%s)', async (how) => {
    const at = clock()
    const one = event()
    const late = pending()
    const first = here.deliver(one, late.handler)
    await late.started
    at(LEASE + 1)
    expect(await there.deliver(one, returning('of the other'))).toBe('of the other')
    if (how === 'end') late.end('late')
    else late.fail(new Error('late'))
    if (how === 'end') expect(await first).toBe('of the other')
    else await expect(first).rejects.toThrow('late')
    expect(await here.deliver(one, returning('another'))).toBe('of the other')
    expect(await here.item(one)).toMatchObject({ work_state: 'done' })
    expect(await here.item(one)).not.toHaveProperty('outbox')
  })
})

describe('a retry run', () => {
  it('does jobs when they are due, not before', async () => {
    const at = clock()
    const one = await failed()
    const handler = returning('outcome')
    at(MINUTE - 1)
    await here.retry(one, handler)
    expect(handler).not.toHaveBeenCalled()
    at(MINUTE)
    await here.retry(one, handler)
    expect(await here.deliver(one, returning('another'))).toBe('outcome')
    at(10 * MINUTE)
    await here.retry(one, handler)
    expect(handler).toHaveBeenCalledOnce()
  })

  it('skips a job that another run is doing', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const handler = returning('outcome', 200)
    await Promise.all([here.retry(one, handler), there.retry(one, handler), here.retry(one, handler)])
    expect(handler).toHaveBeenCalledOnce()
  })

  it('does the other jobs when some fail', async () => {
    const at = clock()
    const first = event({ delivery: '0' })
    const all = Array.from({ length: 12 }, (_, index) => ({ ...first, delivery: `${index}`, subject: `${index}` }))
    for (const each of all) await failed(each)
    at(MINUTE)
    const handler = vi.fn<JobHandler>(async (subject) => {
      if (Number(subject) % 3 === 0) throw new Error('broken')
      return `of ${subject}`
    })
    await here.retry(first, handler)
    expect(handler).toHaveBeenCalledTimes(12)
    const items = await Promise.all(all.map((each) => here.item(each)))
    expect(items.map((item) => item?.['work_state'])).toEqual(
      all.map((_, index) => (index % 3 === 0 ? 'pending' : 'done')),
    )
    expect(items[3]).toMatchObject({ attempts: 1, reason: 'internal_error', due_at: Date.now() + 2 * MINUTE })
  })

  it('starts nothing after its deadline', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const handler = returning('outcome')
    for (const late of [0, 1, HOUR]) await here.retry(one, handler, Date.now() - late)
    expect(handler).not.toHaveBeenCalled()
    expect(await here.item(one)).toMatchObject({ attempts: 0 })
    await here.retry(one, handler, Date.now() + 1)
    expect(handler).toHaveBeenCalledOnce()
  })

  it('passes each job its own deadline', async () => {
    setTimeBudgets({ providerMs: 7_000 })
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const handler = returning('outcome')
    await here.retry(one, handler)
    expect(handler.mock.calls[0]?.[1]).toBe(Date.now() + 7_000)
  })

  it('reschedules a job of an unknown kind, and finally makes it a dead letter', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    await here.retry(event(), returning('outcome'))
    expect(await here.item(one)).toMatchObject({
      work_state: 'pending',
      outbox: 'due',
      attempts: 1,
      reason: 'internal_error',
      due_at: Date.now() + 2 * MINUTE,
    })
    for (let hour = 1; hour <= 30; hour += 1) {
      at(hour * 60 * MINUTE + MINUTE)
      await here.retry(event(), returning('outcome'))
    }
    expect(await here.item(one)).toMatchObject({ outbox: 'parked', attempts: 31 })
    expect(await here.deliver(one, returning('outcome'))).toBe('outcome')
  })
})
