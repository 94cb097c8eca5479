import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REFUSALS } from '../../../lib/webhooks/delivery.ts'
import { verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { signSample } from '../../../lib/webhooks/sign-sample.ts'
import { deliveryOf, NOW, presetScheme, webhookScheme } from '../../support/webhooks.ts'

const KEYS = [Buffer.alloc(32, 7).toString('base64'), Buffer.alloc(32, 9).toString('base64')] as const
/** Schemes whose signature covers the body. */
const SIGNED = ['standard-webhooks', 'github', 'shopify', 'stripe', 'slack', 'paddle', 'livekit'].map(presetScheme)
const scheme = fc.constantFrom(...SIGNED)
const bytes = fc.oneof(fc.string({ unit: 'grapheme' }), fc.json()).map((text) => Buffer.from(text))
const HEADERS = [
  'authorization',
  'plaid-verification',
  'stripe-signature',
  'svix-id',
  'svix-signature',
  'svix-timestamp',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
  'x-hub-signature-256',
  'x-key',
  'x-shopify-hmac-sha256',
  'x-slack-request-timestamp',
  'x-slack-signature',
]
const EVERY = [
  ...SIGNED,
  presetScheme('plaid'),
  webhookScheme({ scheme: 'basic' }),
  webhookScheme({ scheme: 'header', header: 'x-key' }),
]

/** Another character of the same kind: the other case of a hex digit means the same. */
const otherCharacter = (character: string) => (/[0-9]/.test(character) ? (character === '7' ? '3' : '7') : '~')

describe('a signed delivery', () => {
  it('is accepted with each of two secrets', async () => {
    await fc.assert(
      fc.asyncProperty(scheme, bytes, fc.constantFrom(...KEYS), async (signed, body, key) => {
        const headers = await signSample(signed, key, body, NOW)
        expect(await verifyScheme(signed, KEYS, deliveryOf(headers, body))).toBe('accepted')
      }),
    )
  })

  it('is rejected if any byte of its body changes', async () => {
    await fc.assert(
      fc.asyncProperty(scheme, bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), async (signed, body, at, change) => {
        const headers = await signSample(signed, KEYS[0], body, NOW)
        const changed = Buffer.from(body.length === 0 ? ' ' : body)
        if (body.length > 0) changed.writeUInt8(changed.readUInt8(at % body.length) ^ change, at % body.length)
        expect(await verifyScheme(signed, KEYS, deliveryOf(headers, changed))).not.toBe('accepted')
      }),
    )
  })

  it('is rejected if any character of a header changes', async () => {
    await fc.assert(
      fc.asyncProperty(scheme, bytes, fc.nat(), fc.nat(), async (signed, body, which, at) => {
        const headers = await signSample(signed, KEYS[0], body, NOW)
        const entries = Object.entries(headers)
        const [name, value] = entries[which % entries.length] ?? ['', '']
        const index = at % value.length
        const changed = value.slice(0, index) + otherCharacter(value.charAt(index)) + value.slice(index + 1)
        expect(await verifyScheme(signed, KEYS, deliveryOf({ ...headers, [name]: changed }, body))).not.toBe('accepted')
      }),
    )
  })

  it('is rejected if any header is missing', async () => {
    await fc.assert(
      fc.asyncProperty(scheme, bytes, fc.nat(), async (signed, body, which) => {
        const entries = Object.entries(await signSample(signed, KEYS[0], body, NOW))
        entries.splice(which % entries.length, 1)
        expect(await verifyScheme(signed, KEYS, deliveryOf(Object.fromEntries(entries), body))).not.toBe('accepted')
      }),
    )
  })
})

describe('any delivery', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^(?:t=\d{0,12}[,;]?|v[01][,=][\w+/=]{0,50}[, ]?|sha256=|Bearer |Basic |[\w-]{1,40}\.?){0,6}$/),
  )

  it('is accepted or rejected, never an error', async () => {
    const secretOf: Record<string, string> = {
      basic: 'ann:password',
      jwt: KEYS[0],
    }
    const set = '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...EVERY),
        fc.dictionary(fc.constantFrom(...HEADERS), value),
        fc.uint8Array(),
        async (one, headers, body) => {
          const isPublic = one.scheme === 'jwt' && !one.algorithms.includes('HS256')
          const secret = isPublic ? set : (secretOf[one.scheme] ?? KEYS[0])
          expect(REFUSALS).toContain(await verifyScheme(one, [secret], deliveryOf(headers, body)))
        },
      ),
    )
  })
})
