// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProviderEvent } from '../../../lib/jobs/events.ts'
import type { JobHandler } from '../../../lib/jobs/jobs.ts'
import type { Fault } from '../../support/database.ts'
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

/** Breaks the first update that contains this text. */
function once(fault: Fault, part: string) {
  let met = false
  latchkey.database.plan = (command, body) => {
    if (met || command !== 'UpdateItem' || !body.includes(part)) return undefined
    met = true
    return fault
  }
}

/** A handler after which every command fails, and the commands sent since. */
function lastBeforeOutage(end: () => Promise<string> = async () => 'outcome') {
  let before = 0
  const handler = vi.fn<JobHandler>(() => {
    before = latchkey.database.commands.length
    latchkey.database.plan = () => 'failing'
    return end()
  })
  return { handler, sent: () => latchkey.database.commands.slice(before) }
}

/** Delivers an event whose job fails once. */
async function failed(one = event()): Promise<ProviderEvent> {
  await expect(here.deliver(one, here.failing())).rejects.toThrow('The detail.')
  return one
}

describe('after a lost response', () => {
  it.each([
    ['the claim', CLAIM],
    ['the outcome', FINISH],
  ])('to %s, every delivery returns the outcome', async (_which, part) => {
    const one = event()
    const handler = returning('outcome', 100)
    once('answer lost', part)
    const deliveries = [here, there, here].map((place) => place.deliver(one, handler))
    expect(await Promise.all(deliveries)).toEqual(Array(3).fill('outcome'))
    expect(handler).toHaveBeenCalledOnce()
    expect(await here.item(one)).toMatchObject({ work_state: 'done', attempts: 0 })
  })

  it.each([
    ['the claim', CLAIM],
    ['the outcome', FINISH],
  ])('to %s, the retry does the job and records one attempt', async (_which, part) => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const handler = returning('outcome')
    once('answer lost', part)
    await here.retry(one, handler)
    expect(handler).toHaveBeenCalledOnce()
    expect(await here.item(one)).toMatchObject({ work_state: 'done', attempts: 1 })
  })

  it('to the rescheduling, the delivery fails with the first error', async () => {
    const one = event()
    once('answer lost', POSTPONE)
    await expect(here.deliver(one, here.failing())).rejects.toThrow('The detail.')
    expect(await here.item(one)).toMatchObject({ work_state: 'pending', reason: 'provider_unavailable' })
    expect(await here.deliver(one, returning('outcome'))).toBe('outcome')
  })
})

describe('when the table fails after the job', () => {
  it.each<[string, (() => Promise<string>) | undefined]>([
    ['succeeded', undefined],
    ['failed for the same reason', async () => (await here.jobState('event#none', 0)).state],
  ])('that %s, it writes nothing more, and a later delivery does the job again', async (_how, end) => {
    const at = clock()
    const one = event()
    const { handler, sent } = lastBeforeOutage(end)
    await expect(here.deliver(one, handler)).rejects.toMatchObject(gone)
    expect(sent()).toEqual(Array(3).fill(end ? 'GetItem' : 'UpdateItem'))
    latchkey.database.plan = () => undefined
    const next = returning('outcome')
    await expect(there.deliver(one, next, Date.now())).rejects.toMatchObject(inProgress)
    expect(next).not.toHaveBeenCalled()
    at(LEASE + 1)
    expect(await there.deliver(one, next)).toBe('outcome')
    expect(handler).toHaveBeenCalledOnce()
  })

  it('during a retry, the next retry does the job', async () => {
    const at = clock()
    const one = await failed()
    at(MINUTE)
    const { handler } = lastBeforeOutage()
    // Reading the next page fails, too.
    await here.retry(one, handler).catch(() => undefined)
    expect(handler).toHaveBeenCalledOnce()
    latchkey.database.plan = () => undefined
    at(2 * MINUTE)
    await here.retry(one, returning('outcome'))
    expect(await here.deliver(one, returning('another'))).toBe('outcome')
  })
})

describe('an outcome that is too large to store', () => {
  const huge = () => returning('x'.repeat(400_000))

  it('fails the delivery and reschedules the job', async () => {
    const one = event()
    const before = Date.now()
    await expect(here.deliver(one, huge())).rejects.toThrow()
    const item = await here.item(one)
    expect(item).toMatchObject({
      work_state: 'pending',
      outbox: expect.stringMatching(/^due#\d$/),
      attempts: 0,
      reason: 'internal_error',
    })
    expect(Number(item?.['due_at'])).toBeGreaterThanOrEqual(before + MINUTE)
    expect(await here.deliver(one, returning('outcome'))).toBe('outcome')
  })

  it('makes the job a dead letter after 30 retries', async () => {
    const at = clock()
    const one = event()
    await expect(here.deliver(one, huge())).rejects.toThrow()
    const handler = huge()
    for (let hour = 1; hour <= 33; hour += 1) {
      at(hour * HOUR)
      await here.retry(one, handler)
      expect(handler).toHaveBeenCalledTimes(Math.min(hour, 30))
    }
    expect(await here.item(one)).toMatchObject({
      outbox: expect.stringMatching(/^parked#\d$/),
      attempts: 31,
      reason: 'internal_error',
    })
  })
})

describe('after a change of SEAL_KEY', () => {
  async function containerWithAnotherKey() {
    process.env['SEAL_KEY'] = randomBytes(32).toString('base64url')
    return jobContainer()
  }
  let before: string | undefined
  beforeAll(() => {
    before = process.env['SEAL_KEY']
  })
  afterEach(() => {
    process.env['SEAL_KEY'] = before
  })

  it('rejects deliveries of a finished job with 503, and does not run it again', async () => {
    const one = event()
    await here.deliver(one, returning('outcome'))
    const later = await containerWithAnotherKey()
    const handler = returning('another')
    for (const wait of [0, 500])
      await expect(later.deliver(one, handler, Date.now() + wait)).rejects.toMatchObject(inProgress)
    expect(handler).not.toHaveBeenCalled()
    expect(await here.deliver(one, handler)).toBe('outcome')
  })

  it('still does pending jobs', async () => {
    const at = clock()
    const [one, other] = [await failed(), await failed()]
    const later = await containerWithAnotherKey()
    expect(await later.deliver(one, returning('outcome'))).toBe('outcome')
    at(MINUTE)
    await later.retry(other, returning('of the retry'))
    expect(await later.deliver(other, returning('another'))).toBe('of the retry')
  })
})

it('rejects a waiting delivery as soon as the outcome of the first cannot be stored', async () => {
  const one = event()
  const { handler, started, end } = pending()
  const first = here.deliver(one, handler)
  await started
  const read = Promise.withResolvers<void>()
  latchkey.database.plan = (command, body) => {
    if (command === 'GetItem' && body.includes(one.provider)) read.resolve()
    return undefined
  }
  const second = there.deliver(one, handler)
  // It reads the job after it could not claim it.
  await read.promise
  end('x'.repeat(400_000))
  await Promise.all([expect(first).rejects.toThrow(), expect(second).rejects.toMatchObject(inProgress)])
  expect(handler).toHaveBeenCalledOnce()
})
