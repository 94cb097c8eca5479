import { describe, expect, it } from 'vitest'
import { verifyScheme } from '../../../lib/webhooks/schemes.ts'
import { deliveryOf, webhookScheme } from '../../support/webhooks.ts'

describe('a header with a secret value', () => {
  const scheme = webhookScheme({ scheme: 'header', header: 'X-Key' })

  it.each([
    ['accepted', { 'x-key': 'secret' }, ['secret']],
    ['accepted', { 'x-key': ' secret ' }, ['new', 'secret']],
    ['signature_wrong', { 'x-key': 'Secret' }, ['secret']],
    ['signature_wrong', { 'x-key': '' }, ['secret']],
    ['signature_wrong', { 'x-key': 'secret' }, []],
    ['signature_missing', { 'x-other': 'secret' }, ['secret']],
  ])('is %s: %o', async (outcome, headers, secrets) => {
    expect(await verifyScheme(scheme, secrets, deliveryOf(headers))).toBe(outcome)
  })
})

describe('a header that its secret names', () => {
  const scheme = webhookScheme({ scheme: 'header' })

  it.each([
    ['accepted', { 'x-old': 'old-secret' }],
    ['accepted', { 'x-new': 'new-secret', 'x-old': 'wrong' }],
    ['signature_wrong', { 'x-old': 'new-secret' }],
    ['signature_missing', { 'x-other': 'old-secret' }],
  ])('is %s: %o', async (outcome, headers) => {
    expect(await verifyScheme(scheme, ['X-New: new-secret', 'X-Old: old-secret'], deliveryOf(headers))).toBe(outcome)
  })

  it('is missing without a secret', async () => {
    expect(await verifyScheme(scheme, [], deliveryOf({ 'x-old': 'old-secret' }))).toBe('signature_missing')
  })
})

describe('HTTP Basic', () => {
  const scheme = webhookScheme({ scheme: 'basic' })
  const encode = (text: string) => Buffer.from(text).toString('base64')

  it.each([
    ['accepted', `Basic ${encode('ann:pässword:1')}`],
    ['accepted', `basic  ${encode('ann:pässword:1')}`],
    ['accepted', `Basic ${encode('bob:old')}`],
    ['signature_wrong', `Basic ${encode('ann:other')}`],
    ['signature_malformed', 'Basic'],
    ['signature_malformed', 'Basic ann:pässword:1'],
    ['signature_malformed', `Basic ${encode('ann:pässword:1')} more`],
    ['signature_missing', `Bearer ${encode('ann:pässword:1')}`],
    ['signature_missing', ''],
  ])('is %s: %s', async (outcome, authorization) => {
    expect(await verifyScheme(scheme, ['ann:pässword:1', 'bob:old'], deliveryOf({ authorization }))).toBe(outcome)
  })

  it('is missing without a header', async () => {
    expect(await verifyScheme(scheme, ['ann:password'], deliveryOf({}))).toBe('signature_missing')
  })
})
