// @module-tag local-only
// A deployment has the providers of its own webhooks.yml.
import { createHmac } from 'node:crypto'
import { paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { bindingClient, boundHeaders, newProofKey } from '../../support/dpop.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { logged, outputSince } from '../../support/logs.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

const WHSEC = `whsec_${Buffer.from('a secret of standard webhooks, 32').toString('base64')}`
const OLD_WHSEC = `whsec_${Buffer.from('the secret that it replaces, 32 b').toString('base64')}`
const GITHUB_SECRET = "It's a Secret to Everybody"

const WEBHOOKS = {
  standard: { like: 'standard-webhooks' },
  stripe: {
    verify: [{ like: 'stripe' }, { like: 'stripe', secret: 'WEBHOOK_STRIPE_NEXT', shadow: true }],
    id: '/id',
    type: '/type',
    time: '/created',
  },
  github: { like: 'github', answer: { body: { received: true } } },
  slack: { like: 'slack' },
  orders: { verify: { scheme: 'basic' }, id: 'X-Order', type: '/a~1b/0', answer: { status: 204 } },
  oauth: { verify: { scheme: 'auth-token' }, id: '/id' },
  several: {
    verify: [
      { scheme: 'hmac', header: 'x-unset', secret: 'WEBHOOK_UNSET' },
      { scheme: 'auth-token' },
      { scheme: 'header', header: 'authorization', secret: 'WEBHOOK_SEVERAL' },
      { scheme: 'standard-webhooks', secret: 'WEBHOOK_STANDARD', shadow: true },
    ],
  },
}

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({
    WEBHOOKS: JSON.stringify(WEBHOOKS),
    WEBHOOK_STANDARD: JSON.stringify([WHSEC, OLD_WHSEC]),
    WEBHOOK_STRIPE: 'whsec_of_stripe',
    WEBHOOK_STRIPE_NEXT: 'whsec_of_stripe_next',
    WEBHOOK_GITHUB: GITHUB_SECRET,
    WEBHOOK_SEVERAL: 'Bearer a.static.token',
    WEBHOOK_SLACK: '8f742231b10e8888abcd99yyyzzz85a5',
    WEBHOOK_ORDERS: 'shop:a password: with a colon',
  })
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})

const post = (provider: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) =>
  latchkey.call(`/webhook/${provider}`, { method: 'POST', headers, body })

async function items(prefix: string): Promise<Record<string, unknown>[]> {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const pages = paginateScan({ client: documents }, { TableName: process.env['SESSIONS_TABLE'] })
  const all = []
  for await (const { Items = [] } of pages) all.push(...Items)
  return all.filter(({ id }) => String(id).startsWith(prefix))
}
const events = (provider: string) => items(`event#${provider}#`)

const standardHeaders = (id: string, body: string, secret = WHSEC, time = new Date()) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(time.getTime() / 1000)),
  'webhook-signature': new StandardWebhook(secret).sign(id, time, body),
})

const stripeHeaders = (payload: string, secret = 'whsec_of_stripe') => ({
  'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret }),
})

describe('an unmodified sender', () => {
  it('of Standard Webhooks delivers, with the new and with the old secret', async () => {
    const body = '{"type":"invoice.paid","timestamp":"2026-11-29T12:00:00Z","data":{}}'
    for (const [id, secret] of [
      ['msg_new', WHSEC],
      ['msg_old', OLD_WHSEC],
    ] as const) {
      const answer = await post('standard', standardHeaders(id, body, secret), body)
      expect([answer.status, await fieldsOf(answer)]).toEqual([200, { ok: true }])
    }
    expect(await events('standard')).toEqual(
      expect.arrayContaining(
        ['msg_new', 'msg_old'].map((id) =>
          expect.objectContaining({
            id: `event#standard#${id}`,
            event_type: 'invoice.paid',
            verified_by: 'standard-webhooks',
            content_type: expect.stringContaining('text/plain'),
          }),
        ),
      ),
    )
  })

  it('of Svix delivers', async () => {
    const [id, body, time] = ['msg_svix', '{"type":"user.created"}', new Date()]
    const headers = {
      'svix-id': id,
      'svix-timestamp': String(Math.floor(time.getTime() / 1000)),
      'svix-signature': new SvixWebhook(WHSEC).sign(id, time, body),
    }
    expect((await post('standard', headers, body)).status).toBe(200)
  })

  it('of Stripe delivers, and its event has the id, type and time of the body', async () => {
    const body = JSON.stringify({ id: 'evt_1', object: 'event', type: 'charge.succeeded', created: 1_790_000_000 })
    expect((await post('stripe', stripeHeaders(body), body)).status).toBe(200)
    expect(await events('stripe')).toMatchObject([
      {
        id: 'event#stripe#evt_1',
        event_type: 'charge.succeeded',
        event_time: 1_790_000_000_000,
        body_bytes: body.length,
      },
    ])
  })

  it('with the documented example of GitHub delivers, and gets the answer of the entry', async () => {
    const headers = {
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-github-event': 'issues',
    }
    const answer = await post('github', headers, 'Hello, World!')
    expect([answer.status, await fieldsOf(answer)]).toEqual([200, { received: true }])
    expect(await events('github')).toMatchObject([
      { id: 'event#github#72d3162e-cc78-11e3-81ab-4c9367dc0958', event_type: 'issues' },
    ])
  })

  it('of Slack gets its challenge back, and nothing is stored', async () => {
    const body = '{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}'
    const time = String(Math.floor(Date.now() / 1000))
    const signature = createHmac('sha256', process.env['WEBHOOK_SLACK'] ?? '')
      .update(`v0:${time}:${body}`)
      .digest('hex')
    const headers = { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${signature}` }
    expect(await fieldsOf(await post('slack', headers, body))).toEqual({ challenge: JSON.parse(body).challenge })
    expect(await events('slack')).toEqual([])
  })

  it('with HTTP Basic delivers a form, and gets 204', async () => {
    const headers = {
      authorization: `Basic ${Buffer.from('shop:a password: with a colon').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'x-order': 'no 7/ü',
    }
    const answer = await post('orders', headers, 'a=1')
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    // An id of other characters is a digest in keys.
    expect(await events('orders')).toMatchObject([
      { id: expect.stringMatching(/^event#orders#[\w-]{43}$/), content_type: 'application/x-www-form-urlencoded' },
    ])
  })

  it('with an auth token of scope webhook delivers', async () => {
    const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope: 'webhook' })
    const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
    const granted = await latchkey.call('/token', {
      method: 'POST',
      headers: { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
    })
    const { access_token } = await fieldsOf(granted)
    const answer = await post('oauth', { authorization: `Bearer ${access_token}` }, '{"id":"o-1"}')
    expect(answer.status).toBe(200)
    expect(await events('oauth')).toMatchObject([{ id: 'event#oauth#o-1', verified_by: 'auth-token' }])
  })
})

describe('several schemes', () => {
  const body = '{"n":1}'

  it('accept a delivery if one does, although another has no secret or finds no token', async () => {
    const headers = { authorization: 'Bearer a.static.token', 'x-unset': '00' }
    expect((await post('several', headers, body)).status).toBe(200)
    const rejected = await post('several', { authorization: 'Bearer another.static.token' }, body)
    expect([rejected.status, (await problemOf(rejected)).code]).toEqual([401, 'credentials_invalid'])
    expect((await post('several', { 'x-unset': '00' }, body)).status).toBe(501)
  })

  it('do not let one that is only tried choose the id of an event', async () => {
    const before = (await events('several')).length
    for (const id of ['msg_1', 'msg_2']) {
      const headers = { ...standardHeaders(id, body), authorization: 'Bearer a.static.token' }
      expect((await post('several', headers, body)).status).toBe(200)
    }
    expect((await events('several')).length).toBe(before)
  })
})

describe('the auth token of a client', () => {
  const tokenOf = async (client: { client_id: string; client_secret?: string | undefined }) => {
    const basic = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`
    const headers = { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' }
    const granted = await latchkey.call('/token', { method: 'POST', headers, body: 'grant_type=client_credentials' })
    return { authorization: `Bearer ${(await fieldsOf(granted))['access_token']}` }
  }

  it('that is bound to a key needs a proof of it', async () => {
    const [client, key] = [await bindingClient(latchkey, { scope: 'webhook' }), await newProofKey()]
    const token = await client.token(key)
    const request = { method: 'POST', url: `${latchkey.url}/webhook/oauth`, token }
    const deliver = async (headers: Record<string, string>) => (await post('oauth', headers, '{"id":"bound"}')).status
    expect(await deliver({ authorization: `Bearer ${token}` })).toBe(401)
    expect(await deliver({ authorization: `DPoP ${token}` })).toBe(401)
    const headers = await boundHeaders(key, request)
    expect([await deliver(headers), await deliver(headers)]).toEqual([200, 401])
    expect(await events('oauth')).toContainEqual(expect.objectContaining({ verified_by: 'auth-token' }))
  })

  it('that an entry names delivers for that entry only', async () => {
    const [named, other] = await Promise.all([
      latchkey.register({ kind: 'confidential', scope: 'webhook' }),
      latchkey.register({ kind: 'confidential', scope: 'webhook' }),
    ])
    const before = process.env['WEBHOOKS']
    const crm = { verify: { scheme: 'auth-token', client: named.client_id }, id: '/id' }
    process.env['WEBHOOKS'] = JSON.stringify({ ...WEBHOOKS, crm })
    await latchkey.anotherContainer()
    const [namedToken, otherToken] = [await tokenOf(named), await tokenOf(other)]
    const statuses = async (provider: string) =>
      Promise.all([namedToken, otherToken].map(async (headers) => (await post(provider, headers, '{"id":"x"}')).status))
    expect(await statuses('crm')).toEqual([200, 403])
    expect(await statuses('oauth')).toEqual([403, 200])
    process.env['WEBHOOKS'] = before
    await latchkey.anotherContainer()
  })
})

it('Incode is named to its own addresses, because its events advance sessions', async () => {
  const answer = await post('incode', {}, '{"interviewId":"abc","onboardingStatus":"ONBOARDING_FINISHED"}')
  expect([answer.status, (await problemOf(answer)).detail]).toEqual([404, 'Incode delivers to /webhook or /approve.'])
})

describe('a delivery is rejected and not stored', () => {
  const body = '{"id":"evt_bad"}'
  const now = () => new Date()
  it.each<[string, string, () => Record<string, string>, number, string]>([
    ['without a signature', 'standard', () => ({}), 401, 'credentials_missing'],
    ['with the signature of another body', 'standard', () => standardHeaders('m', '{}'), 401, 'credentials_invalid'],
    ['with a short signature', 'stripe', () => ({ 'stripe-signature': 't=1,v1=ab' }), 401, 'credentials_invalid'],
    ['with a malformed signature', 'github', () => ({ 'x-hub-signature-256': 'sha1=xyz' }), 401, 'credentials_invalid'],
    [
      'of the secret that is only tried',
      'stripe',
      () => stripeHeaders(body, 'whsec_of_stripe_next'),
      401,
      'credentials_invalid',
    ],
    [
      'too old',
      'standard',
      () => standardHeaders('m', body, WHSEC, new Date(now().getTime() - 301_000)),
      401,
      'credentials_invalid',
    ],
    [
      'from the future',
      'standard',
      () => standardHeaders('m', body, WHSEC, new Date(now().getTime() + 302_000)),
      401,
      'credentials_invalid',
    ],
    [
      'with a wrong password',
      'orders',
      () => ({ authorization: `Basic ${btoa('shop:no')}` }),
      401,
      'credentials_invalid',
    ],
    ['of an unknown provider', 'unknown', () => ({}), 404, 'not_found'],
    ['of a member of every object', 'constructor', () => ({}), 404, 'not_found'],
  ])('%s', async (_case, provider, headers, status, code) => {
    const before = (await events(provider)).length
    const answer = await post(provider, headers(), body)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code])
    expect((await events(provider)).length).toBe(before)
  })

  it('above 1,000,000 bytes', async () => {
    const large = `{"x":"${'x'.repeat(1_000_000)}"}`
    const answer = await post('stripe', stripeHeaders(large), large)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([413, 'body_too_large'])
  })
})

describe('an event', () => {
  it('is stored once, whether its deliveries repeat one after the other or ten at once', async () => {
    const body = '{"id":"evt_ten"}'
    const statuses = await Promise.all(Array.from({ length: 10 }, () => post('stripe', stripeHeaders(body), body)))
    expect(statuses.map(({ status }) => status)).toEqual(Array(10).fill(200))
    await post('stripe', stripeHeaders(body), body)
    const stored = (await events('stripe')).filter(({ id }) => id === 'event#stripe#evt_ten')
    expect(stored).toMatchObject([{ deliveries: 11 }])
  })

  it('keeps the bytes of its first delivery, encrypted, also if they are not text and many', async () => {
    const { readBody } = await import('../../../lib/jobs/events.ts')
    for (const [size, id] of [
      [0, 'empty'],
      [8_000, 'inline'],
      [8_001, 'chunk'],
      [1_000_000, 'chunks'],
    ] as const) {
      const body = Buffer.alloc(size, Buffer.from([0xff, 0x00, 0x80, 0x22]))
      const headers = { authorization: `Basic ${btoa('shop:a password: with a colon')}`, 'x-order': id }
      const deliver = () => post('orders', { ...headers, 'content-type': 'application/octet-stream' }, body)
      expect((await Promise.all([deliver(), deliver()])).map(({ status }) => status)).toEqual([204, 204])
      const item = (await events('orders')).find((one) => one['id'] === `event#orders#${id}`) ?? {}
      expect(item).toMatchObject({ deliveries: 2, body_bytes: size })
      expect(Buffer.from((await readBody(item)) ?? 'none').equals(body)).toBe(true)
    }
    expect(await items('event-body#')).toHaveLength(5)
  })

  it.each([1, 2, 3, 4, 5])('of 1 MB survives a crash at command %d', async (first) => {
    const body = `{"id":"evt_crash_${first}","x":"${'x'.repeat(900_000)}"}`
    let commands = 0
    latchkey.database.plan = () => (++commands >= first ? 'failing' : undefined)
    expect((await post('stripe', stripeHeaders(body), body)).status).toBe(503)
    latchkey.database.plan = () => undefined
    expect((await post('stripe', stripeHeaders(body), body)).status).toBe(200)
    const { readBody } = await import('../../../lib/jobs/events.ts')
    const item = (await events('stripe')).find(({ id }) => id === `event#stripe#evt_crash_${first}`) ?? {}
    expect(Buffer.from((await readBody(item)) ?? 'none').equals(Buffer.from(body))).toBe(true)
  })

  it('keeps what its first delivery said, whatever later ones with its id say', async () => {
    const { readBody } = await import('../../../lib/jobs/events.ts')
    const large = JSON.stringify({ id: 'evt_first', type: 'first', x: 'x'.repeat(20_000) })
    const small = JSON.stringify({ id: 'evt_first', type: 'second', created: 1_790_000_000 })
    for (const body of [large, small]) expect((await post('stripe', stripeHeaders(body), body)).status).toBe(200)
    const [item = {}] = (await events('stripe')).filter(({ id }) => id === 'event#stripe#evt_first')
    expect(item).toMatchObject({ event_type: 'first', body_bytes: large.length, deliveries: 2 })
    expect(item['event_time']).toBeUndefined()
    expect(Buffer.from((await readBody(item)) ?? '').toString()).toBe(large)
  })

  it('that has expired, and is not deleted yet, is stored again', async () => {
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const body = '{"id":"evt_expired"}'
    await post('stripe', stripeHeaders(body), body)
    const update = { UpdateExpression: 'SET expires_at = :past', ExpressionAttributeValues: { ':past': 1 } }
    const Key = { id: 'event#stripe#evt_expired' }
    await documents.send(new UpdateCommand({ TableName: process.env['SESSIONS_TABLE'], Key, ...update }))
    await post('stripe', stripeHeaders(body), body)
    expect((await latchkey.asAdmin('/events/stripe:evt_expired')).status).toBe(200)
  })

  it('of an outage of the table gets 503 with Retry-After, so that the provider retries', async () => {
    latchkey.database.plan = () => 'failing'
    const answer = await post('stripe', stripeHeaders('{"id":"evt_out"}'), '{"id":"evt_out"}')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })
})

describe('metrics', () => {
  const counted = (metric: string, from: number) =>
    outputSince(from)
      .split('\n')
      .filter((line) => line.includes('_aws'))
      .map((line) => JSON.parse(line))
      .filter((line) => line[metric] === 1 && ('cause' in line || 'result' in line))

  it('have the provider and the cause, and no name that a caller chose', async () => {
    const from = logged()
    await post('standard', standardHeaders('m', 'other'), '{}')
    await post('another', {}, '{}')
    expect(counted('WebhookRefused', from)).toMatchObject([
      { provider: 'standard', cause: 'signature_wrong' },
      { provider: 'unknown', cause: 'not_found' },
    ])
  })

  it('report what a scheme that is only tried says', async () => {
    const from = logged()
    const body = '{"id":"evt_shadow"}'
    const time = Math.floor(Date.now() / 1000)
    const both = ['whsec_of_stripe', 'whsec_of_stripe_next'].map((secret) =>
      createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'),
    )
    await post('stripe', stripeHeaders(body), body)
    await post('stripe', { 'stripe-signature': `t=${time},v1=${both.join(',v1=')}` }, body)
    expect(counted('WebhookShadow', from).map(({ result }) => result)).toEqual(['signature_wrong', 'accepted'])
  })
})
