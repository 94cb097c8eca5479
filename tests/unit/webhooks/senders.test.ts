import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, it } from 'vitest'
import { verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { builtInScheme, deliveryOf, NOW, presetScheme } from '../../support/webhooks.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const BODY = '{"id":"evt_1","type":"invoice.paid","note":"é"}'

describe('the documented example of', () => {
  it('GitHub', async () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    }
    const delivery = deliveryOf(headers, 'Hello, World!')
    expect(await verifyScheme(presetScheme('github'), ["It's a Secret to Everybody"], delivery)).toBe('accepted')
  })

  it('Slack', async () => {
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    const headers = {
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      'x-slack-request-timestamp': '1531420618',
    }
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
      '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com' +
      '%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121' +
      '.803a0bc887a14d10d2c447fce8b6703c'
    const delivery = deliveryOf(headers, body, 1_531_420_620_000)
    expect(await verifyScheme(presetScheme('slack'), ['8f742231b10e8888abcd99yyyzzz85a5'], delivery)).toBe('accepted')
  })

  it('Svix', async () => {
    // https://docs.svix.com/receiving/verifying-payloads/how-manual
    const headers = {
      'svix-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'svix-timestamp': '1614265330',
      'svix-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }
    const delivery = deliveryOf(headers, '{"test": 2432232314}', 1_614_265_330_000)
    expect(await verifyScheme(presetScheme('svix'), [SECRET], delivery)).toBe('accepted')
  })

  it('Help Lightning', async () => {
    const headers = {
      'x-helplightning-signature': 'sha256=b4e7c9adb821f33ed31f7b4adbbd416aaafb55196f0bbb39704f71e1d5e4f1ab',
    }
    const body = '{"category":"attachment_created","data":{"call_id":"call_1","attachment":{"id":7}}}'
    const delivery = deliveryOf(headers, body)
    expect(await verifyScheme(builtInScheme('helplightning'), ['topsecret'], delivery)).toBe('accepted')
  })

  it('Incode, by header', async () => {
    const delivery = deliveryOf({ 'x-incode-key': 'long-enough' }, '{}')
    expect(await verifyScheme(builtInScheme('incode'), ['X-Incode-Key: long-enough'], delivery)).toBe('accepted')
  })
})

describe('a delivery signed by the library', () => {
  it.each([BODY, '', '﻿{}', '{"rating":"★ 😀"}'])('standardwebhooks is accepted: %s', async (body) => {
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(NOW / 1_000),
      'webhook-signature': new Webhook(SECRET).sign('msg_1', new Date(NOW), body),
    }
    expect(await verifyScheme(presetScheme('standard-webhooks'), [SECRET], deliveryOf(headers, body))).toBe('accepted')
  })

  it.each(['svix', 'webhook'])('svix is accepted, with headers %s-*', async (prefix) => {
    const headers = {
      [`${prefix}-id`]: 'msg_1',
      [`${prefix}-timestamp`]: String(NOW / 1_000),
      [`${prefix}-signature`]: new SvixWebhook(SECRET).sign('msg_1', new Date(NOW), BODY),
    }
    expect(await verifyScheme(presetScheme('svix'), [SECRET], deliveryOf(headers, BODY))).toBe('accepted')
  })

  it('stripe is accepted', async () => {
    const header = Stripe.webhooks.generateTestHeaderString({
      payload: BODY,
      secret: 'whsec_test',
      timestamp: NOW / 1_000,
    })
    const delivery = deliveryOf({ 'stripe-signature': header }, BODY)
    expect(await verifyScheme(presetScheme('stripe'), ['whsec_test'], delivery)).toBe('accepted')
  })

  it('stripe is rejected under another secret', async () => {
    const header = Stripe.webhooks.generateTestHeaderString({ payload: BODY, secret: 'whsec_other' })
    const delivery = deliveryOf({ 'stripe-signature': header }, BODY, Date.now())
    expect(await verifyScheme(presetScheme('stripe'), ['whsec_test'], delivery)).toBe('signature_wrong')
  })
})
