import { describe, expect, it } from 'vitest'
import { checkSecret, schemeHeader, verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { builtInScheme, deliveryOf, NOW, presetScheme, webhookScheme } from '../../support/webhooks.ts'

const jwt = { scheme: 'jwt', header: 'x-jwt', claim: 'c' } as const
const PEM = '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZI\n-----END PUBLIC KEY-----'
const SET = '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'

describe('a secret', () => {
  it.each([
    ['standard-webhooks', webhookScheme({ scheme: 'standard-webhooks' }), 'whsec_not base64!'],
    ['standard-webhooks', webhookScheme({ scheme: 'standard-webhooks' }), 'whsec_'],
    ['hmac', builtInScheme('helplightning'), ''],
    ['timestamped-hmac', presetScheme('stripe'), ''],
    ['header', webhookScheme({ scheme: 'header' }), 'only-a-value'],
    ['header', webhookScheme({ scheme: 'header', header: 'x-key' }), ' '],
    ['basic', webhookScheme({ scheme: 'basic' }), 'only-a-user'],
    ['basic', webhookScheme({ scheme: 'basic' }), 'user:'],
    ['jwt', webhookScheme({ ...jwt, algorithms: ['HS256'] }), ''],
    ['jwt', webhookScheme({ ...jwt, algorithms: ['HS256', 'ES256'] }), PEM],
    ['jwt', webhookScheme({ ...jwt, algorithms: ['HS256', 'ES256'] }), '{"kty":"EC"}'],
    ['jwt', webhookScheme({ ...jwt, algorithms: ['HS256'] }), SET],
    ['jwt', webhookScheme({ ...jwt, algorithms: ['ES256'] }), 'a-shared-key'],
  ])('of %s is an error of the configuration that does not quote it: %#', (_, scheme, secret) => {
    const check = () => checkSecret(scheme, secret)
    expect(check).toThrow(/^Settings: .* must /)
    if (secret.length > 6) expect(check).not.toThrow(secret)
  })

  it.each([
    [webhookScheme({ scheme: 'standard-webhooks' }), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    [webhookScheme({ scheme: 'standard-webhooks' }), 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    [builtInScheme('helplightning'), 'topsecret'],
    [presetScheme('stripe'), 'whsec_test'],
    [builtInScheme('incode'), 'X-Incode-Key: long-enough'],
    [webhookScheme({ scheme: 'header', header: 'x-key' }), 'secret'],
    [webhookScheme({ scheme: 'basic' }), 'user:pass:word'],
    [webhookScheme({ ...jwt, algorithms: ['HS256'] }), 'a-shared-key'],
    [webhookScheme({ ...jwt, algorithms: ['EdDSA'] }), SET],
  ])('of the right form passes: %#', (scheme, secret) => {
    expect(() => checkSecret(scheme, secret)).not.toThrow()
  })

  it('of the wrong form is named by its setting', () => {
    expect(() => checkSecret(builtInScheme('incode'), 'wrong')).toThrow('Settings: INCODE_WEBHOOK_HEADER must')
  })

  it('of the wrong form rejects the delivery with an error, even if another secret is correct', async () => {
    const headers = { 'webhook-id': 'a', 'webhook-timestamp': String(NOW / 1_000), 'webhook-signature': 'v1,AAAA' }
    const signed = { ...headers, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }
    const verified = verifyScheme(webhookScheme({ scheme: 'standard-webhooks' }), ['AAAA', '!'], deliveryOf(signed))
    await expect(verified).rejects.toThrow('must be base64')
  })
})

describe('the header of a scheme', () => {
  it.each([
    ['stripe-signature', presetScheme('stripe')],
    ['webhook-signature or svix-signature', presetScheme('svix')],
    ['authorization', presetScheme('livekit')],
    ['authorization with Basic', webhookScheme({ scheme: 'basic' })],
    ['x-key', webhookScheme({ scheme: 'header', header: 'X-Key' })],
    ['the header that INCODE_WEBHOOK_HEADER names', builtInScheme('incode')],
    ['the header that the secret names', webhookScheme({ scheme: 'header' })],
  ])('is "%s" in messages', (words, scheme) => {
    expect(schemeHeader(scheme)).toBe(words)
  })
})
