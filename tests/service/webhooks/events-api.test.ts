// @module-tag local-only
// Events in each state are stored by modules of lib/, not by the HTTP API.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import type { ProviderEvent } from '../../../lib/jobs/events.ts'
import type { JobWork } from '../../../lib/jobs/jobs.ts'
import { eventStore, newEvent, publicId } from '../../support/events.ts'
import { type JobContainer, jobContainer } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { logged, outputSince } from '../../support/logs.ts'
import { fieldsOf, nextOf, problemOf } from '../../support/responses.ts'

const verify = { scheme: 'hmac', header: 'x-signature' }
const WEBHOOKS = { shop: { verify, bus: 'default' }, plain: { verify } }

let latchkey: Latchkey
let jobs: JobContainer
let store: ReturnType<typeof eventStore>
beforeAll(async () => {
  latchkey = await startLatchkey({ WEBHOOKS: JSON.stringify(WEBHOOKS) })
  jobs = await jobContainer()
  store = eventStore(jobs)
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})

const listed = z.object({
  events: z.array(z.looseObject({ id: z.string(), state: z.string(), received_at: z.string() })),
  next: z.string().nullable(),
})

async function list(parameters: Record<string, string> = {}) {
  const answer = await latchkey.asAdmin(`/events?${new URLSearchParams(parameters)}`)
  return { ...listed.parse(await answer.json()), link: nextOf(answer) }
}
const idsOf = ({ events }: { events: { id: string }[] }) => events.map(({ id }) => id)

/** All ids, by following Link headers, and the number of pages. */
async function everyId(parameters: Record<string, string>) {
  const ids: string[] = []
  let pages = 0
  for (let next: string | undefined = `/events?${new URLSearchParams(parameters)}`; next !== undefined; pages += 1) {
    const answer: Response = await latchkey.asAdmin(next)
    ids.push(...idsOf(listed.parse(await answer.json())))
    next = nextOf(answer)
  }
  return { ids, pages }
}

/** A day of its own in the future, in which a test receives its events. */
let days = 0
function newDay() {
  days += 1
  const start = Date.parse('2040-01-01T00:00:00Z') + days * 86_400_000
  return { start, date: new Date(start).toISOString().slice(0, 10) }
}

/** Stores a number of events at different times of a day, and returns their ids, the newest first. */
async function storeMany(providers: readonly string[], start: number, count: number): Promise<string[]> {
  const events = Array.from({ length: count }, (_, index) =>
    newEvent(providers[(index * 7) % providers.length] ?? '', { receivedAt: start + index * 1_000 }),
  )
  await Promise.all(events.map((one) => store.stored(one)))
  return events.map(publicId).reverse()
}

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

async function serverToken(scope: string): Promise<string> {
  const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope })
  const answer = await latchkey.call('/token', {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return String((await fieldsOf(answer))['access_token'])
}

const post = (path: string, body?: object): Promise<Response> =>
  latchkey.asAdmin(path, {
    method: 'POST',
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })

const item = async (one: ProviderEvent) => (await jobs.item(one)) ?? {}

describe('GET /events', () => {
  it('shows what is known of an event, without its body', async () => {
    const { start, date } = newDay()
    const one = newEvent('shop', { receivedAt: start, time: start - 1_000 })
    await store.stored(one)
    expect(await list({ provider: 'shop', from: date, to: date })).toEqual({
      events: [
        {
          id: publicId(one),
          provider: 'shop',
          type: 'invoice.paid',
          state: 'stored',
          received_at: new Date(start).toISOString(),
          occurred_at: new Date(start - 1_000).toISOString(),
          verified_by: 'hmac',
          content_type: 'application/json',
          bytes: one.body.length,
          attempts: 0,
          reason: null,
          due_at: null,
          sent_to: [],
        },
      ],
      next: null,
      link: undefined,
    })
  })

  it('shows what is not known as null, and the last failure of a job', async () => {
    const { start, date } = newDay()
    const one = newEvent('shop', { receivedAt: start, type: null, verifiedBy: null })
    await store.pending(one)
    const { events } = await list({ from: date, to: date })
    expect(events).toMatchObject([
      { type: null, occurred_at: null, verified_by: null, state: 'pending', reason: 'provider_timeout' },
    ])
    expect(new Date(String(events[0]?.['due_at'])).getTime()).toBeGreaterThan(Date.now())
  })

  it.each([
    ['one provider', ['shop']],
    ['several providers', ['shop', 'plain', 'incode', 'helplightning']],
  ])('merges the pages of %s by time, each event once', async (_which, providers) => {
    const { start, date } = newDay()
    const ids = await storeMany(providers, start, 47)
    const range = { from: date, to: date, ...(providers.length === 1 && { provider: 'shop' }) }
    for (const number of [4, 46, 47, 1_000]) {
      const { ids: found, pages } = await everyId({ ...range, number: String(number) })
      expect(found).toEqual(ids)
      expect(pages).toBeLessThanOrEqual(Math.ceil(47 / number) + 1)
    }
    const first = await list({ ...range, number: '5' })
    expect(idsOf(await list({ ...range, cursor: first.next ?? '' }))).toEqual(ids.slice(5))
  })

  it('filters by provider, type, state and time', async () => {
    const { start, date } = newDay()
    const other = newEvent('shop', { receivedAt: start + 1, type: 'invoice.void' })
    const parked = newEvent('shop', { receivedAt: start + 2 })
    const done = newEvent('plain', { receivedAt: start + 3 })
    const late = newEvent('shop', { receivedAt: start + 86_399_999 })
    await store.stored(other)
    await store.parked(parked)
    await store.done(done)
    await store.pending(late)
    const range = { from: date, to: date }
    const find = async (more: Record<string, string>) => idsOf(await list({ ...range, ...more }))
    expect(await find({ provider: 'plain' })).toEqual([publicId(done)])
    expect(await find({ type: 'invoice.void' })).toEqual([publicId(other)])
    expect(await find({ state: 'stored' })).toEqual([publicId(other)])
    expect(await find({ state: 'parked' })).toEqual([publicId(parked)])
    expect(await find({ state: 'done' })).toEqual([publicId(done)])
    expect(await find({ state: 'pending' })).toEqual([publicId(late)])
    expect(await find({ state: 'parked', type: 'invoice.void' })).toEqual([])
    expect(await find({ from: new Date(start + 3).toISOString() })).toEqual([publicId(late), publicId(done)])
    expect(await find({ to: new Date(start + 1).toISOString() })).toEqual([publicId(other)])
    expect(await find({ from: '2041-01-01', to: '2040-01-01' })).toEqual([])
    expect(await find({ provider: 'unknown' })).toEqual([])
  })

  it('gives all pages the same range if it is relative to now', async () => {
    const now = Date.now()
    const [older, newer] = [
      newEvent('shop', { receivedAt: now - 3_000 }),
      newEvent('shop', { receivedAt: now - 2_000 }),
    ]
    await store.stored(older)
    await store.stored(newer)
    const { link = '', events } = await list({ from: '-1h', to: 'now', number: '1', provider: 'shop' })
    expect(idsOf({ events })).toEqual([publicId(newer)])
    expect(new URL(link, latchkey.url).searchParams.get('from')).toMatch(/^\d{4}-/)
  })

  it('ends a page when the time is up, and continues on the next', async () => {
    const { start, date } = newDay()
    const ids = await storeMany(['shop'], start, 30)
    latchkey.setRemainingTime(5_000)
    const { events, next } = await list({ from: date, to: date, number: '20' })
    expect([events.length, next]).toEqual([10, expect.any(String)])
    const { ids: found, pages } = await everyId({ from: date, to: date, number: '20' })
    expect(found).toEqual(ids)
    expect(pages).toBeLessThanOrEqual(5)
  })

  it('finds a parked event among others in one page', async () => {
    const { start, date } = newDay()
    await storeMany(['shop'], start + 1_000, 30)
    const found = newEvent('shop', { receivedAt: start })
    await store.parked(found)
    expect(await everyId({ from: date, to: date, provider: 'shop', state: 'parked', number: '1' })).toEqual({
      ids: [publicId(found)],
      pages: 1,
    })
  })

  it('does not show expired events', async () => {
    const old = newEvent('shop', { receivedAt: Date.now() - 90 * 86_400_000 - 1_000 })
    await store.stored(old)
    expect(idsOf(await list({ from: '-100d', to: '-89d' }))).toEqual([])
    for (const path of ['', '/body'])
      expect((await latchkey.asAdmin(`/events/${publicId(old)}${path}`)).status).toBe(404)
    expect((await post(`/events/${publicId(old)}/redrive`)).status).toBe(404)
  })

  it('compresses a page', async () => {
    const { start, date } = newDay()
    const ids = await storeMany(['shop'], start, 20)
    const answer = await latchkey.asAdmin(`/events?from=${date}&to=${date}`, { headers: { 'accept-encoding': 'gzip' } })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(idsOf(listed.parse(await answer.json()))).toEqual(ids)
  })

  it.each([
    ['number', '0'],
    ['number', '1001'],
    ['state', 'new'],
    ['provider', 'Shop'],
    ['provider', 'a#b'],
    ['type', ''],
    ['type', 'x'.repeat(129)],
    ['from', 'yesterday'],
    ['cursor', ''],
    ['cursor', 'abc'],
    ['cursor', Buffer.from('2026-01-01T00:00:00.000Z#user-token#x#y').toString('base64url')],
    ['cursor', Buffer.from(`2026-01-01T00:00:00.000Z#event#shop#${'x'.repeat(600)}`).toString('base64url')],
    ['limit', '5'],
  ])('rejects %s=%s', async (name, value) => {
    const answer = await latchkey.asAdmin(`/events?${new URLSearchParams({ [name]: value })}`)
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).errors).toMatchObject([{ field: name }])
  })

  it('accepts a cursor of another provider, and shows only events of the provider', async () => {
    const { start, date } = newDay()
    await storeMany(['plain'], start, 3)
    const { next } = await list({ from: date, to: date, number: '1' })
    expect(idsOf(await list({ from: date, to: date, provider: 'shop', cursor: next ?? '' }))).toEqual([])
  })
})

describe('who may read events', () => {
  const paths = ['/events', '/events/shop:evt_1', '/events/shop:evt_1/body']

  it('includes servers with the scope events', async () => {
    const one = newEvent('shop')
    await store.stored(one)
    const token = await serverToken('events')
    expect((await latchkey.call(`/events/${publicId(one)}`, bearer(token))).status).toBe(200)
    expect((await latchkey.call('/events?number=1', bearer(token))).status).toBe(200)
    expect((await latchkey.call(`/events/${publicId(one)}/body`, bearer(token))).status).toBe(200)
    const redriven = await latchkey.call(`/events/${publicId(one)}/redrive`, { method: 'POST', ...bearer(token) })
    expect(redriven.status).toBe(200)
  })

  it.each(paths)('needs credentials with the scope events: %s', async (path) => {
    const codes = async (answer: Response) => [answer.status, (await problemOf(answer)).code]
    expect(await codes(await latchkey.call(path))).toEqual([401, 'credentials_missing'])
    expect(await codes(await latchkey.call(path, bearer('wrong')))).toEqual([401, 'credentials_invalid'])
    for (const scope of ['webhook', 'download', 'introspect'])
      expect(await codes(await latchkey.call(path, bearer(await serverToken(scope))))).toEqual([403, 'not_allowed'])
  })

  it('excludes public clients and participants', async () => {
    const answer = await post('/register', { callback_url: 'https://app.example/', scope: 'upload events' })
    expect([answer.status, (await problemOf(answer)).detail]).toEqual([
      400,
      'scope can contain events only if kind is confidential.',
    ])
    const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope: 'upload events' })
    const token = (parameters: Record<string, string>) =>
      latchkey.call('/token', {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', participant_id: 'P007', ...parameters }),
      })
    expect((await fieldsOf(await token({})))['scope']).toBe('upload')
    expect((await token({ scope: 'events' })).status).toBe(400)
  })
})

describe('GET /events/{id}', () => {
  it('shows an event as the list does, and logs who read it', async () => {
    const { start, date } = newDay()
    const one = newEvent('incode', { receivedAt: start, delivery: `${randomUUID()}#ONBOARDING_FINISHED` })
    await store.done(one, 'OK', 'incode')
    const before = logged()
    const answer = await latchkey.asAdmin(`/events/${encodeURIComponent(publicId(one))}`)
    const { events } = await list({ from: date, to: date })
    expect(await answer.json()).toEqual(events[0])
    expect(events[0]).toMatchObject({ id: publicId(one), state: 'done', sent_to: ['target'] })
    const lines = outputSince(before)
    expect(lines).toContain(`"client_id":"admin","event":"${publicId(one)}","part":"fields"`)
    expect(lines).toContain('"code":"events_listed"')
  })

  it.each([
    ['shop', 400],
    ['shop:', 400],
    ['Shop:evt_1', 400],
    ['shop:a b', 400],
    ['shop%23evt_1', 400],
    ['event%23shop%23evt_1', 400],
    [`shop:${'x'.repeat(513)}`, 400],
    ['shop:%C3%A9', 400],
    ['shop:..', 404],
    ['shop:evt_unknown', 404],
    ['body:event:x', 404],
  ])('rejects %s with %i', async (id, status) => {
    for (const path of ['', '/body']) expect((await latchkey.asAdmin(`/events/${id}${path}`)).status).toBe(status)
    expect((await post(`/events/${id}/redrive`)).status).toBe(status)
  })
})

describe('GET /events/{id}/body', () => {
  const read = (one: ProviderEvent) => latchkey.asAdmin(`/events/${publicId(one)}/body`)

  it.each([
    ['a short body', Buffer.from('{"id":"evt_1"}'), 'application/json; charset=utf-8'],
    ['no body', Buffer.of(), 'application/json'],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0x00, 0xfe, 0x80]), 'application/x-www-form-urlencoded'],
    [
      'a body of 1 MB in chunks',
      Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, at) => (at * 31) % 251)),
      'text/plain',
    ],
  ])('returns %s unchanged', async (_which, body, contentType) => {
    const one = newEvent('shop', { body, contentType })
    await store.stored(one)
    const before = logged()
    const answer = await read(one)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, contentType])
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true)
    expect(outputSince(before)).toContain(`"event":"${publicId(one)}","part":"body"`)
  })

  it('is saved by browsers, which never run it', async () => {
    const one = newEvent('shop', { body: Buffer.from('<script>alert(1)</script>'), contentType: 'text/html' })
    await store.stored(one)
    const { headers } = await read(one)
    expect(headers.get('content-disposition')).toBe(`attachment; filename=shop-${one.delivery}`)
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('has no content type that is not one', async () => {
    for (const contentType of ['json', 'text/html\u00e9', '', 'a/b; \u0001']) {
      const one = newEvent('shop', { contentType })
      await store.stored(one)
      expect((await read(one)).headers.get('content-type')).toBe('application/octet-stream')
    }
  })

  it('cannot be returned if no key decrypts it', async () => {
    const sealedKey = process.env['SEAL_KEY'] ?? ''
    const short = newEvent('shop')
    const long = newEvent('shop', { body: Buffer.alloc(600_000, randomUUID()) })
    process.env['SEAL_KEY'] = Buffer.alloc(32, 1).toString('base64url')
    const elsewhere = eventStore(await jobContainer())
    await elsewhere.stored(short)
    await elsewhere.stored(long)
    process.env['SEAL_KEY'] = sealedKey
    await latchkey.anotherContainer()
    for (const one of [short, long]) {
      const answer = await read(one)
      expect([answer.status, (await problemOf(answer)).detail]).toEqual([404, expect.stringContaining('SEAL_KEYS')])
      expect((await latchkey.asAdmin(`/events/${publicId(one)}`)).status).toBe(200)
    }
  })
})

describe('POST /events/{id}/redrive', () => {
  const redrive = async (one: ProviderEvent) => {
    const before = Date.now()
    const answer = await post(`/events/${publicId(one)}/redrive`)
    const event = await fieldsOf(answer)
    expect([answer.status, event['id']]).toEqual([200, publicId(one)])
    return { event, before }
  }
  const isDue = { work_state: 'pending', outbox: 'due', attempts: 0 }

  /** Runs the due jobs, which succeed. */
  async function sending() {
    const send = vi.fn<NonNullable<JobWork['send']>>(async () => ({ sentTo: ['bus'], failure: null }))
    await jobs.retryJobs({ send: { send } }, Date.now() + 60_000)
    return send
  }
  it.each<[string, 'parked' | 'pending' | 'stored' | 'done']>([
    ['retries a parked job', 'parked'],
    ['retries a job that backs off', 'pending'],
    ['sends an event that has no job', 'stored'],
    ['sends an event again that is done', 'done'],
  ])('%s', async (_what, state) => {
    const one = newEvent('shop')
    await store[state](one)
    const log = logged()
    const { event, before } = await redrive(one)
    expect(event).toMatchObject({ state: 'pending', attempts: 0, sent_to: [] })
    const changed = await item(one)
    expect(changed).toMatchObject({ ...isDue, kind: 'send', sent_to: [] })
    expect(Number(changed['due_at'])).toBeGreaterThanOrEqual(before)
    expect(Number(changed['due_at'])).toBeLessThanOrEqual(Date.now())
    expect(outputSince(log)).toContain(`"client_id":"admin","event":"${publicId(one)}","events":1`)
    const send = await sending()
    expect(send).toHaveBeenCalledWith(expect.objectContaining({ id: jobs.eventKey(one) }), expect.any(Number))
    expect(await item(one)).toMatchObject({ work_state: 'done', sent_to: ['bus'], attempts: 1 })
  })

  it('never repeats what Latchkey itself did for an event', async () => {
    process.env['WEBHOOKS'] = JSON.stringify({ ...WEBHOOKS, incode: { bus: 'default' } })
    await latchkey.anotherContainer()
    const one = newEvent('incode')
    await store.done(one, 'OK', 'incode')
    await redrive(one)
    const handler = vi.fn(async () => 'again')
    const send = vi.fn(async () => ({ sentTo: ['bus'], failure: null }))
    await jobs.retryJobs({ incode: { process: handler, send }, send: { send } }, Date.now() + 60_000)
    expect([handler.mock.calls.length, send.mock.calls.length]).toEqual([0, 1])
    expect(await item(one)).toMatchObject({ work_state: 'done', sent_to: ['bus'] })
    expect(await jobs.runJobOnce(one, 'incode', { process: handler }, Date.now() + 5_000)).toBe('OK')
    expect(handler).not.toHaveBeenCalled()
    process.env['WEBHOOKS'] = JSON.stringify(WEBHOOKS)
    await latchkey.anotherContainer()
  })

  it('keeps the work of a parked job', async () => {
    const one = newEvent('incode')
    await store.parked(one, 'incode')
    await redrive(one)
    expect(await item(one)).toMatchObject({ ...isDue, kind: 'incode' })
  })

  it.each<['stored' | 'done']>([['stored'], ['done']])('needs a recipient for an event that is %s', async (state) => {
    for (const provider of ['plain', 'removed']) {
      const one = newEvent(provider)
      await store[state](one)
      const answer = await post(`/events/${publicId(one)}/redrive`)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([409, 'recipients_missing'])
      expect((await item(one))['work_state']).toBe(state === 'stored' ? undefined : 'done')
    }
  })

  it('starts no second attempt next to a running one', async () => {
    const one = newEvent('shop')
    const job = await store.running(one)
    await redrive(one)
    expect(await item(one)).toMatchObject({ lease_id: job.lease, work_state: 'pending' })
    expect(await sending()).not.toHaveBeenCalled()
    expect(await jobs.finishJob(job, { outcome: null, sentTo: ['bus'] })).toBe(true)
    expect(await item(one)).toMatchObject({ work_state: 'done', sent_to: ['bus'] })
    expect(await sending()).not.toHaveBeenCalled()
  })

  it('changes nothing if the job ends at the same time', async () => {
    const one = newEvent('shop')
    const job = await store.running(one)
    let isFirst = true
    latchkey.database.plan = async (command) => {
      if (command !== 'UpdateItem' || !isFirst) return undefined
      isFirst = false
      await jobs.finishJob(job, { outcome: null, sentTo: ['bus'] })
      return undefined
    }
    const { event } = await redrive(one)
    expect(event).toMatchObject({ state: 'done', sent_to: ['bus'] })
  })

  it('has the same effect for concurrent requests as for one', async () => {
    const one = newEvent('shop')
    await store.done(one)
    await Promise.all([redrive(one), redrive(one), redrive(one)])
    expect(await item(one)).toMatchObject(isDue)
    expect(await sending()).toHaveBeenCalledOnce()
  })

  it('also works with a slash at the end of the path', async () => {
    const one = newEvent('shop')
    await store.parked(one)
    expect((await post(`/events/${publicId(one)}/redrive/`)).status).toBe(200)
  })
})

describe('POST /events/redrive', () => {
  const redriven = z.object({ redriven: z.number(), next: z.string().nullable() })
  const redrive = async (body: object) => redriven.parse(await (await post('/events/redrive', body)).json())

  it('redrives the parked events of a provider in a range', async () => {
    const { start, date } = newDay()
    const [early, late] = [
      newEvent('shop', { receivedAt: start }),
      newEvent('shop', { receivedAt: start + 86_400_000 }),
    ]
    const void_ = newEvent('shop', { receivedAt: start + 1, type: 'invoice.void' })
    const others = [newEvent('plain', { receivedAt: start }), newEvent('shop', { receivedAt: start + 2 })]
    for (const one of [early, late, void_]) await store.parked(one)
    await store.parked(others[0] ?? early)
    await store.done(others[1] ?? early)
    const log = logged()
    const range = { provider: 'shop', from: date, to: date }
    expect(await redrive({ ...range, type: 'invoice.void' })).toEqual({ redriven: 1, next: null })
    expect(await redrive(range)).toEqual({ redriven: 1, next: null })
    expect(await redrive(range)).toEqual({ redriven: 0, next: null })
    expect(outputSince(log)).toContain('"client_id":"admin","provider":"shop","events":1')
    expect((await item(early))['work_state']).toBe('pending')
    expect((await item(late))['work_state']).toBe('parked')
    expect((await item(others[0] ?? early))['work_state']).toBe('parked')
    expect((await item(others[1] ?? early))['work_state']).toBe('done')
    expect(await redrive({ ...range, state: 'done' })).toEqual({ redriven: 1, next: null })
    expect((await item(others[1] ?? early))['work_state']).toBe('pending')
  })

  it('continues with next until all events are redriven', async () => {
    const { start, date } = newDay()
    await storeMany(['shop'], start, 105)
    const body = { provider: 'shop', state: 'stored', from: date, to: date }
    const first = await redrive(body)
    expect(first).toEqual({ redriven: 100, next: expect.any(String) })
    expect(await redrive({ ...body, cursor: first.next })).toEqual({ redriven: 5, next: null })
    expect(idsOf(await list({ from: date, to: date, state: 'stored' }))).toEqual([])
  })

  it('does not repeat an event that was redriven since it was listed', async () => {
    const { start, date } = newDay()
    const one = newEvent('shop', { receivedAt: start })
    await store.parked(one)
    let isFirst = true
    latchkey.database.plan = async (command) => {
      if (command !== 'UpdateItem' || !isFirst) return undefined
      isFirst = false
      const { redriveJob } = await import('../../../lib/jobs/redrive.ts')
      await redriveJob(publicId(one), 'parked', Date.now())
      return undefined
    }
    expect(await redrive({ provider: 'shop', from: date, to: date })).toEqual({ redriven: 0, next: null })
  })

  it.each([
    [{}, 'provider'],
    [{ provider: 'a/b' }, 'provider'],
    [{ provider: 'shop', state: 'all' }, 'state'],
    [{ provider: 'shop', from: 'x' }, 'from'],
    [{ provider: 'shop', cursor: 'x' }, 'cursor'],
    [{ provider: 'shop', id: 'x' }, 'id'],
  ])('rejects %j', async (body, field) => {
    const answer = await post('/events/redrive', body)
    expect([answer.status, (await problemOf(answer)).errors]).toEqual([400, [expect.objectContaining({ field })]])
  })

  it('needs a recipient for events that are done or were only stored', async () => {
    for (const state of ['done', 'stored']) {
      const answer = await post('/events/redrive', { provider: 'plain', state })
      expect([answer.status, (await problemOf(answer)).code]).toEqual([409, 'recipients_missing'])
    }
    expect((await post('/events/redrive', { provider: 'removed', state: 'pending' })).status).toBe(200)
  })
})
