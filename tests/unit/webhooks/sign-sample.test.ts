import { exportJWK, generateKeyPair } from 'jose'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { signSample } from '../../../lib/webhooks/sign-sample.ts'
import { deliveryOf, NOW, presetScheme, webhookScheme } from '../../support/webhooks.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const BODY = Buffer.from('{"id":"evt_1"}')

const timed = (fields: object) =>
  webhookScheme({ scheme: 'timestamped-hmac', header: 'x-signature', timeHeader: 'x-time', ...fields })

async function keySet(alg: string) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  return JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: 'test' }] })
}

describe('a signed sample', () => {
  it.each([
    [presetScheme('standard-webhooks'), KEY],
    [presetScheme('github'), 'key'],
    [presetScheme('shopify'), 'key'],
    [presetScheme('stripe'), 'key'],
    [presetScheme('paddle'), 'key'],
    [presetScheme('slack'), 'key'],
    [presetScheme('livekit'), 'key'],
    [timed({ timeFormat: 'iso', content: '{time}{body}' }), 'key'],
    [timed({ timeFormat: 'milliseconds', content: 'POST{body}{time}' }), 'key'],
    [webhookScheme({ scheme: 'hmac', header: 'x-signature', prefix: 'v1=', separator: ',' }), 'key'],
    [webhookScheme({ scheme: 'header' }), 'X-Key: long-enough'],
    [webhookScheme({ scheme: 'header', header: 'x-key' }), 'key'],
    [webhookScheme({ scheme: 'basic' }), 'ann:password'],
  ])('is accepted: %o', async (scheme, secret) => {
    const headers = await signSample(scheme, secret, BODY, NOW)
    expect(await verifyScheme(scheme, [secret], deliveryOf(headers, BODY))).toBe('accepted')
  })

  it('is accepted with a private key of the set', async () => {
    const secret = await keySet('ES256')
    const headers = await signSample(presetScheme('plaid'), secret, BODY, NOW)
    expect(await verifyScheme(presetScheme('plaid'), [secret], deliveryOf(headers, BODY))).toBe('accepted')
  })

  it('is not made with a key of another algorithm, or without a private key', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true })
    const publicSet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test' }] })
    for (const secret of [await keySet('EdDSA'), publicSet]) {
      await expect(signSample(presetScheme('plaid'), secret, BODY, NOW)).rejects.toThrow('a private key')
    }
  })

  it('is accepted by the unmodified libraries', async () => {
    const now = Date.now()
    const standard = await signSample(presetScheme('standard-webhooks'), KEY, BODY, now)
    expect(new Webhook(KEY).verify(BODY.toString(), standard, { jsonParse: true })).toEqual({ id: 'evt_1' })
    const { 'stripe-signature': header = '' } = await signSample(presetScheme('stripe'), 'key', BODY, now)
    expect(Stripe.webhooks.constructEvent(BODY, header, 'key').id).toBe('evt_1')
  })
})
