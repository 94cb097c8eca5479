import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { deliveryOf, NOW, presetScheme, webhookScheme } from '../../support/webhooks.ts'

const BODY = Buffer.from([0x7b, 0xff, 0x00, 0x7d])
const SIGNATURE = createHmac('sha256', 'key').update(BODY).digest()
const SECONDS = String(NOW / 1_000)

const plain = webhookScheme({ scheme: 'hmac', header: 'X-Signature' })

describe('an HMAC of the body', () => {
  const verify = (value: string, secrets = ['key'], scheme = plain) =>
    verifyScheme(scheme, secrets, deliveryOf({ 'x-signature': value }, BODY))

  it('covers bytes that are not text', async () => {
    expect(await verify(SIGNATURE.toString('hex'))).toBe('accepted')
  })

  it('may be in upper case, with spaces around it', async () => {
    expect(await verify(` ${SIGNATURE.toString('hex').toUpperCase()} `)).toBe('accepted')
  })

  it.each(['sha1', 'sha256', 'sha512'] as const)('is accepted with %s in base64', async (algorithm) => {
    const scheme = webhookScheme({ scheme: 'hmac', header: 'x-signature', algorithm, encoding: 'base64', prefix: 'v=' })
    const value = createHmac(algorithm, 'key').update(BODY).digest('base64')
    expect(await verify(`v=${value}`, ['key'], scheme)).toBe('accepted')
    expect(await verify(value, ['key'], scheme)).toBe('signature_malformed')
    expect(await verify(`v=${value.replace(/=*$/, '')}`, ['key'], scheme)).not.toBe('accepted')
  })

  it('is accepted with each of two secrets, for rotation', async () => {
    expect(await verify(SIGNATURE.toString('hex'), ['new', 'key'])).toBe('accepted')
    expect(await verify(SIGNATURE.toString('hex'), ['key', 'new'])).toBe('accepted')
  })

  it('is wrong with another secret and with none', async () => {
    expect(await verify(SIGNATURE.toString('hex'), ['other'])).toBe('signature_wrong')
    expect(await verify(SIGNATURE.toString('hex'), [])).toBe('signature_wrong')
  })

  it.each([
    '',
    SIGNATURE.toString('hex').slice(2),
    `${SIGNATURE.toString('hex')}00`,
    `${SIGNATURE.toString('hex').slice(0, 63)}g`,
    SIGNATURE.toString('base64'),
    `${SIGNATURE.toString('hex')},${SIGNATURE.toString('hex')}`,
  ])('is malformed: "%s"', async (value) => {
    expect(await verify(value)).toBe('signature_malformed')
  })

  it('is missing without its header, even if an object has a member of that name', async () => {
    expect(await verifyScheme(plain, ['key'], deliveryOf({}, BODY))).toBe('signature_missing')
    const scheme = webhookScheme({ scheme: 'hmac', header: '__proto__' })
    expect(await verifyScheme(scheme, ['key'], deliveryOf({}, BODY))).toBe('signature_missing')
  })
})

describe('an HMAC of a time and the body, in parts of a header', () => {
  const scheme = presetScheme('stripe')
  const sign = (time: string, key = 'key') => createHmac('sha256', key).update(`${time}.`).update(BODY).digest('hex')
  const verify = (value: string, secrets = ['key']) =>
    verifyScheme(scheme, secrets, deliveryOf({ 'stripe-signature': value }, BODY))

  it.each([
    ['accepted', `t=${SECONDS},v1=${sign(SECONDS)}`],
    ['accepted', `v1=${sign(SECONDS)}, t=${SECONDS}`],
    ['accepted', `t=${SECONDS},v1=${sign(SECONDS, 'old')},v1=${sign(SECONDS)},v0=${sign(SECONDS, 'old')}`],
    ['accepted', `t=${SECONDS},v1=short,v1=${sign(SECONDS)}`],
    ['accepted', `t=${NOW},v1=${sign(String(NOW))}`],
    ['signature_wrong', `t=${SECONDS},v1=${sign(SECONDS, 'old')}`],
    ['signature_malformed', `t=${SECONDS}`],
    ['signature_malformed', `t=${SECONDS},v0=${sign(SECONDS)}`],
    ['signature_malformed', `t=${SECONDS},v1=${sign(SECONDS)}=`],
    ['time_missing', `v1=${sign(SECONDS)}`],
    ['time_missing', ''],
    ['time_malformed', `t=,v1=${sign('')}`],
    ['time_malformed', `t=-1,v1=${sign('-1')}`],
    ['time_malformed', `t=${SECONDS}.5,v1=${sign(`${SECONDS}.5`)}`],
    ['time_malformed', `t=${SECONDS},t=${SECONDS},v1=${sign(SECONDS)}`],
  ])('is %s: %s', async (outcome, value) => {
    expect(await verify(value)).toBe(outcome)
  })

  it.each([
    [-301, 'time_out_of_range'],
    [-300, 'accepted'],
    [300, 'accepted'],
    [301, 'time_out_of_range'],
  ])('of a time %i seconds from now is %s', async (difference, outcome) => {
    const time = String(NOW / 1_000 + difference)
    expect(await verify(`t=${time},v1=${sign(time)}`)).toBe(outcome)
  })

  it('is wrong before it is late, so that only the provider learns about the clock', async () => {
    expect(await verify(`t=1,v1=${sign('1', 'other')}`)).toBe('signature_wrong')
  })

  it('is compared with the first 20 signatures', async () => {
    const others = `v1=${sign(SECONDS, 'old')},`
    expect(await verify(`t=${SECONDS},${others.repeat(19)}v1=${sign(SECONDS)}`)).toBe('accepted')
    expect(await verify(`t=${SECONDS},${others.repeat(20)}v1=${sign(SECONDS)}`)).toBe('signature_wrong')
  })

  it('may have separators and content of its own, as of Paddle', async () => {
    const signature = createHmac('sha256', 'key').update(`${SECONDS}:`).update(BODY).digest('hex')
    const delivery = deliveryOf({ 'paddle-signature': `ts=${SECONDS};h1=${signature}` }, BODY)
    expect(await verifyScheme(presetScheme('paddle'), ['key'], delivery)).toBe('accepted')
  })

  it('may have content after the body', async () => {
    const tailed = webhookScheme({
      scheme: 'timestamped-hmac',
      header: 'x-signature',
      timeHeader: 'x-time',
      content: '{time}|{body}|end',
    })
    const signature = createHmac('sha256', 'key').update(`${SECONDS}|$&|end`).digest('hex')
    const delivery = deliveryOf({ 'x-signature': signature, 'x-time': SECONDS }, '$&')
    expect(await verifyScheme(tailed, ['key'], delivery)).toBe('accepted')
  })
})

describe('an HMAC of a time in a header of its own', () => {
  const scheme = presetScheme('slack')
  const signature = `v0=${createHmac('sha256', 'key').update(`v0:${SECONDS}:`).update(BODY).digest('hex')}`

  it.each([
    ['accepted', { 'x-slack-signature': signature, 'x-slack-request-timestamp': SECONDS }],
    ['signature_missing', { 'x-slack-request-timestamp': SECONDS }],
    ['time_missing', { 'x-slack-signature': signature }],
    ['time_malformed', { 'x-slack-signature': signature, 'x-slack-request-timestamp': 'now' }],
    ['signature_malformed', { 'x-slack-signature': signature.slice(3), 'x-slack-request-timestamp': SECONDS }],
  ])('is %s', async (outcome, headers) => {
    expect(await verifyScheme(scheme, ['key'], deliveryOf(headers, BODY))).toBe(outcome)
  })
})
