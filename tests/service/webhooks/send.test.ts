// @module-tag local-only
// A deployment has the providers of its own webhooks.yml.
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Fake, type FakeCall, startFake } from '../../../dev/fakes/fake.ts'
import { began, callsTo, delivery, statusEvent, statusOf } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

const TARGET_SECRET = `whsec_${Buffer.from('the secret of the target, 32 byt').toString('base64')}`

let target: Fake
let bus: Fake
let latchkey: Latchkey
beforeAll(async () => {
  target = await startFake(() => ({ status: 204 }))
  bus = await startFake(() => ({ status: 200, body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } }))
  latchkey = await startLatchkey({
    WEBHOOKS: JSON.stringify({
      stripe: { like: 'stripe', target: `${target.url}/hooks` },
      both: { like: 'stripe', target: `${target.url}/both`, bus: 'team' },
      incode: { target: `${target.url}/incode` },
      // The same target, without the secret that signs for it.
      unsigned: { like: 'stripe', target: `${target.url}/hooks` },
    }),
    WEBHOOK_STRIPE: 'whsec_of_stripe',
    WEBHOOK_BOTH: 'whsec_of_stripe',
    WEBHOOK_UNSIGNED: 'whsec_of_stripe',
    WEBHOOK_TARGET_STRIPE: TARGET_SECRET,
    WEBHOOK_TARGET_BOTH: TARGET_SECRET,
    WEBHOOK_TARGET_INCODE: TARGET_SECRET,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url,
  })
})
afterAll(() => Promise.all([latchkey.stop(), target.stop(), bus.stop()]))
beforeEach(async () => {
  target.calls.length = 0
  bus.calls.length = 0
  // Without the memory of failures of the last test.
  await latchkey.anotherContainer()
})
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
  latchkey.incode.plan = () => undefined
  target.plan = () => undefined
  bus.plan = () => undefined
})

/** Advances the clock of the functions by seconds. */
function later(seconds: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
}
const sweep = () => latchkey.runScheduled('retry-jobs.mjs')

let count = 0
const newId = () => `evt_${++count}`
function deliver(id: string, provider = 'stripe') {
  const payload = JSON.stringify({ id, type: 'invoice.paid', created: 1_790_000_000 })
  const secret = 'whsec_of_stripe'
  const timestamp = Math.floor(Date.now() / 1000)
  const headers = { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) }
  return latchkey.call(`/webhook/${provider}`, { method: 'POST', headers, body: payload })
}

async function item(id: string, provider = 'stripe') {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const Key = { id: `event#${provider}#${id}` }
  return (await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))).Item
}
const idOf = ({ headers }: FakeCall) => headers['webhook-id']
const received = (id: string, provider = 'stripe') => target.calls.filter((call) => idOf(call) === `${provider}:${id}`)

describe('an event', () => {
  it('reaches the target at once, and unmodified receivers verify it', async () => {
    const id = newId()
    expect((await deliver(id)).status).toBe(200)
    const [call] = received(id)
    const headers = Object.fromEntries(
      Object.entries(call?.headers ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
    expect(new StandardWebhook(TARGET_SECRET).verify(call?.text ?? '', headers)).toMatchObject({ id })
    expect(() => new SvixWebhook(TARGET_SECRET).verify(call?.text ?? '', headers)).not.toThrow()
    expect(call).toMatchObject({
      path: '/hooks',
      headers: { 'x-latchkey-provider': 'stripe', 'x-latchkey-type': 'invoice.paid' },
    })
    expect(await item(id)).toMatchObject({ work_state: 'done', sent_to: ['target'] })
    expect((await item(id))?.['outbox']).toBeUndefined()
  })

  it('is sent once, whether its deliveries repeat one after the other or ten at once', async () => {
    const id = newId()
    const statuses = await Promise.all(Array.from({ length: 10 }, () => deliver(id)))
    expect(statuses.map(({ status }) => status)).toEqual(Array(10).fill(200))
    await deliver(id)
    later(61)
    await sweep()
    expect(received(id)).toHaveLength(1)
  })

  it('is sent in any order, and an older one does not stop a newer one', async () => {
    const [older, newer] = [newId(), newId()]
    target.plan = ({ text }) => (text.includes(older) ? { status: 500 } : undefined)
    await deliver(older)
    await deliver(newer)
    expect([received(newer).length, (await item(newer))?.['work_state']]).toEqual([1, 'done'])
    target.plan = () => undefined
    later(61)
    await sweep()
    expect((await item(older))?.['work_state']).toBe('done')
  })

  it('goes to target and bus, and each gets it once, whatever the other does', async () => {
    const id = newId()
    bus.plan = () => ({ status: 200, body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] } })
    expect((await deliver(id, 'both')).status).toBe(200)
    expect(await item(id, 'both')).toMatchObject({ work_state: 'pending', sent_to: ['target'] })
    bus.plan = () => undefined
    later(61)
    await sweep()
    expect(await item(id, 'both')).toMatchObject({ work_state: 'done', sent_to: ['target', 'bus'] })
    expect([received(id, 'both').length, bus.calls.length]).toEqual([1, 2])
    expect(bus.calls.at(-1)?.body).toMatchObject({
      Entries: [{ EventBusName: 'team', Source: 'latchkey.both', DetailType: 'invoice.paid' }],
    })
  })
})

describe('a target', () => {
  it('that is down for an hour gets every event once it responds, and the provider notices nothing', async () => {
    const ids = Array.from({ length: 20 }, newId)
    target.plan = () => 'never arrives'
    const statuses = await Promise.all(ids.map((id) => deliver(id)))
    expect(statuses.map(({ status }) => status)).toEqual(Array(20).fill(200))
    for (let minute = 0; minute < 60; minute += 5) {
      later(300)
      await sweep()
    }
    expect((await item(ids[0] ?? ''))?.['reason']).toBe('provider_unavailable')
    target.plan = () => undefined
    target.calls.length = 0
    for (let hour = 0; hour < 2; hour += 1) {
      later(3_700)
      await sweep()
    }
    expect(target.calls.map(idOf).toSorted()).toEqual(ids.map((id) => `stripe:${id}`).toSorted())
    for (const id of ids) expect((await item(id))?.['work_state']).toBe('done')
  })

  it('that fails three times is left alone for half a minute, so that webhooks do not wait for it', async () => {
    target.plan = () => ({ status: 500 })
    for (let index = 0; index < 6; index += 1) await deliver(newId())
    expect(target.calls).toHaveLength(3)
    later(31)
    target.plan = () => undefined
    const id = newId()
    await deliver(id)
    expect(received(id)).toHaveLength(1)
  })

  it('that rejects some events still gets the others', async () => {
    const [rejected, accepted] = [Array.from({ length: 6 }, newId), Array.from({ length: 5 }, newId)]
    target.plan = ({ text }) => (rejected.some((id) => text.includes(`"${id}"`)) ? { status: 400 } : undefined)
    for (const id of [...rejected, ...accepted]) await deliver(id)
    for (const id of accepted) expect((await item(id))?.['work_state']).toBe('done')
    for (const id of rejected)
      expect(await item(id)).toMatchObject({ work_state: 'pending', reason: 'provider_refused' })
  })

  it('does not suffer from the missing secret of another provider', async () => {
    for (let index = 0; index < 3; index += 1) await deliver(newId(), 'unsigned')
    const id = newId()
    await deliver(id)
    expect((await item(id))?.['work_state']).toBe('done')
  })

  it('that is left alone for days has no event parked without an attempt', async () => {
    const id = newId()
    target.plan = () => ({ status: 500 })
    await deliver(id)
    const { withBreaker } = await import('../../../lib/webhooks/breaker.ts')
    const { providerProblem } = await import('../../../lib/providers/errors.ts')
    const failing = () => Promise.reject(providerProblem('provider_unavailable', 'The target'))
    for (let hour = 0; hour < 40; hour += 1) {
      later(3_700)
      for (let index = 0; index < 3; index += 1)
        await withBreaker(`${target.url}/hooks`, failing).catch(() => undefined)
      await sweep()
    }
    expect(await item(id)).toMatchObject({ work_state: 'pending', attempts: 29 })
  })

  it('that is removed leaves its events waiting, and not done', async () => {
    const id = newId()
    target.plan = () => ({ status: 500 })
    await deliver(id)
    const before = process.env['WEBHOOKS']
    process.env['WEBHOOKS'] = JSON.stringify({ stripe: { like: 'stripe' } })
    await latchkey.anotherContainer()
    later(61)
    await sweep()
    expect(await item(id)).toMatchObject({ work_state: 'pending', reason: 'recipients_missing' })
    process.env['WEBHOOKS'] = before
  })

  it('that is slow does not delay the events of other providers', async () => {
    const slow = Array.from({ length: 12 }, newId)
    target.plan = () => ({ status: 500 })
    for (const id of slow) await deliver(id)
    const other = newId()
    bus.plan = () => ({ status: 500 })
    await deliver(other, 'both')
    bus.plan = () => undefined
    later(3_700)
    let sent = 0
    target.plan = async ({ path }) => {
      if (path === '/both') return undefined
      sent += 1
      // The slow ones respond once the other provider has its event.
      await vi.waitFor(async () => expect((await item(other, 'both'))?.['work_state']).toBe('done'), { timeout: 5_000 })
      return undefined
    }
    await sweep()
    // Those of earlier tests too.
    expect(sent).toBeGreaterThanOrEqual(12)
  })

  it('that never responds costs a delivery no more than the first attempt', async () => {
    setTimeBudgets({ firstSendMs: 50 })
    target.plan = () => 'never answered'
    const id = newId()
    expect((await deliver(id)).status).toBe(200)
    expect(await item(id)).toMatchObject({ work_state: 'pending', reason: 'provider_timeout' })
  })

  it('chooses how long it is left alone by Retry-After, up to an hour', async () => {
    const id = newId()
    target.plan = () => ({ status: 429, headers: { 'retry-after': '600' } })
    const before = Date.now()
    await deliver(id)
    expect(Number((await item(id))?.['due_at'])).toBeGreaterThanOrEqual(before + 600_000)
  })

  it('that fails for a day has its events parked, and the first success does not need them again', async () => {
    const id = newId()
    target.plan = () => ({ status: 500 })
    await deliver(id)
    for (let hour = 0; hour < 40; hour += 1) {
      later(3_700)
      await sweep()
    }
    expect(await item(id)).toMatchObject({ work_state: 'parked', outbox: expect.stringMatching(/^parked#\d$/) })
  })
})

describe('a crash', () => {
  it.each([1, 2, 3, 4])('at command %d of the table loses nothing', async (first) => {
    const id = newId()
    let commands = 0
    latchkey.database.plan = () => (++commands >= first ? 'never answered' : undefined)
    latchkey.setRemainingTime(1_000)
    const { status } = await deliver(id)
    latchkey.setRemainingTime(60_000)
    latchkey.database.plan = () => undefined
    // The provider delivers again only what was not accepted.
    if (status !== 200) expect((await deliver(id)).status).toBe(200)
    // On a busy machine, the call may have ended before the target responded: its next attempt is later.
    for (let run = 0; run < 5 && (await item(id))?.['work_state'] !== 'done'; run += 1) {
      later(61)
      await sweep()
    }
    expect((await item(id))?.['work_state']).toBe('done')
    expect(new Set(received(id).map(({ text }) => text)).size).toBe(1)
  })

  it('between the target and the record of it sends the event again with the same id', async () => {
    const id = newId()
    target.plan = () => {
      latchkey.database.plan = () => 'failing'
      return undefined
    }
    expect((await deliver(id)).status).toBe(200)
    latchkey.database.plan = () => undefined
    target.plan = () => undefined
    later(61)
    await sweep()
    expect(received(id)).toHaveLength(2)
    expect((await item(id))?.['work_state']).toBe('done')
  })
})

describe('events of Incode', () => {
  const approvals = () => callsTo(latchkey, '/omni/process/approve').length
  const approve = (interviewId: string) => latchkey.call('/approve', delivery(statusEvent(interviewId)))
  const stored = (interviewId: string) => item(`${interviewId}#ONBOARDING_FINISHED`, 'incode')

  it('are approved once and sent once, although both run at once', async () => {
    const interview = await began(latchkey, 'OK')
    const before = approvals()
    const statuses = await Promise.all([1, 2, 3].map(() => approve(interview.interviewId)))
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect([approvals() - before, received(`${interview.interviewId}:ONBOARDING_FINISHED`, 'incode').length]).toEqual([
      1, 1,
    ])
  })

  it('are approved while the target fails, and not approved again when it responds', async () => {
    const interview = await began(latchkey, 'OK')
    const before = approvals()
    target.plan = () => ({ status: 500 })
    expect((await approve(interview.interviewId)).status).toBe(200)
    expect((await statusOf(latchkey, interview)).approved).toBe(true)
    expect((await stored(interview.interviewId))?.['work_state']).toBe('pending')
    expect((await approve(interview.interviewId)).status).toBe(200)
    target.plan = () => undefined
    later(3_700)
    await sweep()
    expect((await stored(interview.interviewId))?.['work_state']).toBe('done')
    expect(approvals() - before).toBe(1)
  })

  it('are sent while Incode fails, and not sent again when it responds', async () => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = () => ({ status: 500 })
    expect((await approve(interview.interviewId)).status).toBe(503)
    latchkey.incode.plan = () => undefined
    later(3_700)
    await sweep()
    expect((await stored(interview.interviewId))?.['work_state']).toBe('done')
    expect(received(`${interview.interviewId}:ONBOARDING_FINISHED`, 'incode')).toHaveLength(1)
    expect((await statusOf(latchkey, interview)).approved).toBe(true)
  })

  it('that /webhook has received and sent are still approved by /approve', async () => {
    const interview = await began(latchkey, 'OK')
    const before = approvals()
    await latchkey.call('/webhook', delivery(statusEvent(interview.interviewId)))
    expect((await stored(interview.interviewId))?.['work_state']).toBe('done')
    expect(await (await approve(interview.interviewId)).json()).toMatchObject({ success: true })
    // And a late delivery to /webhook does not undo that.
    await latchkey.call('/webhook', delivery(statusEvent(interview.interviewId)))
    expect(await (await approve(interview.interviewId)).json()).toMatchObject({ success: true })
    expect(approvals() - before).toBe(1)
    expect(received(`${interview.interviewId}:ONBOARDING_FINISHED`, 'incode')).toHaveLength(1)
  })

  it('are approved although /webhook is still sending the same event', async () => {
    const interview = await began(latchkey, 'OK')
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    target.plan = async () => {
      reach()
      await released
      return undefined
    }
    const sending = latchkey.call('/webhook', delivery(statusEvent(interview.interviewId)))
    await reached
    const approving = approve(interview.interviewId)
    release()
    expect([(await sending).status, (await approving).status]).toEqual([200, 200])
    expect((await statusOf(latchkey, interview)).approved).toBe(true)
  })

  it('of other families are stored and sent', async () => {
    const body = { token: 't', event: 'verification.completed', object: {}, id: 'v-1', timestamp: 1_790_000_000 }
    const answer = await latchkey.call('/webhook', delivery(JSON.stringify(body)))
    expect([answer.status, await answer.json()]).toEqual([200, body])
    expect(await item('v-1', 'incode')).toMatchObject({ event_type: 'verification.completed', work_state: 'done' })
  })
})
