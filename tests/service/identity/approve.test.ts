import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { deliver } from '../../../dev/fakes/incode-webhooks.ts'
import { began, callsTo, delivery, statusEvent, statusOf } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  latchkey.incode.calls.length = 0
  latchkey.incode.identities.clear()
})
afterEach(() => {
  vi.useRealTimers()
  latchkey.incode.plan = () => undefined
  latchkey.database.plan = () => undefined
})

const APPROVE = '/omni/process/approve'
const NOT_PASSED = { success: false, error: "Session didn't PASS, identity was not created" }
const UNKNOWN = { success: false, error: 'Incode does not know this session, identity was not created' }
const approve = (interviewId: string) => latchkey.call('/approve', delivery(statusEvent(interviewId)))
const sweep = () => latchkey.runScheduled('retry-jobs.mjs')
const counts = () => ({
  logIns: callsTo(latchkey, '/executive/log-in').length,
  scores: callsTo(latchkey, '/omni/get/score').length,
  approvals: callsTo(latchkey, APPROVE).length,
  identities: latchkey.incode.identities.size,
})

/** Advances the clock of the functions by seconds. */
function later(seconds: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
}

async function eventItem(interviewId: string) {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const Key = { id: `event#incode#${interviewId}#ONBOARDING_FINISHED` }
  const { Item } = await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'] ?? '', Key }))
  return Item
}

describe('/approve', () => {
  it('creates and returns an identity for a finished session that passed', async () => {
    const interview = await began(latchkey, 'OK')
    const answer = await approve(interview.interviewId)
    expect(answer.status).toBe(200)
    expect(await fieldsOf(answer)).toEqual({
      success: true,
      data: {
        success: true,
        uuid: latchkey.incode.identities.get(interview.person),
        token: expect.stringMatching(/^ey/),
        totalScore: 'OK',
        existingCustomer: false,
      },
    })
    expect(await statusOf(latchkey, interview)).toEqual({ onboardingStatus: 'ONBOARDING_FINISHED', approved: true })
    for (const path of ['/omni/get/score', APPROVE]) {
      expect(callsTo(latchkey, path)[0]?.headers).toMatchObject({
        'x-api-key': 'fake-incode-api-key',
        'api-version': '1.0',
      })
    }
  })

  it.each(['WARN', 'FAIL', 'UNKNOWN', 'MANUAL_PENDING', 'ok'])(
    'creates no identity for the score %s, and returns the stored outcome later',
    async (score) => {
      const interview = await began(latchkey, score)
      for (const answer of [await approve(interview.interviewId), await approve(interview.interviewId)]) {
        expect([answer.status, await fieldsOf(answer)]).toEqual([200, NOT_PASSED])
      }
      expect(counts()).toMatchObject({ scores: 1, approvals: 0, identities: 0 })
      expect((await statusOf(latchkey, interview)).approved).toBe(false)
    },
  )

  it('echoes every other status without a request to Incode', async () => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.calls.length = 0
    const body = statusEvent(interview.interviewId, 'MANUAL_REVIEW_APPROVED')
    const answer = await latchkey.call('/approve', delivery(body))
    expect([answer.status, await answer.text()]).toEqual([200, body])
    expect(latchkey.incode.calls).toEqual([])
    expect((await statusOf(latchkey, interview)).onboardingStatus).toBe('MANUAL_REVIEW_APPROVED')
  })

  it('approves if the same event arrived at /webhook before', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    await latchkey.call('/webhook', delivery(statusEvent(interviewId)))
    expect(await fieldsOf(await approve(interviewId))).toMatchObject({ success: true })
    expect((await latchkey.call('/webhook', delivery(statusEvent(interviewId)))).status).toBe(200)
    expect(counts().approvals).toBe(1)
  })

  it('creates no identity after a manual rejection, even if the event arrives later', async () => {
    const interview = await began(latchkey, 'OK')
    await latchkey.call('/approve', delivery(statusEvent(interview.interviewId, 'MANUAL_REVIEW_REJECTED')))
    expect(await fieldsOf(await approve(interview.interviewId))).toEqual(NOT_PASSED)
    expect(counts()).toMatchObject({ scores: 0, approvals: 0, identities: 0 })
    expect(await statusOf(latchkey, interview)).toEqual({
      onboardingStatus: 'MANUAL_REVIEW_REJECTED',
      approved: false,
    })
  })

  it('approves once for five concurrent deliveries, and returns the same response to all', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === APPROVE ? 400 : undefined)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => approve(interviewId)))
    const bodies = await Promise.all(answers.map((answer) => answer.text()))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(bodies).size).toBe(1)
    expect(counts()).toMatchObject({ scores: 1, approvals: 1, identities: 1 })
  })

  it('returns the stored outcome to later deliveries, also while Incode is unavailable', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    const first = await (await approve(interviewId)).text()
    latchkey.incode.plan = () => 'never arrives'
    await latchkey.anotherContainer()
    expect(await (await approve(interviewId)).text()).toBe(first)
    expect(counts().approvals).toBe(1)
  })

  it('stores the customer token encrypted', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    const token = /"token":"([^"]+)"/.exec(await (await approve(interviewId)).text())?.[1] ?? ''
    expect(token.length).toBeGreaterThan(50)
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    for (const table of ['SESSIONS_TABLE', 'TOKENS_TABLE']) {
      const { Items } = await documents.send(new ScanCommand({ TableName: process.env[table] ?? '' }))
      expect(JSON.stringify(Items)).not.toContain(token)
      for (const admin of latchkey.incode.adminTokens) expect(JSON.stringify(Items)).not.toContain(admin)
    }
  })

  it('returns the existing identity of a person', async () => {
    const [one, two] = [await began(latchkey, 'OK'), await began(latchkey, 'OK')]
    two.person = one.person
    const first = JSON.parse(await (await approve(one.interviewId)).text())
    const second = JSON.parse(await (await approve(two.interviewId)).text())
    expect(second.data).toMatchObject({ uuid: first.data.uuid, existingCustomer: true })
  })
})

describe('a session that Incode does not know', () => {
  it.each([400, 404])('is final after a response %d, and Incode receives one request', async (status) => {
    const interviewId = `unknown-${status}`
    if (status === 404) latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? { status } : undefined)
    for (const answer of [await approve(interviewId), await approve(interviewId)]) {
      expect([answer.status, await fieldsOf(answer)]).toEqual([200, UNKNOWN])
    }
    expect(await eventItem(interviewId)).toMatchObject({ work_state: 'done' })
    later(61)
    await sweep()
    expect(counts()).toMatchObject({ scores: 1, approvals: 0, identities: 0 })
  })

  it('is not retried by Incode', async () => {
    const event = { interviewId: 'f'.repeat(24), onboardingStatus: 'ONBOARDING_FINISHED', clientId: 'c', flowId: 'f' }
    const { attempts, response } = await deliver(`${latchkey.url}/approve`, event, {}, [10, 10])
    expect([attempts, response?.status]).toEqual([1, 200])
  })

  it('is final after 404 if it was started here; a response 400 to such a session is retried', async () => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? { status: 400 } : undefined)
    expect((await approve(interview.interviewId)).status).toBe(502)
    expect(await eventItem(interview.interviewId)).toMatchObject({ work_state: 'pending' })
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? { status: 404 } : undefined)
    expect(await fieldsOf(await approve(interview.interviewId))).toEqual(UNKNOWN)
    expect((await statusOf(latchkey, interview)).approved).toBe(false)
  })

  it.each([401, 403, 409])('is not assumed after a response %d', async (status) => {
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? { status } : undefined)
    expect((await approve(`unknown-${status}`)).status).toBe(502)
    expect(await eventItem(`unknown-${status}`)).toMatchObject({ work_state: 'pending' })
  })
})

describe('a crash', () => {
  it('between the approval at Incode and its record creates no second identity', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    // The update that stores the outcome never reaches the table, nor do later commands.
    latchkey.incode.plan = ({ path }) => {
      if (path === APPROVE) latchkey.database.plan = () => 'never arrives'
      return undefined
    }
    expect((await approve(interviewId)).status).toBe(503)
    latchkey.database.plan = () => undefined
    latchkey.incode.plan = () => undefined
    expect(counts()).toMatchObject({ approvals: 1, identities: 1 })

    later(31) // Incode's first retry
    await latchkey.anotherContainer()
    const answer = await fieldsOf(await approve(interviewId))
    const [uuid] = latchkey.incode.identities.values()
    expect(answer).toMatchObject({ success: true, data: { uuid, existingCustomer: true } })
    expect(counts().identities).toBe(1)
    later(31)
    expect(await fieldsOf(await approve(interviewId))).toEqual(answer)
    expect(counts().approvals).toBe(2)
  })

  it.each([1, 2, 3, 4, 5])('of the table from command %d on returns 503 before Lambda times out', async (first) => {
    const interview = await began(latchkey, 'OK')
    let commands = 0
    latchkey.database.plan = () => (++commands >= first ? 'never answered' : undefined)
    latchkey.setRemainingTime(1_000)
    expect((await approve(interview.interviewId)).status).toBe(503)
    latchkey.setRemainingTime(60_000)
    latchkey.database.plan = () => undefined
    later(61)
    await sweep()
    expect(await fieldsOf(await approve(interview.interviewId))).toMatchObject({ success: true })
    expect(counts().identities).toBe(1)
  })

  it('is recovered by the scheduled retry if Incode does not retry', async () => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === APPROVE ? 'answer lost' : undefined)
    expect((await approve(interview.interviewId)).status).toBe(503)
    latchkey.incode.plan = () => undefined
    await sweep()
    expect(counts().approvals).toBe(1)
    later(61)
    await sweep()
    expect(counts()).toMatchObject({ approvals: 2, identities: 1 })
    expect((await statusOf(latchkey, interview)).approved).toBe(true)
    await sweep()
    expect(counts().approvals).toBe(2)
  })
})

describe('while Incode', () => {
  it.each([
    ['is unavailable', 'never arrives', 503, 'provider_unavailable'],
    ['fails', { status: 500 }, 503, 'provider_unavailable'],
    ['limits the rate', { status: 429, headers: { 'retry-after': '90' } }, 503, 'provider_unavailable'],
    ['returns invalid data', 'garbage', 502, 'provider_answer_invalid'],
    ['returns an endless response', 'endless', 502, 'provider_answer_invalid'],
    ['returns no score', { status: 200, body: { idValidation: {} } }, 502, 'provider_answer_invalid'],
    ['rejects the request', { status: 403 }, 502, 'provider_refused'],
  ] as const)(
    '%s, the event remains pending, and completes when Incode retries',
    async (_case, fault, status, code) => {
      const interview = await began(latchkey, 'OK')
      latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? fault : undefined)
      const answer = await approve(interview.interviewId)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code])
      expect(await eventItem(interview.interviewId)).toMatchObject({ work_state: 'pending', attempts: 0, reason: code })
      expect((await statusOf(latchkey, interview)).approved).toBeNull()
      expect(counts().approvals).toBe(0)

      latchkey.incode.plan = () => undefined
      expect(await fieldsOf(await approve(interview.interviewId))).toMatchObject({ success: true })
      expect(counts()).toMatchObject({ approvals: 1, identities: 1 })
    },
  )

  it('does not respond in time, Latchkey returns 504, and 503 to a concurrent delivery', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    setTimeBudgets({ providerMs: 500 })
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? 'never answered' : undefined)
    const [one, two] = await Promise.all([approve(interviewId), approve(interviewId)])
    expect([one.status, two.status].toSorted()).toEqual([503, 504])
  })

  it('returns an invalid approval, scheduled retries continue with backoff until it succeeds', async () => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === APPROVE ? { status: 200, body: { success: false } } : undefined)
    const { interviewId } = interview
    const approvals = () =>
      callsTo(latchkey, APPROVE).filter(({ query }) => query.get('interviewId') === interviewId).length
    expect((await approve(interviewId)).status).toBe(502)
    for (const [attempts, wait] of [61, 121, 241].entries()) {
      later(wait - 2)
      await sweep()
      expect(approvals()).toBe(attempts + 1)
      later(2)
      await sweep()
      expect(approvals()).toBe(attempts + 2)
    }
    latchkey.incode.plan = () => undefined
    later(481)
    await sweep()
    expect((await statusOf(latchkey, interview)).approved).toBe(true)
  })

  it('rejects a burst of deliveries, the scheduled retry still completes the job', async () => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? { status: 400 } : undefined)
    for (let times = 0; times < 40; times += 1) expect((await approve(interview.interviewId)).status).toBe(502)
    latchkey.incode.plan = () => undefined
    later(61)
    await sweep()
    expect((await statusOf(latchkey, interview)).approved).toBe(true)
  })

  it.each([
    ['is nested too deep', `{"success":true,"uuid":"u","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['is too long', JSON.stringify({ success: true, uuid: 'u', x: 'x'.repeat(300_000) })],
  ])('returns a response that %s, Latchkey rejects it and reschedules the job', async (_case, body) => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) =>
      path === APPROVE ? { status: 200, body, headers: { 'content-type': 'application/json' } } : undefined
    const answer = await approve(interview.interviewId)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([502, 'provider_answer_invalid'])
    expect(await eventItem(interview.interviewId)).toMatchObject({ work_state: 'pending', lease_until: 0 })
    expect((await statusOf(latchkey, interview)).approved).toBeNull()
  })

  it('is unavailable for a while, its own retries suffice', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    let failures = 3
    latchkey.incode.plan = ({ path }) => (path === APPROVE && failures-- > 0 ? 'never arrives' : undefined)
    const event = { interviewId, onboardingStatus: 'ONBOARDING_FINISHED', clientId: 'fake123', flowId: 'fake-flow' }
    const { attempts, response: answer } = await deliver(`${latchkey.url}/approve`, event, {}, [10, 10, 10, 10, 10])
    expect([attempts, answer?.status]).toEqual([4, 200])
    expect(counts().identities).toBe(1)
  })
})

describe('the admin token', () => {
  it('is requested once, and shared by all functions', async () => {
    later(3_600)
    latchkey.incode.adminTokens.clear()
    const interviews = await Promise.all([1, 2, 3, 4, 5].map(() => began(latchkey, 'OK')))
    await latchkey.anotherContainer()
    const answers = await Promise.all(interviews.map(({ interviewId }) => approve(interviewId)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(counts()).toMatchObject({ logIns: 1, approvals: 5, identities: 5 })
    await latchkey.anotherContainer()
    await approve((await began(latchkey, 'OK')).interviewId)
    expect(counts().logIns).toBe(1)
  })

  it('is renewed once when it expires early, also between score and approval', async () => {
    await approve((await began(latchkey, 'OK')).interviewId)
    later(7_200)
    latchkey.incode.calls.length = 0
    const interviews = await Promise.all([1, 2, 3].map(() => began(latchkey, 'OK')))
    latchkey.incode.plan = ({ path }) => {
      if (path === APPROVE && counts().logIns === 0) latchkey.incode.adminTokens.clear()
      return undefined
    }
    const answers = await Promise.all(interviews.map(({ interviewId }) => approve(interviewId)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(counts().logIns).toBe(1)
  })

  it('is renewed before it expires', async () => {
    await approve((await began(latchkey, 'OK')).interviewId)
    const before = counts().logIns
    later(24 * 3600 * 0.86)
    await approve((await began(latchkey, 'OK')).interviewId)
    expect(counts().logIns).toBe(before)
    later(24 * 3600 * 0.05)
    await approve((await began(latchkey, 'OK')).interviewId)
    expect(counts().logIns).toBe(before + 1)
  })

  it('is replaced at once if Incode rejects it within a minute, in the same delivery', async () => {
    later(50 * 3_600)
    expect((await approve((await began(latchkey, 'OK')).interviewId)).status).toBe(200)
    const before = counts().logIns
    let rejected = false
    latchkey.incode.plan = ({ path }) => {
      if (rejected || path !== '/omni/get/score') return undefined
      rejected = true
      return { status: 401 }
    }
    expect((await approve((await began(latchkey, 'OK')).interviewId)).status).toBe(200)
    expect(counts().logIns).toBe(before + 1)
  })

  it('is not requested repeatedly if it is invalid or rejected', async () => {
    later(100 * 3_600)
    for (const token of ['abc\r\nX-Evil: 1', 'nül', 'x'.repeat(5_000), '']) {
      latchkey.incode.plan = ({ path }) => (path === '/executive/log-in' ? { status: 200, body: { token } } : undefined)
      const answer = await approve((await began(latchkey, 'OK')).interviewId)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([502, 'provider_answer_invalid'])
    }
    latchkey.incode.calls.length = 0
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? { status: 401 } : undefined)
    for (let times = 0; times < 8; times += 1) {
      expect((await approve((await began(latchkey, 'OK')).interviewId)).status).toBe(502)
    }
    // The second log-in replaced the fresh token at once.
    expect(counts().logIns).toBe(2)
    latchkey.incode.plan = () => undefined
    expect((await approve((await began(latchkey, 'OK')).interviewId)).status).toBe(200)
  })

  it('is not requested for every delivery if Incode rejects the sign-in, which would lock the account', async () => {
    process.env['INCODE_ADMIN_PASSWORD'] = 'wrong'
    process.env['INCODE_ADMIN_EMAIL'] = 'someone.else@fake-incode.example'
    await latchkey.anotherContainer()
    for (let times = 0; times < 3; times += 1) {
      const answer = await approve((await began(latchkey, 'OK')).interviewId)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([502, 'provider_refused'])
    }
    expect(counts()).toMatchObject({ logIns: 1, approvals: 0 })
  })

  it.each([400, 404])('rejected with %d at log-in does not make a session unknown', async (status) => {
    process.env['INCODE_ADMIN_EMAIL'] = `rejected-${status}@fake-incode.example`
    await latchkey.anotherContainer()
    const interviewIds = [`foreign-${status}`, (await began(latchkey, 'OK')).interviewId]
    latchkey.incode.plan = ({ path }) => (path === '/executive/log-in' ? { status } : undefined)
    for (const interviewId of interviewIds) {
      later(61)
      expect((await approve(interviewId)).status).toBe(502)
      expect(await eventItem(interviewId)).toMatchObject({ work_state: 'pending' })
    }
    expect(counts()).toMatchObject({ logIns: 2, scores: 0 })
  })

  it('from the settings works until it expires; then the error says what to do', async () => {
    Object.assign(process.env, { INCODE_ADMIN_EMAIL: '', INCODE_ADMIN_PASSWORD: '' })
    const claims = { exp: Math.floor(Date.now() / 1000) + 3600 }
    const pasted = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
    latchkey.incode.adminTokens.add(pasted)
    process.env['INCODE_ADMIN_TOKEN'] = pasted
    await latchkey.anotherContainer()
    expect((await approve((await began(latchkey, 'OK')).interviewId)).status).toBe(200)
    expect(callsTo(latchkey, APPROVE)[0]?.headers['x-incode-hardware-id']).toBe(pasted)

    const said = async () => {
      const { interviewId } = await began(latchkey, 'OK')
      const problem = await problemOf(await approve(interviewId))
      expect(problem.code).toBe('provider_refused')
      return problem.detail
    }
    latchkey.incode.adminTokens.clear()
    expect(await said()).toMatch(/^INCODE_ADMIN_TOKEN was rejected by Incode. Set a new one/)
    latchkey.incode.adminTokens.add(pasted)
    later(3601)
    expect(await said()).toMatch(/^INCODE_ADMIN_TOKEN has expired. Set a new one/)
    expect(counts()).toMatchObject({ logIns: 0 })
  })

  it('from the settings works without an expiry', async () => {
    Object.assign(process.env, { INCODE_ADMIN_EMAIL: '', INCODE_ADMIN_PASSWORD: '', INCODE_ADMIN_TOKEN: 'opaque' })
    latchkey.incode.adminTokens.add('opaque')
    await latchkey.anotherContainer()
    expect((await approve((await began(latchkey, 'OK')).interviewId)).status).toBe(200)
  })

  it('returns 501 and names the missing settings if it is not configured', async () => {
    process.env['INCODE_ADMIN_TOKEN'] = ''
    await latchkey.anotherContainer()
    const { interviewId } = await began(latchkey, 'OK')
    const answer = await approve(interviewId)
    const { code, detail } = await problemOf(answer)
    expect([answer.status, code]).toEqual([501, 'provider_not_configured'])
    expect(detail).toContain('INCODE_ADMIN_EMAIL and INCODE_ADMIN_PASSWORD are missing')
  })
})
