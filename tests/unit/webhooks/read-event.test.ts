import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { challengeOf, jsonBody, readEvent } from '../../../lib/webhooks/read-event.ts'
import { deliveryOf, webhookProvider } from '../../support/webhooks.ts'

const verify = { scheme: 'hmac', header: 'x-signature' }
const read = (entry: object, body: string, headers: Record<string, string> = {}) =>
  readEvent(webhookProvider({ verify, ...entry }), deliveryOf(headers, body))
const digest = (text: string) => hash('sha256', text, 'base64url')

describe('the id of an event', () => {
  it.each([
    ['/id', '{"id":"evt_1-A"}', 'evt_1-A'],
    ['/data/0/id', '{"data":[{"id":7}]}', '7'],
    ['/a~1b/m~0n', '{"a/b":{"m~n":"x"}}', 'x'],
    ['/a~01', '{"a~1":"x"}', 'x'],
    ['/__proto__', '{"__proto__":"x"}', 'x'],
    ['X-Id', '{}', 'from-header'],
    ['/id', `{"id":"${'a'.repeat(128)}"}`, 'a'.repeat(128)],
  ])('is the value at %s of %s', (id, body, expected) => {
    expect(read({ id }, body, { 'x-id': 'from-header' }).delivery).toBe(expected)
  })

  it.each(['a b', 'ä', 'a#b', '../..', 'a'.repeat(129), '1.5'])('is a digest of the value "%s"', (id) => {
    expect(read({ id: '/id' }, JSON.stringify({ id })).delivery).toBe(digest(id))
  })

  it.each([
    ['/id', '{}'],
    ['/id', '{"id":null}'],
    ['/id', '{"id":""}'],
    ['/id', '{"id":" "}'],
    ['/id', '{"id":{"a":1}}'],
    ['/id', '{"id":true}'],
    ['/id', '{"id":12345678901234567890}'],
    ['/id', '{"id":1.5}'],
    ['/id', 'null'],
    ['/id', '"text"'],
    ['/id', 'id=1'],
    ['/id', ''],
    ['/id/length', '{"id":"text"}'],
    ['/toString', '{}'],
    ['/length', '[1]'],
    ['/01', '[1,2]'],
    ['/-', '[1]'],
    ['x-id', '{"x-id":"a"}'],
    ['__proto__', '{}'],
  ])('is a digest of the body if nothing is at %s of %s', (id, body) => {
    expect(read({ id }, body).delivery).toBe(digest(body))
  })

  it('is a digest of the body without a place', () => {
    expect(read({}, '{"id":"evt_1"}').delivery).toBe(digest('{"id":"evt_1"}'))
  })

  it('is a digest of the body if it is not UTF-8, since two ids could be decoded as one', () => {
    const body = Buffer.from([0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])
    const event = readEvent(webhookProvider({ verify, id: '/id' }), deliveryOf({}, body))
    expect(event.delivery).toBe(hash('sha256', body, 'base64url'))
  })

  it('is read after a byte order mark', () => {
    expect(read({ id: '/id' }, '\ufeff{"id":"evt_1"}').delivery).toBe('evt_1')
  })

  it('always has characters of keys and public ids', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.double()), (id) => {
        expect(read({ id: '/id' }, JSON.stringify({ id })).delivery).toMatch(/^[A-Za-z0-9_-]{1,128}$/)
      }),
    )
  })
})

describe('an event of Standard Webhooks', () => {
  const like = { like: 'standard-webhooks', verify: [{ scheme: 'basic' }, { scheme: 'standard-webhooks' }] }
  const headersOf = (prefix: string) => ({
    [`${prefix}-id`]: 'msg_1',
    [`${prefix}-timestamp`]: '1700000000',
    [`${prefix}-signature`]: 'v1,',
  })

  it.each(['webhook', 'svix'])('has the id and time of its headers %s-*', (prefix) => {
    const expected = { delivery: 'msg_1', type: 'user.created', time: 1_700_000_000_000 }
    expect(read(like, '{"type":"user.created"}', headersOf(prefix))).toEqual(expected)
  })

  it('has those of its entry if it has them', () => {
    const entry = { ...like, id: '/id', time: '/at' }
    const expected = { delivery: 'evt_1', type: null, time: 7_000 }
    expect(read(entry, '{"id":"evt_1","at":7}', headersOf('webhook'))).toEqual(expected)
  })
})

describe('the type of an event', () => {
  it.each([
    ['{"type":"invoice.paid"}', 'invoice.paid'],
    ['{"type":7}', '7'],
    [`{"type":"${'a'.repeat(200)}"}`, 'a'.repeat(128)],
    ['{"type":""}', null],
    ['{"type":["a"]}', null],
    ['type=a', null],
    ['{"type":"\\ud800"}', '\ufffd'],
    [`{"type":"${'a'.repeat(127)}😀"}`, `${'a'.repeat(127)}\ufffd`],
  ])('in %s is %s', (body, type) => {
    expect(read({ type: '/type' }, body).type).toBe(type)
  })
})

describe('the time of an event', () => {
  it.each([
    ['1700000000', 1_700_000_000_000],
    ['1700000000.5', 1_700_000_000_500],
    ['"1700000000"', 1_700_000_000_000],
    ['"1515449522.000016"', 1_515_449_522_000],
    ['1700000000123', 1_700_000_000_123],
    ['"2023-11-14T22:13:20Z"', 1_700_000_000_000],
    ['"2023-11-14T22:13Z"', 1_699_999_980_000],
    ['"2023-11-14T23:13:20.123456789+01:00"', 1_700_000_000_123],
    ['"2023-11-14T22:13:20"', null],
    ['"2023-13-14T22:13:20Z"', null],
    ['"14 Nov 2023"', null],
    ['-1', null],
    ['1e300', null],
    ['true', null],
  ])('of %s is %s', (time, expected) => {
    expect(read({ time: '/time' }, `{"time":${time}}`).time).toBe(expected)
  })
})

describe('the challenge', () => {
  const provider = webhookProvider({ like: 'slack' })

  it.each([
    ['{"type":"url_verification","challenge":"3eZbrw"}', '3eZbrw'],
    ['{"type":"event_callback"}', null],
    ['{"challenge":""}', null],
  ])('of %s is %s', (body, expected) => {
    expect(challengeOf(provider, deliveryOf({}, body))).toBe(expected)
  })

  it('is null for a provider without one', () => {
    expect(challengeOf(webhookProvider({ verify }), deliveryOf({}, '{"challenge":"a"}'))).toBeNull()
  })
})

it('parses a body once', () => {
  const body = jsonBody(Buffer.from('{"a":1}'))
  expect(body()).toBe(body())
})
