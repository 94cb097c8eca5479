import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { began, delivery, statusEvent, statusOf } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { logged, outputSince } from '../../support/logs.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  latchkey.database.plan = () => undefined
})

/** Values of a metric's dimension, from log lines since `from`. */
const counted = (metric: string, dimension: string, from = 0) =>
  outputSince(from)
    .split('\n')
    .filter((line) => line.includes('_aws'))
    .map((line) => JSON.parse(line))
    .filter((line) => line[metric] === 1 && dimension in line)
    .map((line) => line[dimension])

async function events() {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: process.env['SESSIONS_TABLE'] ?? '' }))
  return Items.filter(({ id }) => String(id).startsWith('event#'))
}

describe('/webhook', () => {
  it('echoes the exact JSON of the request, with any other members', async () => {
    const { interviewId } = await began(latchkey)
    const body = `{ "interviewId":"${interviewId}", "onboardingStatus":"ID_VALIDATION_FINISHED",\n "n": 12345678901234567890, "é": [null, {"a": 1.0}], "externalId": null, "__proto__": {"x": 1} }`
    const answer = await latchkey.call('/webhook', delivery(body))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await answer.text()).toBe(body)
    expect((await latchkey.call('/webhook', { method: 'POST', body })).status).toBe(200)
  })

  it('only advances the status of a session, in any order of events', async () => {
    const interview = await began(latchkey)
    const send = (status: string) => latchkey.call('/webhook', delivery(statusEvent(interview.interviewId, status)))
    await send('FACE_VALIDATION_FINISHED')
    await send('ID_VALIDATION_FINISHED')
    expect((await statusOf(latchkey, interview)).onboardingStatus).toBe('FACE_VALIDATION_FINISHED')
    await Promise.all(
      ['POST_PROCESSING_FINISHED', 'ONBOARDING_FINISHED', 'EXPIRED', 'ID_VALIDATION_FINISHED'].map(send),
    )
    expect((await statusOf(latchkey, interview)).onboardingStatus).toBe('ONBOARDING_FINISHED')
    await send('MANUAL_REVIEW_REJECTED')
    await send('MANUAL_REVIEW_APPROVED')
    expect((await statusOf(latchkey, interview)).onboardingStatus).toBe('MANUAL_REVIEW_REJECTED')
  })

  it('stores an event once, encrypted, and records the number of its deliveries', async () => {
    const { interviewId } = await began(latchkey)
    const body = statusEvent(interviewId, 'ID_VALIDATION_FINISHED', { externalId: 'jane@corp.example' })
    await Promise.all([1, 2, 3].map(() => latchkey.call('/webhook', delivery(body))))
    const kept = (await events()).filter(({ subject }) => subject === interviewId)
    expect(kept).toMatchObject([{ id: `event#incode#${interviewId}#ID_VALIDATION_FINISHED`, deliveries: 3 }])
    expect(JSON.stringify(kept)).not.toContain('jane')
    const { decrypt } = await import('../../../lib/crypto/encryption.ts')
    const key = Buffer.from(process.env['SEAL_KEY'] ?? '', 'base64url')
    expect((await decrypt(String(kept[0]?.['body']), [key])).text).toBe(body)
  })

  it(
    'stores and measures unknown statuses, and events of unknown sessions',
    localOnly('It reads the log of this process.'),
    async () => {
      const interview = await began(latchkey)
      const from = logged()
      const news = statusEvent(interview.interviewId, 'SOMETHING_NEW')
      expect((await latchkey.call('/webhook', delivery(news))).status).toBe(200)
      expect((await latchkey.call('/webhook', delivery(statusEvent('elsewhere', 'EXPIRED')))).status).toBe(200)
      expect((await statusOf(latchkey, interview)).onboardingStatus).toBe('UNKNOWN')
      expect(counted('EventReceived', 'status', from)).toEqual(['unknown', 'EXPIRED'])
      const ids = (await events()).map(({ id }) => id)
      expect(ids).toContain(`event#incode#${interview.interviewId}#SOMETHING_NEW`)
      expect(ids).toContain('event#incode#elsewhere#EXPIRED')
    },
  )

  it('preserves an event that arrives before the response of /start is stored', async () => {
    let interviewId = ''
    latchkey.incode.plan = ({ path }) => (path === '/omni/start' ? 300 : undefined)
    const starting = latchkey.call('/start')
    while (interviewId === '') {
      await new Promise((resolve) => setTimeout(resolve, 5))
      const [latest] = [...latchkey.incode.interviews.values()].slice(-1)
      if (latest && latest.status === 'UNKNOWN' && latchkey.incode.calls.at(-1)?.path === '/omni/start') {
        interviewId = latest.interviewId
      }
    }
    await latchkey.call('/webhook', delivery(statusEvent(interviewId, 'ID_VALIDATION_FINISHED')))
    latchkey.incode.plan = () => undefined
    await starting
    const interview = latchkey.incode.interviews.get(interviewId)
    expect(interview && (await statusOf(latchkey, interview)).onboardingStatus).toBe('ID_VALIDATION_FINISHED')
  })

  it.each([
    ['invalid JSON', 'onboardingStatus=x', 'body_invalid', ['body']],
    ['an empty body', '', 'body_invalid', ['body']],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'body_invalid', ['body']],
    ['a list', '[]', 'parameter_invalid', ['body']],
    ['a string', '"x"', 'parameter_invalid', ['body']],
    ['null', 'null', 'parameter_invalid', ['body']],
    ['no interviewId', '{"onboardingStatus":"EXPIRED"}', 'parameter_invalid', ['interviewId']],
    [
      'an interviewId of another type',
      '{"interviewId":7,"onboardingStatus":"X"}',
      'parameter_invalid',
      ['interviewId'],
    ],
    ['an interviewId with a path', statusEvent('../x'), 'parameter_invalid', ['interviewId']],
    ['an interviewId with a line end', statusEvent('abc\n'), 'parameter_invalid', ['interviewId']],
    ['an interviewId that is too long', statusEvent('x'.repeat(65)), 'parameter_invalid', ['interviewId']],
    ['a status that is too long', statusEvent('abc', 'X'.repeat(65)), 'parameter_invalid', ['onboardingStatus']],
    ['a status with a #', statusEvent('abc', 'A#B'), 'parameter_invalid', ['onboardingStatus']],
    [
      'a field that is too long',
      statusEvent('abc', 'X', { externalId: 'x'.repeat(257) }),
      'parameter_invalid',
      ['externalId'],
    ],
  ])(
    'rejects %s, stores nothing and records the cause',
    localOnly('It reads the log of this process.'),
    async (_case, body, code, fields) => {
      const [before, from] = [(await events()).length, logged()]
      for (const path of ['/webhook', '/approve']) {
        const answer = await latchkey.call(path, { ...delivery(''), body })
        const problem = await problemOf(answer)
        expect([answer.status, problem.code, problem.errors.map(({ field }) => field)]).toEqual([400, code, fields])
      }
      expect((await events()).length).toBe(before)
      expect(counted('WebhookRefused', 'cause', from)).toEqual([code, code])
    },
  )

  it('rejects a body over 1,000,000 bytes with 413, and invalid gzip with 400', async () => {
    const answer = await latchkey.call('/webhook', delivery(statusEvent('abc', 'X', { more: 'x'.repeat(1_000_000) })))
    expect([answer.status, (await problemOf(answer)).code]).toEqual([413, 'body_too_large'])
    const zipped = await latchkey.call('/webhook', delivery(statusEvent('abc'), { 'content-encoding': 'gzip' }))
    expect(zipped.status).toBe(400)
  })

  it('returns 503 if the event cannot be stored, so that Incode retries', async () => {
    const from = logged()
    latchkey.database.plan = () => 'failing'
    const answer = await latchkey.call('/webhook', delivery(statusEvent('abc', 'EXPIRED')))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(counted('WebhookRefused', 'cause', from)).toEqual([])
  })
})

describe('credentials of Incode’s deliveries', () => {
  const statuses = (init: RequestInit) =>
    Promise.all(['/webhook', '/approve'].map((path) => latchkey.call(path, init).then(({ status }) => status)))
  const body = statusEvent('abc', 'ID_VALIDATION_FINISHED')

  it('require the configured header in every delivery', localOnly('It reads the log of this process.'), async () => {
    process.env['INCODE_WEBHOOK_HEADER'] = 'X-Hook-Secret: a secret: with a colon'
    await latchkey.anotherContainer()
    const [before, from] = [(await events()).length, logged()]
    expect(await statuses(delivery(body))).toEqual([401, 401])
    expect(await statuses(delivery(body, { 'x-hook-secret': 'a secret: with a colom' }))).toEqual([401, 401])
    expect(await statuses(delivery(body, { 'x-hook-secret': '' }))).toEqual([401, 401])
    expect(await statuses(delivery(body, { 'x-hook-secret': 'a' }))).toEqual([401, 401])
    expect((await events()).length).toBe(before)
    expect(counted('WebhookRefused', 'cause', from).toSorted()).toEqual([
      ...Array(2).fill('credentials_missing'),
      ...Array(6).fill('signature_wrong'),
    ])
    expect(await statuses(delivery(body, { 'X-HOOK-SECRET': 'a secret: with a colon' }))).toEqual([200, 200])
  })

  it('include auth tokens with scope webhook only', async () => {
    const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope: 'webhook' })
    const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
    const headers = { accept: 'application/json', authorization: basic }
    const { auth_token } = await fieldsOf(await latchkey.call(`/token?client_id=${client_id}`, { headers }))
    expect(await statuses(delivery(body, { authorization: `Bearer ${auth_token}` }))).toEqual([200, 200])
    expect(await statuses(delivery(body, { authorization: `Bearer ${auth_token}x` }))).toEqual([401, 401])
    const upload = await latchkey.token((await latchkey.register()).client_id)
    expect(await statuses(delivery(body, { authorization: `Bearer ${upload}` }))).toEqual([403, 403])
  })

  it('exclude auth tokens of participants', async () => {
    const client = await latchkey.register({ kind: 'confidential', scope: 'start webhook' })
    const basic = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`
    const headers = { accept: 'application/json', authorization: basic }
    const path = `/token?client_id=${client.client_id}&participant_id=jane`
    const { auth_token } = await fieldsOf(await latchkey.call(path, { headers }))
    expect(await statuses(delivery(body, { authorization: `Bearer ${auth_token}` }))).toEqual([403, 403])
    const server = await latchkey.register({ kind: 'confidential', scope: 'webhook' })
    const none = await latchkey.call(`/token?client_id=${server.client_id}&participant_id=jane`, {
      headers: {
        authorization: `Basic ${Buffer.from(`${server.client_id}:${server.client_secret}`).toString('base64')}`,
      },
    })
    expect([none.status, await faultyFields(none)]).toEqual([400, ['participant_id']])
  })

  it('exclude public clients: registration rejects their scope webhook', async () => {
    const answer = await latchkey.asAdmin('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ callback_url: 'https://a.example/', scope: 'webhook' }),
    })
    expect([answer.status, await faultyFields(answer)]).toEqual([400, ['scope']])
  })
})

it('stores neither the uniqueId nor the token of a session in clear text', async () => {
  process.env['INCODE_WEBHOOK_HEADER'] = ''
  await latchkey.anotherContainer()
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const answer = await fieldsOf(await latchkey.call('/start'))
  const { Items } = await documents.send(new ScanCommand({ TableName: process.env['SESSIONS_TABLE'] ?? '' }))
  expect(JSON.stringify(Items)).toContain(answer['interviewId'])
  expect(JSON.stringify(Items)).not.toContain(answer['uniqueId'])
  expect(JSON.stringify(Items)).not.toContain(answer['token'])
  const { Item } = await documents.send(
    new GetCommand({
      TableName: process.env['SESSIONS_TABLE'] ?? '',
      Key: { id: `interview#${answer['interviewId']}` },
    }),
  )
  expect(Item).toMatchObject({ client_id: 'default', expires_at: expect.any(Number) })
})
