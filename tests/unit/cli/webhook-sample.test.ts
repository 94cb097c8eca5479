import { expect, it } from 'vitest'
import { makeSample } from '../../../cli/support/webhook-sample.ts'
import { readEvent } from '../../../lib/webhooks/read-event.ts'
import { NOW, webhookProvider } from '../../support/webhooks.ts'

const text = (body: Uint8Array) => Buffer.from(body).toString()

it.each([
  ['stripe', {}],
  ['paddle', {}],
  ['slack', {}],
  ['github', {}],
  ['shopify', {}],
  ['onfido', {}],
  ['svix', {}],
  ['stripe', { id: '/data/a~1b/~0id', type: '/data/type', time: 'x-time' }],
])('a sample of %s has its id, type and time where the entry says', (like, entry) => {
  const provider = webhookProvider({ like, ...entry })
  const { body, headers } = makeSample(provider, 'invoice.paid', NOW)
  const { type, time } = readEvent(provider, { headers, rawBody: body, receivedAt: NOW })
  expect(type).toBe('invoice.paid')
  expect(time).toBe(provider.time === undefined ? null : NOW)
  const other = makeSample(provider, 'invoice.paid', NOW)
  expect([text(other.body), other.headers]).not.toEqual([text(body), headers])
})

it('a sample leaves out what is below a value', () => {
  const { body } = makeSample({ id: '/a', type: '/a/b' }, 'x', NOW)
  expect(JSON.parse(text(body))).toEqual({ a: expect.stringMatching(/^sample_/) })
})

it('a given body stays as it is', () => {
  const given = Buffer.from('{ "a": 1 }')
  expect(makeSample({ type: 'x-type' }, 'x', NOW, given)).toEqual({
    body: given,
    headers: { 'content-type': 'application/json', 'x-type': 'x' },
  })
})
