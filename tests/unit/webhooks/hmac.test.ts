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

  it('is accepted among several of a header, and ignores those without the prefix', async () => {
    const scheme = webhookScheme({ scheme: 'hmac', header: 'x-signature', prefix: 'v1=', separator: ',' })
    const [right, wrong] = [SIGNATURE.toString('hex'), 'ab'.repeat(32)]
    expect(await verify(`v1=${wrong}, v1=${right}`, ['key'], scheme)).toBe('accepted')
    expect(await verify(`v1=${right}`, ['key'], scheme)).toBe('accepted')
    expect(await verify(`v1=${wrong},v0=${right}`, ['key'], scheme)).toBe('signature_wrong')
    expect(await verify(`v0=${right},${right}`, ['key'], scheme)).toBe('signature_malformed')
    expect(await verify(`${`v1=${wrong},`.repeat(20)}v1=${right}`, ['key'], scheme)).toBe('signature_wrong')
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

describe('a time in a format', () => {
  const ISO = new Date(NOW).toISOString()
  const MILLISECONDS = String(NOW)
  const base = { scheme: 'timestamped-hmac' as const, header: 'x-signature', timeHeader: 'x-time' }
  const verify = (fields: object, signed: string, time: string, body: string) => {
    const signature = createHmac('sha256', 'key').update(signed).digest('hex')
    const headers = { 'x-signature': signature, 'x-time': time }
    return verifyScheme(webhookScheme({ ...base, ...fields }), ['key'], deliveryOf(headers, Buffer.from(body)))
  }
  const zendesk = { content: '{time}{body}', timeFormat: 'iso' }
  const hubspot = { content: 'POSThttps://api.example/{body}{time}', timeFormat: 'milliseconds' }

  it('can be ISO 8601, directly before the body', async () => {
    expect(await verify(zendesk, `${ISO}{}`, ISO, '{}')).toBe('accepted')
    const seconds = ISO.replace(/\.\d+/, '')
    expect(await verify(zendesk, `${seconds}{}`, seconds, '{}')).toBe('accepted')
    expect(await verify(zendesk, `${SECONDS}{}`, SECONDS, '{}')).toBe('time_malformed')
    const impossible = '2026-13-01T00:00:00Z'
    expect(await verify(zendesk, `${impossible}{}`, impossible, '{}')).toBe('time_malformed')
    const old = '2020-01-01T00:00:00Z'
    expect(await verify(zendesk, `${old}{}`, old, '{}')).toBe('time_out_of_range')
  })

  it('can be after the body, with text before both', async () => {
    expect(await verify(hubspot, `POSThttps://api.example/{}${MILLISECONDS}`, MILLISECONDS, '{}')).toBe('accepted')
  })

  it('has one length, so that its digits cannot move into the body', async () => {
    const [moved, left] = [MILLISECONDS.slice(0, 3), MILLISECONDS.slice(3)]
    const signed = `POSThttps://api.example/{}${MILLISECONDS}`
    expect(await verify(hubspot, signed, left, `{}${moved}`)).toBe('time_malformed')
    const seconds = { content: '{time}{body}', timeFormat: 'seconds' }
    expect(await verify(seconds, `${SECONDS}1`, SECONDS, '1')).toBe('accepted')
    expect(await verify(seconds, `${SECONDS}1`, SECONDS.slice(0, -1), `${SECONDS.slice(-1)}1`)).toBe('time_malformed')
  })
})
