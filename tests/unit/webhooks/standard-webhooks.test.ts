import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { deliveryOf, NOW, presetScheme } from '../../support/webhooks.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const OTHER = Buffer.alloc(24, 9).toString('base64')
const BODY = '{"type":"user.created"}'
const scheme = presetScheme('standard-webhooks')

const sign = (seconds: number, secret = SECRET) => new Webhook(secret).sign('msg_1', new Date(seconds * 1_000), BODY)
const headersOf = (changed: Record<string, string> = {}): Record<string, string> => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(NOW / 1_000),
  'webhook-signature': sign(NOW / 1_000),
  ...changed,
})
const verify = (changed: Record<string, string>, secrets = [SECRET]) =>
  verifyScheme(scheme, secrets, deliveryOf(headersOf(changed), BODY))

describe('a delivery of Standard Webhooks', () => {
  it('is accepted with each of two secrets', async () => {
    expect([await verify({}, [OTHER, SECRET]), await verify({}, [SECRET, OTHER])]).toEqual(['accepted', 'accepted'])
  })

  it('is accepted if one of its signatures is correct', async () => {
    const signature = `v1a,asymmetric v1,short ${sign(NOW / 1_000, OTHER)} ${sign(NOW / 1_000)}`
    expect(await verify({ 'webhook-signature': signature })).toBe('accepted')
  })

  it('is compared with the first 20 signatures', async () => {
    const others = `${sign(NOW / 1_000, OTHER)} `
    expect(await verify({ 'webhook-signature': others.repeat(20) + sign(NOW / 1_000) })).toBe('signature_wrong')
  })

  it.each([
    [-301, 'time_out_of_range'],
    [-300, 'accepted'],
    [300, 'accepted'],
    [301, 'time_out_of_range'],
  ])('of a time %i seconds from now is %s', async (difference, outcome) => {
    const seconds = NOW / 1_000 + difference
    expect(await verify({ 'webhook-timestamp': String(seconds), 'webhook-signature': sign(seconds) })).toBe(outcome)
  })

  it.each([
    ['time_malformed', { 'webhook-timestamp': `0${NOW / 1_000}` }],
    ['time_malformed', { 'webhook-timestamp': `${NOW / 1_000}.0` }],
    ['time_malformed', { 'webhook-timestamp': 'now' }],
    ['signature_malformed', { 'webhook-id': '' }],
    ['signature_malformed', { 'webhook-signature': '' }],
    ['signature_malformed', { 'webhook-signature': sign(NOW / 1_000).slice(0, -2) }],
    ['signature_malformed', { 'webhook-signature': sign(NOW / 1_000).replace('v1', 'v2') }],
    ['signature_wrong', { 'webhook-id': 'msg_2' }],
    ['signature_wrong', { 'webhook-timestamp': String(NOW / 1_000 - 1) }],
  ])('is %s with %o', async (outcome, changed) => {
    expect(await verify(changed)).toBe(outcome)
  })

  it.each([
    ['signature_missing', 'webhook-signature'],
    ['signature_malformed', 'webhook-id'],
    ['time_missing', 'webhook-timestamp'],
  ])('is %s without %s', async (outcome, name) => {
    const { [name]: _, ...headers } = headersOf()
    expect(await verifyScheme(scheme, [SECRET], deliveryOf(headers, BODY))).toBe(outcome)
  })

  it('is rejected if its body is not UTF-8', async () => {
    const delivery = deliveryOf(headersOf(), Buffer.from([0x22, 0xff, 0x22]))
    expect(await verifyScheme(scheme, [SECRET], delivery)).toBe('body_malformed')
  })
})
