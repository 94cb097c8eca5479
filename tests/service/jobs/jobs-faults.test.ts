import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import type { ProviderEvent } from '../../../lib/jobs/store.ts'
import type { Fault } from '../../support/database.ts'
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
  latchkey.database.plan = () => undefined
  vi.useRealTimers()
})

const inProgress = { code: 'event_in_progress', status: 503 }
const gone = { code: 'storage_unavailable', status: 503 }
const LEASE = 20_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const CLAIM = 'ReturnValues'
const FINISH = ':outcome'
const POSTPONE = ':reason'

/** The first write that has this part meets the fault. */
function once(fault: Fault, part: string) {
  let met = false
  latchkey.database.plan = (command, body) => {
    if (met || command !== 'UpdateItem' || !body.includes(part)) return undefined
    met = true
    return fault
  }
}

/** A worker after which nothing gets through to the table, and what was sent to it since. */
function last(end: () => Promise<string> = async () => 'outcome') {
  let before = 0
  const worker = vi.fn<JobHandler>(() => {
    before = latchkey.database.commands.length
    latchkey.database.plan = () => 'failing'
    return end()
  })
  return { worker, sent: () => latchkey.database.commands.slice(before) }
}

/** Keeps an event whose work has failed once. */
async function failed(one = event()): Promise<ProviderEvent> {
  await expect(here.deliver(one, here.failing())).rejects.toThrow('The detail.')
  return one
}

describe('a write whose answer is lost', () => {
  it.each([
    ['the claim', CLAIM],
    ['the outcome', FINISH],
  ])('(%s) does not keep a delivery from being answered', async (_which, part) => {
    const one = event()
    const worker = giving('outcome', 100)
    once('answer lost', part)
    const deliveries = [here, there, here].map((place) => place.deliver(one, worker))
    expect(await Promise.all(deliveries)).toEqual(Array(3).fill('outcome'))
    expect(worker).toHaveBeenCalledOnce()
    expect(await here.kept(one)).toMatchObject({ work_state: 'done', attempts: 0 })
  })

  it.each([
    ['the claim', CLAIM],
    ['the outcome', FINISH],
  ])('(%s) does not keep the sweep from the work, nor is an attempt counted twice', async (_which, part) => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const worker = giving('outcome')
    once('answer lost', part)
    await here.sweep(one, worker)
    expect(worker).toHaveBeenCalledOnce()
    expect(await here.kept(one)).toMatchObject({ work_state: 'done', attempts: 1 })
  })

  it('(the failure) does not change what the failure was', async () => {
    const one = event()
    once('answer lost', POSTPONE)
    await expect(here.deliver(one, here.failing())).rejects.toThrow('The detail.')
    expect(await here.kept(one)).toMatchObject({ work_state: 'pending', reason: 'provider_unavailable' })
    expect(await here.deliver(one, giving('outcome'))).toBe('outcome')
  })
})

describe('when the table is gone after the work', () => {
  it.each<[string, (() => Promise<string>) | undefined]>([
    ['was done', undefined],
    ['failed for that', async () => (await here.jobState('event#none', 0)).state],
  ])('that %s, nothing more is written, and it is done again when it is back', async (_how, end) => {
    const at = clock()
    const one = event()
    const { worker, sent } = last(end)
    await expect(here.deliver(one, worker)).rejects.toMatchObject(gone)
    expect(sent()).toEqual(Array(3).fill(end ? 'GetItem' : 'UpdateItem'))
    latchkey.database.plan = () => undefined
    const next = giving('outcome')
    await expect(there.deliver(one, next, Date.now())).rejects.toMatchObject(inProgress)
    expect(next).not.toHaveBeenCalled()
    at(LEASE + 1)
    expect(await there.deliver(one, next)).toBe('outcome')
    expect(worker).toHaveBeenCalledOnce()
  })

  it('in a sweep, it is done by the next one', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const { worker } = last()
    // Pages cannot be read any more, either.
    await here.sweep(one, worker).catch(() => undefined)
    expect(worker).toHaveBeenCalledOnce()
    latchkey.database.plan = () => undefined
    at(2 * MINUTE)
    await here.sweep(one, giving('outcome'))
    expect(await here.deliver(one, giving('another'))).toBe('outcome')
  })
})

describe('an outcome that cannot be kept', () => {
  const huge = () => giving('x'.repeat(400_000))

  it('fails the delivery, and is put off', async () => {
    const one = event()
    const before = Date.now()
    await expect(here.deliver(one, huge())).rejects.toThrow()
    const item = await here.kept(one)
    expect(item).toMatchObject({ work_state: 'pending', outbox: 'due', attempts: 0, reason: 'internal_error' })
    expect(Number(item?.['due_at'])).toBeGreaterThanOrEqual(before + MINUTE)
    expect(await here.deliver(one, giving('outcome'))).toBe('outcome')
  })

  it('is tried as often as all that fails, and parked in the end', async () => {
    const at = clock()
    const one = event()
    await expect(here.deliver(one, huge())).rejects.toThrow()
    const worker = huge()
    for (let hour = 1; hour <= 33; hour += 1) {
      at(hour * HOUR)
      await here.sweep(one, worker)
      expect(worker).toHaveBeenCalledTimes(Math.min(hour, 30))
    }
    expect(await here.kept(one)).toMatchObject({ outbox: 'parked', attempts: 31, reason: 'internal_error' })
  })
})

describe('after a change of SEAL_KEY', () => {
  async function resealed() {
    process.env['SEAL_KEY'] = randomBytes(32).toString('base64url')
    return outboxContainer()
  }
  let before: string | undefined
  beforeAll(() => {
    before = process.env['SEAL_KEY']
  })
  afterEach(() => {
    process.env['SEAL_KEY'] = before
  })

  it('an event whose work is done is not done again: nobody is told a wrong outcome', async () => {
    const one = event()
    await here.deliver(one, giving('outcome'))
    const later = await resealed()
    const worker = giving('another')
    for (const wait of [0, 500])
      await expect(later.deliver(one, worker, Date.now() + wait)).rejects.toMatchObject(inProgress)
    expect(worker).not.toHaveBeenCalled()
    expect(await here.deliver(one, worker)).toBe('outcome')
  })

  it('work that is pending is done all the same', async () => {
    const at = clock()
    const [one, other] = [await failed(), await failed()]
    const later = await resealed()
    expect(await later.deliver(one, giving('outcome'))).toBe('outcome')
    at(MINUTE)
    await later.sweep(other, giving('of the sweep'))
    expect(await later.deliver(other, giving('another'))).toBe('of the sweep')
  })
})

it('who waits for another that fails to keep its outcome is refused, not kept waiting', async () => {
  const one = event()
  const { worker, begun, end } = slow()
  const first = here.deliver(one, worker)
  await begun
  const second = there.deliver(one, worker)
  end('x'.repeat(400_000))
  await Promise.all([expect(first).rejects.toThrow(), expect(second).rejects.toMatchObject(inProgress)])
  expect(worker).toHaveBeenCalledOnce()
})
