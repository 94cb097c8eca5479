// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProviderEvent } from '../../../lib/jobs/events.ts'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import { clock, event, type JobContainer, jobContainer, pending, returning } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

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

const unavailable = { code: 'provider_unavailable' }
const inProgress = { code: 'event_in_progress', status: 503, headers: { 'retry-after': '30' } }
const MINUTE = 60_000
const HOUR = 3_600_000

describe('the job of an event', () => {
  it('runs once for ten concurrent deliveries, which all return its outcome', async () => {
    const one = event()
    const handler = returning('outcome', 300)
    const deadline = Date.now() + 90_000
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 ? here : there).deliver(one, handler, deadline)),
    )
    expect(outcomes).toEqual(Array(10).fill('outcome'))
    expect(handler.mock.calls).toEqual([['subject', deadline]])
  })

  it('does not run again: later deliveries return the stored outcome, even an empty one', async () => {
    const handler = returning('another')
    for (const outcome of ['outcome', '']) {
      const one = event()
      await here.deliver(one, returning(outcome))
      expect(await here.deliver(one, handler)).toBe(outcome)
      expect(await there.deliver(one, handler, 0)).toBe(outcome)
    }
    expect(handler).not.toHaveBeenCalled()
  })

  it('is separate for each event', async () => {
    const handler = vi.fn<JobHandler>(async (subject) => `of ${subject}`)
    const a = event({ subject: 'a' })
    const b = { ...a, delivery: 'other', subject: 'b' }
    const c = event({ subject: 'c' })
    const outcomes = await Promise.all([a, b, c].map((each) => here.deliver(each, handler)))
    expect(outcomes).toEqual(['of a', 'of b', 'of c'])
  })

  it('stores body and outcome encrypted', async () => {
    const one = event()
    await here.deliver(one, returning('the outcome'))
    const text = JSON.stringify(await here.item(one))
    expect(text).toContain('subject')
    expect(text).not.toContain('as it came')
    expect(text).not.toContain('the outcome')
  })

  it('starts for an event that was stored before without a job', async () => {
    const one = event()
    await here.recordEvent(one)
    expect(await here.deliver(one, returning('outcome'))).toBe('outcome')
  })

  it('rejects a waiting delivery at its deadline, and does not run again', async () => {
    const one = event()
    const { handler, started, end } = pending()
    const first = here.deliver(one, handler)
    await started
    const began = Date.now()
    const waiting = [500, 0].map((ms) => there.deliver(one, handler, began + ms))
    await Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject(inProgress)))
    end('outcome')
    expect(await first).toBe('outcome')
    expect(handler).toHaveBeenCalledOnce()
  })
})

describe('a failing job', () => {
  it('fails the delivery and is due a minute later, with the code of the error', async () => {
    const one = event()
    const before = Date.now()
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject({ ...unavailable, message: 'The detail.' })
    const item = await here.item(one)
    expect(item).toMatchObject({ work_state: 'pending', outbox: 'due', attempts: 0, reason: 'provider_unavailable' })
    expect(item?.['due_at']).toBeGreaterThanOrEqual(before + MINUTE)
    expect(item?.['due_at']).toBeLessThanOrEqual(Date.now() + MINUTE)
    expect(JSON.stringify(item)).not.toContain('The detail.')
  })

  it('stores no text of an unexpected error', async () => {
    const one = event()
    const handler = () => Promise.reject(new TypeError('secret'))
    await expect(here.deliver(one, handler)).rejects.toThrow('secret')
    const item = await here.item(one)
    expect(item).toMatchObject({ reason: 'internal_error' })
    expect(JSON.stringify(item)).not.toContain('secret')
  })

  it('rejects waiting deliveries, and runs at the next delivery', async () => {
    const one = event()
    const { handler, started, fail } = pending()
    const first = here.deliver(one, handler)
    await started
    const others = [here.deliver(one, handler), there.deliver(one, handler)]
    setTimeout(fail, 300, new Error('broken'))
    await Promise.all([
      expect(first).rejects.toThrow('broken'),
      ...others.map((each) => expect(each).rejects.toMatchObject(inProgress)),
    ])
    expect(handler).toHaveBeenCalledOnce()
    expect(await here.deliver(one, returning('outcome'))).toBe('outcome')
    expect(await here.item(one)).not.toHaveProperty('reason')
  })

  it('backs off from a minute to an hour after retries, not after deliveries', async () => {
    const at = clock()
    const one = event()
    let now = 0
    const put: unknown[] = []
    const note = async () => {
      const item = await here.item(one)
      put.push([item?.['attempts'], (Number(item?.['due_at']) - Date.now()) / MINUTE])
      now += Number(item?.['due_at']) - Date.now()
    }
    for (let delivery = 0; delivery < 3; delivery += 1)
      await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    await note()
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      at(now)
      await here.retry(one, here.failing())
      await note()
    }
    expect(put).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((minutes, attempts) => [attempts, minutes]))
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    expect(await here.item(one)).toMatchObject({ attempts: 8, due_at: Date.now() + HOUR })
  })

  it('is retried after forty failed deliveries', async () => {
    const at = clock()
    const one = event()
    const handler = here.failing()
    for (let attempt = 0; attempt < 40; attempt += 1)
      await expect(here.deliver(one, handler)).rejects.toMatchObject(unavailable)
    expect(handler).toHaveBeenCalledTimes(40)
    expect(await here.item(one)).toMatchObject({ attempts: 0, outbox: 'due', work_state: 'pending' })
    at(MINUTE)
    await here.retry(one, returning('outcome'))
    expect(await here.deliver(one, returning('another'))).toBe('outcome')
  })
})

describe('a job that fails for a day', () => {
  /** Retries every hour until the job is a dead letter; returns the number of calls. */
  async function retryForADay(at: (after: number) => void, one: ProviderEvent, handler = here.failing()) {
    for (let hour = 1; hour <= 35; hour += 1) {
      at(hour * HOUR)
      await here.retry(one, handler)
    }
    return handler.mock.calls.length
  }

  it('becomes a dead letter at the 31st retry, and is not retried again', async () => {
    const at = clock()
    const one = event()
    const delivered = here.failing()
    await expect(here.deliver(one, delivered)).rejects.toMatchObject(unavailable)
    const handler = here.failing()
    for (let attempt = 1; attempt <= 30; attempt += 1) {
      at(attempt * HOUR)
      await here.retry(one, handler)
      expect(await here.item(one)).toMatchObject({ attempts: attempt, outbox: 'due', work_state: 'pending' })
    }
    expect(handler).toHaveBeenCalledTimes(30)
    at(31 * HOUR)
    await here.retry(one, handler)
    const parked = { attempts: 31, outbox: 'parked', work_state: 'parked', reason: 'provider_unavailable' }
    expect(await here.item(one)).toMatchObject(parked)
    at(1_000 * HOUR)
    await here.retry(one, handler)
    expect(handler).toHaveBeenCalledTimes(30)
    expect(await here.item(one)).toMatchObject(parked)
  })

  it('runs at once when its dead letter is delivered again', async () => {
    const at = clock()
    const one = event()
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    expect(await retryForADay(at, one)).toBe(30)
    expect(await here.deliver(one, returning('outcome'))).toBe('outcome')
    const item = await here.item(one)
    expect(item).toMatchObject({ work_state: 'done' })
    for (const name of ['outbox', 'due_at', 'reason', 'lease_until']) expect(item).not.toHaveProperty(name)
    expect(await there.deliver(one, returning('another'))).toBe('outcome')
  })

  it('becomes a dead letter again when that fails, and runs at the next delivery', async () => {
    const at = clock()
    const one = event()
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    await retryForADay(at, one)
    for (let time = 0; time < 2; time += 1) {
      const handler = here.failing()
      await expect(there.deliver(one, handler)).rejects.toMatchObject(unavailable)
      expect(handler).toHaveBeenCalledOnce()
      at((50 + time * 10) * HOUR)
      expect(await here.item(one)).toMatchObject({ outbox: 'due', work_state: 'pending' })
      await here.retry(one, handler)
      expect(handler).toHaveBeenCalledOnce()
      expect(await here.item(one)).toMatchObject({ outbox: 'parked', work_state: 'parked' })
    }
    expect(await here.deliver(one, returning('outcome'))).toBe('outcome')
  })
})
