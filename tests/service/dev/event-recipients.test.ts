// @module-tag local-only
// These tests start servers of the local run.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { startEventBus } from '../../../dev/fakes/event-bus.ts'
import { startEventRecipients } from '../../../dev/fakes/event-recipients.ts'
import { startEventTarget } from '../../../dev/fakes/event-target.ts'
import type { Fake } from '../../../dev/fakes/fake.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'
import { putOnBus } from '../../../lib/webhooks/put-on-bus.ts'
import { sendToTarget } from '../../../lib/webhooks/send-to-target.ts'
import { rejection } from '../../support/problems.ts'

const lines: string[] = []
const print = (line: string) => void lines.push(line)
const SECRETS = ['whsec_Zmlyc3Q=', 'whsec_c2Vjb25k']
const TEXT = '{"email":"ann@corp.example"}'
const EVENT = {
  id: 'orders:1',
  provider: 'orders',
  type: 'order.paid',
  receivedAt: Date.UTC(2026, 0, 1),
  contentType: 'application/json',
  body: Buffer.from(TEXT),
}
const later = () => Date.now() + 60_000

let target: Fake
let bus: Fake
beforeAll(async () => {
  target = await startEventTarget((provider) => (provider === 'orders' ? SECRETS : []), print)
  bus = await startEventBus(print)
  vi.stubEnv('STAGE', 'local')
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local')
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', bus.url)
  clearSettingsCache()
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await Promise.all([target.stop(), bus.stop()])
})
beforeEach(() => {
  lines.length = 0
})

const shown = async (url: string): Promise<unknown[]> => z.array(z.unknown()).parse(await (await fetch(url)).json())

describe('the fake target', () => {
  it('verifies an event, prints a line without its body, and shows it', async () => {
    await sendToTarget(EVENT, target.url, ['whsec_c2Vjb25k'], later())
    expect(lines).toEqual(['Target: orders, order.paid, orders:1, 28 bytes, signature valid'])
    expect(await shown(target.url)).toMatchObject([
      { provider: 'orders', type: 'order.paid', id: 'orders:1', bytes: 28, signature: 'valid', body: TEXT },
    ])
  })

  it.each([
    ['another secret', 'orders', 'whsec_b3RoZXI='],
    ['an unknown provider', 'other', 'whsec_c2Vjb25k'],
  ])('rejects an event of %s', async (_, provider, secret) => {
    const problem = await rejection(sendToTarget({ ...EVENT, provider }, target.url, [secret], later()))
    expect(problem.facts).toMatchObject({ status: 401 })
    expect(lines).toEqual([`Target: ${provider}, order.paid, orders:1, 28 bytes, signature invalid`])
  })

  it('shows the last 50 events, newest first', async () => {
    for (let index = 1; index <= 51; index += 1)
      await sendToTarget({ ...EVENT, id: `orders:${index}` }, target.url, SECRETS, later())
    const events = await shown(target.url)
    expect(events).toHaveLength(50)
    expect(events[0]).toMatchObject({ id: 'orders:51' })
    expect(target.calls.length).toBeLessThan(2)
  })

  it('prints no control characters, and accepts POST only', async () => {
    const headers = { 'webhook-id': 'a\u009b2Jb', 'x-latchkey-provider': 'orders' }
    expect((await fetch(target.url, { method: 'POST', headers, body: '{}' })).status).toBe(401)
    expect(lines).toEqual(['Target: orders, no type, a\ufffd2Jb, 2 bytes, signature invalid'])
    expect((await fetch(target.url, { method: 'PUT' })).status).toBe(405)
  })
})

describe('the fake bus', () => {
  it('accepts an event, and prints a line without its body', async () => {
    await putOnBus(EVENT, 'team', later())
    expect(lines).toEqual([expect.stringMatching(/^Bus team: latchkey\.orders, order\.paid, orders:1, \d+ bytes$/)])
  })

  it.each([
    ['another action', 'AWSEvents.PutRule', '{}', 400, 'UnknownOperationException'],
    ['no entries', 'AWSEvents.PutEvents', '{"Entries":[]}', 400, 'ValidationException'],
    [
      'an entry whose detail is not JSON',
      'AWSEvents.PutEvents',
      '{"Entries":[{"EventBusName":"a","Source":"b","DetailType":"c","Detail":"d"}]}',
      200,
      'MalformedDetail',
    ],
  ])('rejects %s', async (_, action, body, status, code) => {
    const response = await fetch(bus.url, { method: 'POST', headers: { 'x-amz-target': action }, body })
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(code)
    expect(lines).toEqual([])
  })
})

describe('the recipients of the local run', () => {
  it('are added to entries that have none', async () => {
    const { addTo, targetUrl, settings, walkThroughs } = await startEventRecipients(() => SECRETS, print)
    const own = { verify: [], target: 'http://localhost:4000/' }
    const changed = addTo(JSON.stringify({ orders: { like: 'stripe' }, own }))
    expect(JSON.parse(changed)).toEqual({ orders: { like: 'stripe', target: targetUrl, bus: 'local' }, own })
    expect(walkThroughs(JSON.stringify({ orders: {} }))).toMatchObject([{ needs: [], lines: [`curl ${targetUrl}`] }])
    expect(walkThroughs(JSON.stringify({ own }))).toEqual([])
    await sendToTarget(EVENT, targetUrl, SECRETS, later())
    expect(lines).toEqual([expect.stringMatching(/ valid$/)])
    expect(settings).toEqual({ AWS_ENDPOINT_URL_EVENTBRIDGE: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/) })
  })

  it.each(['{}', '', 'not JSON'])('change nothing if webhooks.yml is %j', async (text) => {
    const { addTo, walkThroughs } = await startEventRecipients(() => [], print)
    expect(addTo(text)).toBe(text)
    expect(walkThroughs(text)).toEqual([])
  })
})
