import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import type { ProviderEvent } from '../../../lib/jobs/store.ts'
import { clock, event, giving, type OutboxContainer, outboxContainer, slow } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

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

const unavailable = { code: 'provider_unavailable' }
const inProgress = { code: 'event_in_progress', status: 503, headers: { 'retry-after': '30' } }
const MINUTE = 60_000
const HOUR = 3_600_000

describe('the work of an event', () => {
  it('is done once, however often it is delivered at the same time, and all are given its outcome', async () => {
    const one = event()
    const worker = giving('outcome', 300)
    const deadline = Date.now() + 90_000
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => (index % 2 ? here : there).deliver(one, worker, deadline)),
    )
    expect(outcomes).toEqual(Array(10).fill('outcome'))
    expect(worker.mock.calls).toEqual([['subject', deadline]])
  })

  it('is not done again later: its outcome is given, even an empty one', async () => {
    const worker = giving('another')
    for (const outcome of ['outcome', '']) {
      const one = event()
      await here.deliver(one, giving(outcome))
      expect(await here.deliver(one, worker)).toBe(outcome)
      expect(await there.deliver(one, worker, 0)).toBe(outcome)
    }
    expect(worker).not.toHaveBeenCalled()
  })

  it('is another for each event', async () => {
    const worker = vi.fn<JobHandler>(async (subject) => `of ${subject}`)
    const a = event({ subject: 'a' })
    const b = { ...a, delivery: 'other', subject: 'b' }
    const c = event({ subject: 'c' })
    const outcomes = await Promise.all([a, b, c].map((each) => here.deliver(each, worker)))
    expect(outcomes).toEqual(['of a', 'of b', 'of c'])
  })

  it('leaves nothing readable of body and outcome', async () => {
    const one = event()
    await here.deliver(one, giving('the outcome'))
    const text = JSON.stringify(await here.kept(one))
    expect(text).toContain('subject')
    expect(text).not.toContain('as it came')
    expect(text).not.toContain('the outcome')
  })

  it('that was delivered before without work to do is begun by a delivery that wants it done', async () => {
    const one = event()
    await here.recordEvent(one)
    expect(await here.deliver(one, giving('outcome'))).toBe('outcome')
  })

  it('is waited for until the deadline, and not done by who waited', async () => {
    const one = event()
    const { worker, begun, end } = slow()
    const first = here.deliver(one, worker)
    await begun
    const began = Date.now()
    const waiting = [500, 0].map((ms) => there.deliver(one, worker, began + ms))
    await Promise.all(waiting.map((each) => expect(each).rejects.toMatchObject(inProgress)))
    end('outcome')
    expect(await first).toBe('outcome')
    expect(worker).toHaveBeenCalledOnce()
  })
})

describe('work that fails', () => {
  it('fails the delivery, and is kept as due later, with the code of what went wrong', async () => {
    const one = event()
    const before = Date.now()
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject({ ...unavailable, message: 'The detail.' })
    const item = await here.kept(one)
    expect(item).toMatchObject({ work_state: 'pending', outbox: 'due', attempts: 0, reason: 'provider_unavailable' })
    expect(item?.['due_at']).toBeGreaterThanOrEqual(before + MINUTE)
    expect(item?.['due_at']).toBeLessThanOrEqual(Date.now() + MINUTE)
    expect(JSON.stringify(item)).not.toContain('The detail.')
  })

  it('in a way that nobody foresaw is kept without the words of the error', async () => {
    const one = event()
    const worker = () => Promise.reject(new TypeError('secret'))
    await expect(here.deliver(one, worker)).rejects.toThrow('secret')
    const item = await here.kept(one)
    expect(item).toMatchObject({ reason: 'internal_error' })
    expect(JSON.stringify(item)).not.toContain('secret')
  })

  it('refuses deliveries that waited for it, and is done by the next', async () => {
    const one = event()
    const { worker, begun, fail } = slow()
    const first = here.deliver(one, worker)
    await begun
    const others = [here.deliver(one, worker), there.deliver(one, worker)]
    setTimeout(fail, 300, new Error('broken'))
    await Promise.all([
      expect(first).rejects.toThrow('broken'),
      ...others.map((each) => expect(each).rejects.toMatchObject(inProgress)),
    ])
    expect(worker).toHaveBeenCalledOnce()
    expect(await here.deliver(one, giving('outcome'))).toBe('outcome')
    expect(await here.kept(one)).not.toHaveProperty('reason')
  })

  it('is put off for longer and longer by the sweep, not by deliveries', async () => {
    const at = clock()
    const one = event()
    let now = 0
    const put: unknown[] = []
    const note = async () => {
      const item = await here.kept(one)
      put.push([item?.['attempts'], (Number(item?.['due_at']) - Date.now()) / MINUTE])
      now += Number(item?.['due_at']) - Date.now()
    }
    for (let delivery = 0; delivery < 3; delivery += 1)
      await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    await note()
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      at(now)
      await here.sweep(one, here.failing())
      await note()
    }
    expect(put).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((minutes, attempts) => [attempts, minutes]))
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    expect(await here.kept(one)).toMatchObject({ attempts: 8, due_at: Date.now() + HOUR })
  })

  it('forty times in a row as it is delivered is not given up: the sweep does it', async () => {
    const at = clock()
    const one = event()
    const worker = here.failing()
    for (let attempt = 0; attempt < 40; attempt += 1)
      await expect(here.deliver(one, worker)).rejects.toMatchObject(unavailable)
    expect(worker).toHaveBeenCalledTimes(40)
    expect(await here.kept(one)).toMatchObject({ attempts: 0, outbox: 'due', work_state: 'pending' })
    at(MINUTE)
    await here.sweep(one, giving('outcome'))
    expect(await here.deliver(one, giving('another'))).toBe('outcome')
  })
})

describe('work that fails for a day', () => {
  /** Sweeps as often as it takes; gives how often the worker was called. */
  async function sweepAway(at: (after: number) => void, one: ProviderEvent, worker = here.failing()) {
    for (let hour = 1; hour <= 35; hour += 1) {
      at(hour * HOUR)
      await here.sweep(one, worker)
    }
    return worker.mock.calls.length
  }

  it('is parked by the sweep that comes to it for the 31st time, and left alone from then on', async () => {
    const at = clock()
    const one = event()
    const delivered = here.failing()
    await expect(here.deliver(one, delivered)).rejects.toMatchObject(unavailable)
    const worker = here.failing()
    for (let attempt = 1; attempt <= 30; attempt += 1) {
      at(attempt * HOUR)
      await here.sweep(one, worker)
      expect(await here.kept(one)).toMatchObject({ attempts: attempt, outbox: 'due', work_state: 'pending' })
    }
    expect(worker).toHaveBeenCalledTimes(30)
    at(31 * HOUR)
    await here.sweep(one, worker)
    const parked = { attempts: 31, outbox: 'parked', work_state: 'parked', reason: 'provider_unavailable' }
    expect(await here.kept(one)).toMatchObject(parked)
    at(1_000 * HOUR)
    await here.sweep(one, worker)
    expect(worker).toHaveBeenCalledTimes(30)
    expect(await here.kept(one)).toMatchObject(parked)
  })

  it('is taken up by a delivery after it was parked, at once', async () => {
    const at = clock()
    const one = event()
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    expect(await sweepAway(at, one)).toBe(30)
    expect(await here.deliver(one, giving('outcome'))).toBe('outcome')
    const item = await here.kept(one)
    expect(item).toMatchObject({ work_state: 'done' })
    for (const name of ['outbox', 'due_at', 'reason', 'lease_until']) expect(item).not.toHaveProperty(name)
    expect(await there.deliver(one, giving('another'))).toBe('outcome')
  })

  it('is parked again when that fails, and may be delivered again', async () => {
    const at = clock()
    const one = event()
    await expect(here.deliver(one, here.failing())).rejects.toMatchObject(unavailable)
    await sweepAway(at, one)
    for (let time = 0; time < 2; time += 1) {
      const worker = here.failing()
      await expect(there.deliver(one, worker)).rejects.toMatchObject(unavailable)
      expect(worker).toHaveBeenCalledOnce()
      at((50 + time * 10) * HOUR)
      expect(await here.kept(one)).toMatchObject({ outbox: 'due', work_state: 'pending' })
      await here.sweep(one, worker)
      expect(worker).toHaveBeenCalledOnce()
      expect(await here.kept(one)).toMatchObject({ outbox: 'parked', work_state: 'parked' })
    }
    expect(await here.deliver(one, giving('outcome'))).toBe('outcome')
  })
})
