import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { create, person } from '../../support/calls.ts'
import { callsTo } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  latchkey.incode.plan = () => undefined
})

const KEY = 'Idempotency-Key'
let keys = 0
const newKey = () => `key-${++keys}`
const post = (path: string, body: object, key?: string, token?: string) =>
  latchkey.call(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { [KEY]: key }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
const startToken = async (client_id?: string) =>
  latchkey.token(client_id ?? (await latchkey.register({ scope: 'start' })).client_id)

type Send = (key?: string, other?: boolean) => Promise<Response>

/** Each endpoint that creates something: a request, or a different one, with a key. */
const ENDPOINTS: [name: string, makeSend: () => Promise<Send>, id: string][] = [
  ['POST /start', async () => (key, other) => post('/start', { language: other ? 'de' : 'en' }, key), 'interviewId'],
  [
    'GET /start',
    async () => (key, other) =>
      latchkey.call(`/start?externalCustomerId=${other ? 8 : 7}`, { headers: key === undefined ? {} : { [KEY]: key } }),
    'interviewId',
  ],
  [
    'POST /onboarding-url',
    async () => (key, other) => post('/onboarding-url', { externalCustomerId: other ? 'a' : 'b' }, key),
    'interviewId',
  ],
  [
    'POST /register',
    async () => (key, other) => {
      const body = { callback_url: `https://${other ? 'b' : 'a'}.example/`, kind: 'confidential' }
      return post('/register', body, key, latchkey.adminToken)
    },
    'client_id',
  ],
  [
    'POST /session',
    async () => {
      const [one, two, three] = [await guest(), await guest(), await guest()]
      return (key, other) => create(latchkey, one, other ? three : two, key === undefined ? {} : { [KEY]: key })
    },
    'sid',
  ],
]
let guests = 0
const guest = () => person(latchkey, `guest${++guests}@corp.example`)

describe.each(ENDPOINTS)('the Idempotency-Key of %s', (name, makeSend, id) => {
  // As in `mangopay`#79, `adyen-commercetools`#1169 and OwnPay#280: double taps and retries that create twice.
  it('returns the same response to four concurrent requests and to a retry', async () => {
    const send = await makeSend()
    const key = newKey()
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(key)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const bodies = await Promise.all([...answers, await send(`"${key}"`)].map(fieldsOf))
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
    if (name === 'POST /session') return // Without a key, it returns the same call for a minute.
    expect((await fieldsOf(await send(newKey())))[id]).not.toBe(bodies[0]?.[id])
    expect((await fieldsOf(await send()))[id]).not.toBe(bodies[0]?.[id])
  })

  it('is rejected with 422 for a different request', async () => {
    const send = await makeSend()
    const key = newKey()
    expect((await send(key)).status).toBe(200)
    const answer = await send(key, true)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([422, 'idempotency_key_reused'])
  })

  it('is rejected with 400 if it is empty or too long', async () => {
    const send = await makeSend()
    for (const key of ['""', 'k'.repeat(256)]) {
      const answer = await send(key)
      expect([answer.status, await faultyFields(answer)]).toEqual([400, [KEY]])
    }
  })
})

describe('an Idempotency-Key of /start', () => {
  it('belongs to one auth token, because its response has a session token', async () => {
    const { client_id } = await latchkey.register({ scope: 'start' })
    const [one, two] = [await startToken(client_id), await startToken(client_id)]
    const ids = [one, two, one].map(
      async (token) => (await fieldsOf(await post('/start', {}, 'k', token)))['interviewId'],
    )
    const [first, second, third] = await Promise.all(ids)
    expect(second).not.toBe(first)
    expect(third).toBe(first)
  })

  it('can be retried after a failure, and starts one session', async () => {
    const key = newKey()
    const token = await startToken()
    latchkey.incode.plan = ({ path }) => (path === '/omni/start' ? { status: 500 } : undefined)
    expect((await post('/start', {}, key, token)).status).toBe(503)
    latchkey.incode.plan = () => undefined
    const before = callsTo(latchkey, '/omni/start').length
    expect((await post('/start', {}, key, token)).status).toBe(200)
    expect((await post('/start', {}, key, token)).status).toBe(200)
    expect(callsTo(latchkey, '/omni/start')).toHaveLength(before + 1)
  })

  it('returns the session of a request whose URL failed', async () => {
    const key = newKey()
    const token = await startToken()
    latchkey.incode.plan = ({ path }) => (path.startsWith('/0/') ? { status: 403 } : undefined)
    const failed = await fieldsOf(await post('/onboarding-url', {}, key, token))
    latchkey.incode.plan = () => undefined
    expect(await fieldsOf(await post('/onboarding-url', {}, key, token))).toMatchObject({
      uniqueId: failed['uniqueId'],
      url: expect.any(String),
    })
  })
})
