import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import type { Job } from '../../../lib/jobs/store.ts'
import { clock, event, giving, type OutboxContainer, outboxContainer, slow } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
let here: OutboxContainer
let there: OutboxContainer
beforeAll(async () => {
  latchkey = await startLatchkey()
  here = await outboxContainer()
  there = await outboxContainer()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
})

const inProgress = { code: 'event_in_progress' }
const LEASE = 20_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Work that was begun by somebody who is never heard of again. */
async function crashed(one = event()): Promise<Job> {
  const claim = await here.claimEvent(one, one.provider, Date.now())
  return claim.state === 'claimed' ? claim.work : expect.unreachable('it was not claimed')
}

/** Keeps an event whose work has failed once. */
async function failed(one = event()) {
  await expect(here.deliver(one, here.failing())).rejects.toThrow('The detail.')
  return one
}

describe('a crash', () => {
  it('keeps deliveries from the work for twenty seconds', async () => {
    const at = clock()
    const one = event()
    await crashed(one)
    const worker = giving('outcome')
    at(LEASE - 1)
    await expect(there.deliver(one, worker, Date.now())).rejects.toMatchObject(inProgress)
    expect(worker).not.toHaveBeenCalled()
    at(LEASE + 1)
    expect(await there.deliver(one, worker)).toBe('outcome')
  })

  it('is made good by the sweep after a minute', async () => {
    const at = clock()
    const one = event()
    await crashed(one)
    const worker = giving('outcome')
    at(MINUTE - 1)
    await there.sweep(one, worker)
    expect(worker).not.toHaveBeenCalled()
    at(MINUTE)
    await there.sweep(one, worker)
    expect(worker.mock.calls).toEqual([['subject', expect.any(Number)]])
    expect(await here.deliver(one, giving('another'))).toBe('outcome')
  })

  it('of a sweep counts as an attempt, of a delivery it does not', async () => {
    const at = clock()
    const one = event()
    const crashing = slow()
    for (let times = 0; times < 40; times += 1) {
      at(times * (LEASE + 1))
      await crashed(one)
    }
    expect(await here.kept(one)).toMatchObject({ attempts: 0, outbox: 'due' })
    for (let attempt = 1; attempt <= 30; attempt += 1) {
      at(HOUR + attempt * 2 * MINUTE)
      void here.sweep(one, crashing.worker)
      await vi.waitFor(() => expect(crashing.worker).toHaveBeenCalledTimes(attempt))
    }
    at(3 * HOUR)
    await here.sweep(one, crashing.worker)
    expect(crashing.worker).toHaveBeenCalledTimes(30)
    const item = await here.kept(one)
    expect(item).toMatchObject({ attempts: 31, outbox: 'parked' })
    expect(item).not.toHaveProperty('reason')
  })
})

it('a claim ends once', async () => {
  const one = event()
  const work = await crashed(one)
  expect(await here.finishJob(work, 'outcome')).toBe(true)
  expect(await here.finishJob(work, 'another')).toBe(false)
  expect(await here.rescheduleJob(work, 0, 'late')).toBe(false)
  expect(await here.deliver(one, giving('another'))).toBe('outcome')
})

describe('who lost the claim to another', () => {
  it('changes nothing of the outcome any more', async () => {
    const at = clock()
    const one = event()
    const late = await crashed(one)
    at(LEASE + 1)
    await there.deliver(one, giving('of the other'))
    const kept = await here.kept(one)
    expect(await here.finishJob(late, 'of the late one')).toBe(false)
    expect(await here.rescheduleJob(late, Date.now(), 'late')).toBe(false)
    expect(await here.deadLetterJob(late)).toBe(false)
    expect(await here.kept(one)).toEqual(kept)
    expect(await here.deliver(one, giving('another'))).toBe('of the other')
  })

  it.each(['finishWork', 'postponeWork', 'parkWork'] as const)(
    'does not end work that is under way: %s',
    async (how) => {
      const at = clock()
      const one = event()
      const late = await crashed(one)
      at(LEASE + 1)
      const { worker, begun, end } = slow()
      const other = there.deliver(one, worker)
      await begun
      const ending = {
        finishWork: () => here.finishJob(late, 'late'),
        postponeWork: () => here.rescheduleJob(late, 0, 'late'),
        parkWork: () => here.deadLetterJob(late),
      }
      expect(await ending[how]()).toBe(false)
      await expect(here.deliver(one, giving('another'), Date.now())).rejects.toMatchObject(inProgress)
      end('of the other')
      expect(await other).toBe('of the other')
      expect(await here.deliver(one, giving('another'))).toBe('of the other')
    },
  )

  it.each(['end', 'fail'] as const)('by being slow (%s) leaves the outcome of the other', async (how) => {
    const at = clock()
    const one = event()
    const late = slow()
    const first = here.deliver(one, late.worker)
    await late.begun
    at(LEASE + 1)
    expect(await there.deliver(one, giving('of the other'))).toBe('of the other')
    if (how === 'end') late.end('late')
    else late.fail(new Error('late'))
    if (how === 'end') expect(await first).toBe('of the other')
    else await expect(first).rejects.toThrow('late')
    expect(await here.deliver(one, giving('another'))).toBe('of the other')
    expect(await here.kept(one)).toMatchObject({ work_state: 'done' })
    expect(await here.kept(one)).not.toHaveProperty('outbox')
  })
})

describe('a sweep', () => {
  it('does what is due, not before', async () => {
    const at = clock()
    const one = await failed()
    const worker = giving('outcome')
    at(MINUTE - 1)
    await here.sweep(one, worker)
    expect(worker).not.toHaveBeenCalled()
    at(MINUTE)
    await here.sweep(one, worker)
    expect(await here.deliver(one, giving('another'))).toBe('outcome')
    at(10 * MINUTE)
    await here.sweep(one, worker)
    expect(worker).toHaveBeenCalledOnce()
  })

  it('leaves alone what another sweep is at', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const worker = giving('outcome', 200)
    await Promise.all([here.sweep(one, worker), there.sweep(one, worker), here.sweep(one, worker)])
    expect(worker).toHaveBeenCalledOnce()
  })

  it('does the rest when some of it fails', async () => {
    const at = clock()
    const first = event({ delivery: '0' })
    const all = Array.from({ length: 12 }, (_, index) => ({ ...first, delivery: `${index}`, subject: `${index}` }))
    for (const each of all) await failed(each)
    at(MINUTE)
    const worker = vi.fn<JobHandler>(async (subject) => {
      if (Number(subject) % 3 === 0) throw new Error('broken')
      return `of ${subject}`
    })
    await here.sweep(first, worker)
    expect(worker).toHaveBeenCalledTimes(12)
    const items = await Promise.all(all.map((each) => here.kept(each)))
    expect(items.map((item) => item?.['work_state'])).toEqual(
      all.map((_, index) => (index % 3 === 0 ? 'pending' : 'done')),
    )
    expect(items[3]).toMatchObject({ attempts: 1, reason: 'internal_error', due_at: Date.now() + 2 * MINUTE })
  })

  it('begins nothing after its deadline', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const worker = giving('outcome')
    for (const late of [0, 1, HOUR]) await here.sweep(one, worker, Date.now() - late)
    expect(worker).not.toHaveBeenCalled()
    expect(await here.kept(one)).toMatchObject({ attempts: 0 })
    await here.sweep(one, worker, Date.now() + 1)
    expect(worker).toHaveBeenCalledOnce()
  })

  it('gives each work a deadline of its own', async () => {
    setTimeBudgets({ providerMs: 7_000 })
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const worker = giving('outcome')
    await here.sweep(one, worker)
    expect(worker.mock.calls[0]?.[1]).toBe(Date.now() + 7_000)
  })

  it('puts off work of a kind that nobody knows, and parks it in the end', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    await here.sweep(event(), giving('outcome'))
    expect(await here.kept(one)).toMatchObject({
      work_state: 'pending',
      outbox: 'due',
      attempts: 1,
      reason: 'internal_error',
      due_at: Date.now() + 2 * MINUTE,
    })
    for (let hour = 1; hour <= 30; hour += 1) {
      at(hour * 60 * MINUTE + MINUTE)
      await here.sweep(event(), giving('outcome'))
    }
    expect(await here.kept(one)).toMatchObject({ outbox: 'parked', attempts: 31 })
    expect(await here.deliver(one, giving('outcome'))).toBe('outcome')
  })
})
