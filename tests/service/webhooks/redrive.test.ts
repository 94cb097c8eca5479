// @module-tag local-only
// A deployment has the providers of its own webhooks.yml.
import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Fake, startFake } from '../../../dev/fakes/fake.ts'
import { began, callsTo, delivery, statusEvent } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

const SECRET = 'the secret of the shop'
const TARGET_SECRET = `whsec_${Buffer.from('the secret of the target, 32 byt').toString('base64')}`
const shop = { verify: { scheme: 'hmac', header: 'x-signature' }, id: '/id' }

let target: Fake
let latchkey: Latchkey
beforeAll(async () => {
  target = await startFake(() => ({ status: 204 }))
  latchkey = await startLatchkey({
    WEBHOOK_SHOP: SECRET,
    WEBHOOK_TARGET_SHOP: TARGET_SECRET,
    WEBHOOK_TARGET_INCODE: TARGET_SECRET,
  })
})
afterAll(() => Promise.all([latchkey.stop(), target.stop()]))
beforeEach(() => useTarget(target.url))
afterEach(() => {
  vi.useRealTimers()
  target.plan = () => undefined
})

/** Deploys webhooks.yml with a target of its providers, or without one. */
async function useTarget(url: string | undefined) {
  const recipient = url === undefined ? {} : { target: url }
  process.env['WEBHOOKS'] = JSON.stringify({ shop: { ...shop, ...recipient }, incode: recipient })
  await latchkey.anotherContainer()
}

/** Advances the clock of the functions by seconds, and runs the schedule. */
async function sweepAfter(seconds: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
  await latchkey.runScheduled('retry-jobs.mjs')
}

let count = 0
/** Delivers a new event of the shop, and returns its public id. */
async function deliver(): Promise<string> {
  count += 1
  const body = JSON.stringify({ id: `evt_${count}` })
  const headers = { 'x-signature': createHmac('sha256', SECRET).update(body).digest('hex') }
  expect((await latchkey.call('/webhook/shop', { method: 'POST', headers, body })).status).toBe(200)
  return `shop:evt_${count}`
}
const redrive = async (id: string) => {
  const answer = await latchkey.asAdmin(`/events/${id}/redrive`, { method: 'POST' })
  return [answer.status, (await fieldsOf(answer))['state']]
}
const show = async (id: string) => fieldsOf(await latchkey.asAdmin(`/events/${id}`))
const deliveries = (id: string) => target.calls.filter(({ headers }) => headers['webhook-id'] === id)

describe('a redrive', () => {
  it('sends an event again, with the same id and body', async () => {
    const id = await deliver()
    expect(deliveries(id)).toHaveLength(1)
    expect(await redrive(id)).toEqual([200, 'pending'])
    await sweepAfter(0)
    expect(deliveries(id).map(({ text }) => text)).toEqual(Array(2).fill(JSON.stringify({ id: id.slice(5) })))
    expect(await show(id)).toMatchObject({ state: 'done', attempts: 1, sent_to: ['target'] })
    await sweepAfter(3_700)
    expect(deliveries(id)).toHaveLength(2)
  })

  it('sends an event that was stored before its provider had a target', async () => {
    await useTarget(undefined)
    const id = await deliver()
    expect(await show(id)).toMatchObject({ state: 'stored' })
    expect((await redrive(id))[0]).toBe(409)
    await useTarget(target.url)
    expect(await redrive(id)).toEqual([200, 'pending'])
    await sweepAfter(0)
    expect(deliveries(id)).toHaveLength(1)
    expect(await show(id)).toMatchObject({ state: 'done', sent_to: ['target'] })
  })

  it('retries at once after the target was corrected', async () => {
    target.plan = () => ({ status: 500 })
    const id = await deliver()
    expect(await show(id)).toMatchObject({ state: 'pending', reason: 'provider_unavailable' })
    const before = deliveries(id).length
    target.plan = () => undefined
    await latchkey.anotherContainer()
    expect(await redrive(id)).toEqual([200, 'pending'])
    await sweepAfter(0)
    expect(await show(id)).toMatchObject({ state: 'done', reason: null, due_at: null })
    expect(deliveries(id)).toHaveLength(before + 1)
  })

  it('of an event that is being sent has no effect on that', async () => {
    const started = Promise.withResolvers<void>()
    const end = Promise.withResolvers<undefined>()
    target.plan = () => {
      started.resolve()
      return end.promise
    }
    const delivering = deliver()
    await started.promise
    const id = `shop:evt_${count}`
    expect(await redrive(id)).toEqual([200, 'pending'])
    await sweepAfter(0)
    end.resolve(undefined)
    await delivering
    await sweepAfter(0)
    expect(deliveries(id)).toHaveLength(1)
    expect(await show(id)).toMatchObject({ state: 'done', sent_to: ['target'] })
  })

  it('sends an approved session again without a second approval', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    const approve = () => latchkey.call('/approve', delivery(statusEvent(interviewId)))
    expect((await approve()).status).toBe(200)
    const approvals = callsTo(latchkey, '/omni/process/approve').length
    const id = `incode:${interviewId}:ONBOARDING_FINISHED`
    expect(await redrive(id)).toEqual([200, 'pending'])
    const [, answer] = await Promise.all([sweepAfter(0), approve()])
    expect(answer.status).toBe(200)
    expect(await show(id)).toMatchObject({ state: 'done', sent_to: ['target'] })
    expect(deliveries(id)).toHaveLength(2)
    expect(callsTo(latchkey, '/omni/process/approve')).toHaveLength(approvals)
  })
})
