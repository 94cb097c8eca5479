// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { listenLocally } from '../../../dev/free-port.ts'
import { putOnBus } from '../../../lib/webhooks/put-on-bus.ts'
import type { OutgoingEvent } from '../../../lib/webhooks/send-failure.ts'
import { rejection } from '../../support/problems.ts'
import { closed } from '../../support/server.ts'

const entry = z.strictObject({
  EventBusName: z.string(),
  Source: z.string(),
  DetailType: z.string(),
  Detail: z.string(),
  Time: z.number(),
})
type Entry = z.output<typeof entry>
const requestBody = z.strictObject({ Entries: z.tuple([entry]) })

/** Entries and headers that arrived, and prepared responses; null breaks the connection. */
const received: { headers: IncomingHttpHeaders; entry: Entry }[] = []
let answers: ([status: number, body: string] | 'never' | null)[] = []
const ACCEPTED: [number, string] = [200, '{"FailedEntryCount":0,"Entries":[{"EventId":"11710aed"}]}']
const failed = (code: string): [number, string] => [
  200,
  `{"FailedEntryCount":1,"Entries":[{"ErrorCode":"${code}","ErrorMessage":"of AWS"}]}`,
]
const bus = createServer(async (request, response) => {
  const { Entries } = requestBody.parse(JSON.parse(await text(request)))
  received.push({ headers: request.headers, entry: Entries[0] })
  const answer = answers.length > 0 ? answers.shift() : ACCEPTED
  if (answer === 'never') return
  if (!answer) return void request.socket.destroy()
  response.writeHead(answer[0], { 'content-type': 'application/x-amz-json-1.1' }).end(answer[1])
})

beforeAll(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', await listenLocally(bus))
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'a secret')
})
beforeEach(() => {
  received.length = 0
  answers = []
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await closed(bus)
})

const put = (changes: Partial<OutgoingEvent> = {}, ms = 60_000) =>
  putOnBus(
    {
      id: 'stripe:evt_1',
      provider: 'stripe',
      type: 'invoice.paid',
      receivedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      contentType: 'application/json',
      body: Buffer.from('{"id":"evt_1"}'),
      ...changes,
    },
    'team-events',
    Date.now() + ms,
  )

const details = () => received.map(({ entry: { Detail } }): unknown => JSON.parse(Detail))
const HEAD = { id: 'stripe:evt_1', provider: 'stripe', type: 'invoice.paid', received_at: '2026-01-02T03:04:05.678Z' }
const facts = { provider: 'stripe', operation: 'bus' }

describe('an event on a bus', () => {
  it('is one entry with its source, type, time and body', async () => {
    await expect(put()).resolves.toBeUndefined()
    expect(received.map(({ entry: { Detail: _, ...rest } }) => rest)).toEqual([
      {
        EventBusName: 'team-events',
        Source: 'latchkey.stripe',
        DetailType: 'invoice.paid',
        Time: Date.UTC(2026, 0, 2, 3, 4, 5, 678) / 1000,
      },
    ])
    expect(details()).toEqual([{ ...HEAD, body: { id: 'evt_1' } }])
  })

  it('is sent in a request that is signed for EventBridge', async () => {
    await put()
    const [{ headers } = { headers: {} }] = received
    expect(headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSEvents.PutEvents',
      authorization: expect.stringMatching(/Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/events\/aws4_request/),
    })
  })

  it('has the text of a JSON body, so that long numbers do not change', async () => {
    const body = Buffer.from('[ 12345678901234567890, 1.10, "Zoë" ]')
    await put({ body })
    expect(received[0]?.entry.Detail).toContain('"body":[ 12345678901234567890, 1.10, "Zoë" ]}')
  })

  it.each(['0', 'null', 'false', '""', ' [] '])('may have the JSON body %s', async (text) => {
    await put({ body: Buffer.from(text) })
    expect(details()).toEqual([{ ...HEAD, body: JSON.parse(text) }])
  })

  it.each([
    ['a form', Buffer.from('a=1&b=2')],
    ['JSON with a byte order mark', Buffer.from('\ufeff{}')],
    ['two JSON values', Buffer.from('{},"body":{}')],
    ['not UTF-8', Buffer.from([0x22, 0xe9, 0x22])],
    ['empty', Buffer.alloc(0)],
  ])('has a body that is %s as base64', async (_, body) => {
    await put({ body, contentType: 'application/x-www-form-urlencoded' })
    const content_type = 'application/x-www-form-urlencoded'
    expect(details()).toEqual([{ ...HEAD, content_type, body_base64: body.toString('base64') }])
  })

  it.each([
    [null, 'event', null],
    ['', 'event', ''],
    ['t'.repeat(200), 't'.repeat(128), 't'.repeat(200)],
    [`${'t'.repeat(127)}\u{1f600}`, `${'t'.repeat(127)}\ufffd`, `${'t'.repeat(127)}\u{1f600}`],
  ])('of the type %j has the detail type %j', async (type, detailType, inDetail) => {
    await put({ type })
    expect(received[0]?.entry.DetailType).toBe(detailType)
    expect(details()).toEqual([{ ...HEAD, type: inDetail, body: { id: 'evt_1' } }])
  })

  it('has its body up to 1 MB, and only its id above', async () => {
    const ofBytes = (bytes: number) => Buffer.from(JSON.stringify('x'.repeat(bytes - 2)))
    await put({ body: ofBytes(3) })
    const { Source = '', DetailType = '', Detail = '' } = received[0]?.entry ?? {}
    const room = 1_000_000 - (14 + Source.length + DetailType.length + Detail.length - 3)
    received.length = 0
    await put({ body: ofBytes(room) })
    await put({ body: ofBytes(room + 1) })
    expect(details()).toEqual([
      { ...HEAD, body: 'x'.repeat(room - 2) },
      { ...HEAD, body_omitted: true },
    ])
  })

  it.each([
    [400, '{"__type":"ValidationException","message":"Total size of the entries in the request is over the limit."}'],
    [413, ''],
    failed('MalformedDetail'),
    failed('InvalidArgument'),
  ])('leaves out its body if EventBridge rejects that: %d %s', async (status, body) => {
    answers = [[status, body]]
    await expect(put()).resolves.toBeUndefined()
    expect(details()).toEqual([
      { ...HEAD, body: { id: 'evt_1' } },
      { ...HEAD, body_omitted: true },
    ])
  })
})

describe('an event is not on the bus', () => {
  it.each(['InternalFailure', 'ThrottlingException'])('if its entry fails with status 200 and %s', async (code) => {
    answers = [failed(code)]
    const problem = await rejection(put())
    expect(problem).toMatchObject({
      code: 'provider_unavailable',
      message: 'The event bus of stripe is not available at the moment. Try again later.',
      headers: { 'retry-after': '30' },
      facts: { ...facts, status: 200, reason: code },
    })
    expect(received).toHaveLength(1)
  })

  it.each(['NotAuthorizedForSourceException', 'AccessDenied'])('if its entry is rejected with %s', async (code) => {
    answers = [failed(code)]
    expect(await rejection(put())).toMatchObject({ code: 'provider_refused', facts: { ...facts, reason: code } })
  })

  it('if an entry fails without a code', async () => {
    answers = [[200, '{"FailedEntryCount":1,"Entries":[]}']]
    expect(await rejection(put())).toMatchObject({ code: 'provider_refused', facts: { reason: 'UnknownError' } })
  })

  it.each([
    [400, 'ThrottlingException', 'provider_unavailable'],
    [500, 'InternalException', 'provider_unavailable'],
    [503, 'UnknownError', 'provider_unavailable'],
    [400, 'AccessDeniedException', 'provider_refused'],
    [400, 'UnrecognizedClientException', 'provider_refused'],
  ])('if EventBridge responds with %d and %s', async (status, name, code) => {
    answers = [[status, `{"__type":"com.amazonaws.events#${name}","message":"User: arn:aws:sts::1:assumed-role/x"}`]]
    const problem = await rejection(put())
    expect(problem).toMatchObject({ code, facts: { ...facts, status, reason: name } })
    expect(inspect(problem, { depth: Infinity, showHidden: true })).not.toMatch(/arn:|evt_1"|a secret/)
    expect(received).toHaveLength(1)
  })

  it('if a request without its body is rejected, too', async () => {
    answers = [failed('InvalidArgument'), failed('InvalidArgument')]
    expect(await rejection(put())).toMatchObject({ code: 'provider_refused', facts: { reason: 'InvalidArgument' } })
    expect(received).toHaveLength(2)
  })

  it.each(['<html>', '{}', '{"FailedEntryCount":"0","Entries":[]}'])('if the response is %s', async (text) => {
    answers = [[200, text]]
    expect(await rejection(put())).toMatchObject({
      code: 'provider_unavailable',
      facts: { ...facts, reason: 'invalid_response' },
    })
  })

  it('if the connection breaks', async () => {
    answers = [null]
    expect(await rejection(put())).toMatchObject({ code: 'provider_unavailable', facts: { reason: 'ECONNRESET' } })
  })

  it('if EventBridge does not respond in time', async () => {
    answers = ['never']
    expect(await rejection(put({}, 300))).toMatchObject({ code: 'provider_timeout', facts })
  })

  it('after the deadline', async () => {
    for (const ms of [0, -1_000]) expect((await rejection(put({}, ms))).code).toBe('provider_timeout')
    expect(received).toEqual([])
  })
})
