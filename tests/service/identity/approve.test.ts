import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { deliver } from '../../../dev/fakes/incode-webhooks.ts'
import { began, callsTo, delivery, statusEvent, statusOf } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

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
const approve = (interviewId: string) => latchkey.call('/approve', delivery(statusEvent(interviewId)))
const sweep = () => latchkey.runScheduled('retry-jobs.mjs')
const counts = () => ({
  logIns: callsTo(latchkey, '/executive/log-in').length,
  scores: callsTo(latchkey, '/omni/get/score').length,
  approvals: callsTo(latchkey, APPROVE).length,
  identities: latchkey.incode.identities.size,
})

/** The clock of the functions goes on by so many seconds. */
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
  it('makes an identity of a finished session that passed, and answers with it', async () => {
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
    'makes none of the score %s, and keeps that answer',
    async (score) => {
      const interview = await began(latchkey, score)
      for (const answer of [await approve(interview.interviewId), await approve(interview.interviewId)]) {
        expect([answer.status, await fieldsOf(answer)]).toEqual([200, NOT_PASSED])
      }
      expect(counts()).toMatchObject({ scores: 1, approvals: 0, identities: 0 })
      expect((await statusOf(latchkey, interview)).approved).toBe(false)
    },
  )

  it('echoes every other status and asks Incode nothing', async () => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.calls.length = 0
    const body = statusEvent(interview.interviewId, 'MANUAL_REVIEW_APPROVED')
    const answer = await latchkey.call('/approve', delivery(body))
    expect([answer.status, await answer.text()]).toEqual([200, body])
    expect(latchkey.incode.calls).toEqual([])
    expect((await statusOf(latchkey, interview)).onboardingStatus).toBe('MANUAL_REVIEW_APPROVED')
  })

  it('approves when the same event came to /webhook before', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    await latchkey.call('/webhook', delivery(statusEvent(interviewId)))
    expect(await fieldsOf(await approve(interviewId))).toMatchObject({ success: true })
    expect((await latchkey.call('/webhook', delivery(statusEvent(interviewId)))).status).toBe(200)
    expect(counts().approvals).toBe(1)
  })

  it('makes none of who was turned away in person, however late the event comes', async () => {
    const interview = await began(latchkey, 'OK')
    await latchkey.call('/approve', delivery(statusEvent(interview.interviewId, 'MANUAL_REVIEW_REJECTED')))
    expect(await fieldsOf(await approve(interview.interviewId))).toEqual(NOT_PASSED)
    expect(counts()).toMatchObject({ scores: 0, approvals: 0, identities: 0 })
    expect(await statusOf(latchkey, interview)).toEqual({
      onboardingStatus: 'MANUAL_REVIEW_REJECTED',
      approved: false,
    })
  })

  it('approves once when five deliveries come at the same time, and answers all of them alike', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === APPROVE ? 400 : undefined)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => approve(interviewId)))
    const bodies = await Promise.all(answers.map((answer) => answer.text()))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(bodies).size).toBe(1)
    expect(counts()).toMatchObject({ scores: 1, approvals: 1, identities: 1 })
  })

  it('answers later deliveries with what it has kept, also when Incode is gone', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    const first = await (await approve(interviewId)).text()
    latchkey.incode.plan = () => 'never arrives'
    await latchkey.anotherContainer()
    expect(await (await approve(interviewId)).text()).toBe(first)
    expect(counts().approvals).toBe(1)
  })

  it('keeps the customer token sealed', async () => {
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

  it('leads a person who has an identity to that one', async () => {
    const [one, two] = [await began(latchkey, 'OK'), await began(latchkey, 'OK')]
    two.person = one.person
    const first = JSON.parse(await (await approve(one.interviewId)).text())
    const second = JSON.parse(await (await approve(two.interviewId)).text())
    expect(second.data).toMatchObject({ uuid: first.data.uuid, existingCustomer: true })
  })
})

describe('a crash', () => {
  it('between the approval at Incode and its record here leads to no second identity', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    // The update that notes the outcome, and all after it, never reach the table.
    latchkey.incode.plan = ({ path }) => {
      if (path === APPROVE) latchkey.database.plan = () => 'never arrives'
      return undefined
    }
    expect((await approve(interviewId)).status).toBe(503)
    latchkey.database.plan = () => undefined
    latchkey.incode.plan = () => undefined
    expect(counts()).toMatchObject({ approvals: 1, identities: 1 })

    later(31) // Incode's first repeat
    await latchkey.anotherContainer()
    const answer = await fieldsOf(await approve(interviewId))
    const [uuid] = latchkey.incode.identities.values()
    expect(answer).toMatchObject({ success: true, data: { uuid, existingCustomer: true } })
    expect(counts().identities).toBe(1)
    later(31)
    expect(await fieldsOf(await approve(interviewId))).toEqual(answer)
    expect(counts().approvals).toBe(2)
  })

  it.each([1, 2, 3, 4, 5])(
    'of the table that hangs from command %d on is answered within ten seconds',
    async (first) => {
      const interview = await began(latchkey, 'OK')
      let commands = 0
      latchkey.database.plan = () => (++commands >= first ? 'never answered' : undefined)
      const begun = performance.now()
      const answer = await approve(interview.interviewId)
      expect(performance.now() - begun).toBeLessThan(10_000)
      expect(answer.status).toBe(503)
      latchkey.database.plan = () => undefined
      later(61)
      await sweep()
      expect(await fieldsOf(await approve(interview.interviewId))).toMatchObject({ success: true })
      expect(counts().identities).toBe(1)
    },
  )

  it('is made good by the sweep when Incode does not come again', async () => {
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
    ['is down', 'never arrives', 503, 'provider_unavailable'],
    ['fails', { status: 500 }, 503, 'provider_unavailable'],
    ['has enough', { status: 429, headers: { 'retry-after': '90' } }, 503, 'provider_unavailable'],
    ['talks rubbish', 'garbage', 502, 'provider_answer_invalid'],
    ['talks for ever', 'endless', 502, 'provider_answer_invalid'],
    ['has no score', { status: 200, body: { idValidation: {} } }, 502, 'provider_answer_invalid'],
    ['refuses', { status: 403 }, 502, 'provider_refused'],
  ] as const)('%s, the event stays, and is finished when Incode comes again', async (_case, fault, status, code) => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? fault : undefined)
    const begun = performance.now()
    const answer = await approve(interview.interviewId)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code])
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(await eventItem(interview.interviewId)).toMatchObject({ work_state: 'pending', attempts: 0, reason: code })
    expect((await statusOf(latchkey, interview)).approved).toBeNull()
    expect(counts().approvals).toBe(0)

    latchkey.incode.plan = () => undefined
    expect(await fieldsOf(await approve(interview.interviewId))).toMatchObject({ success: true })
    expect(counts()).toMatchObject({ approvals: 1, identities: 1 })
  })

  it('takes 30 seconds, the answer is 504 within ten', async () => {
    const { interviewId } = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) => (path === '/omni/get/score' ? 30_000 : undefined)
    const begun = performance.now()
    const [one, two] = await Promise.all([approve(interviewId), approve(interviewId)])
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect([one.status, two.status].toSorted()).toEqual([503, 504])
  })

  it('does not understand the approval, later attempts go on, each further apart, until it does', async () => {
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

  it('is deaf to a burst of deliveries, the sweep still finishes the work afterwards', async () => {
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
  ])('gives an answer that %s, it is none, and the work is put off', async (_case, body) => {
    const interview = await began(latchkey, 'OK')
    latchkey.incode.plan = ({ path }) =>
      path === APPROVE ? { status: 200, body, headers: { 'content-type': 'application/json' } } : undefined
    const answer = await approve(interview.interviewId)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([502, 'provider_answer_invalid'])
    expect(await eventItem(interview.interviewId)).toMatchObject({ work_state: 'pending', lease_until: 0 })
    expect((await statusOf(latchkey, interview)).approved).toBeNull()
  })

  it('is down for a while, its own repeats are enough', async () => {
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
  it('is got once for all functions, by one of them, and shared', async () => {
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

  it('is renewed, once, when Incode takes it no longer, also between score and approval', async () => {
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

  it('that is no token, or that Incode does not take itself, is not asked for again and again', async () => {
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
    expect(counts().logIns).toBe(1)
    latchkey.incode.plan = () => undefined
    expect((await approve((await began(latchkey, 'OK')).interviewId)).status).toBe(200)
  })

  it('that Incode gives to nobody is not asked for by every delivery: accounts get locked', async () => {
    process.env['INCODE_ADMIN_PASSWORD'] = 'wrong'
    process.env['INCODE_ADMIN_EMAIL'] = 'someone.else@fake-incode.example'
    await latchkey.anotherContainer()
    for (let times = 0; times < 3; times += 1) {
      const answer = await approve((await began(latchkey, 'OK')).interviewId)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([502, 'provider_refused'])
    }
    expect(counts()).toMatchObject({ logIns: 1, approvals: 0 })
  })

  it('that was pasted works until it expires; then the answer says what to do', async () => {
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

  it('that nobody has set is asked for in plain words', async () => {
    process.env['INCODE_ADMIN_TOKEN'] = ''
    await latchkey.anotherContainer()
    const { interviewId } = await began(latchkey, 'OK')
    const answer = await approve(interviewId)
    const { code, detail } = await problemOf(answer)
    expect([answer.status, code]).toEqual([501, 'provider_not_configured'])
    expect(detail).toContain('INCODE_ADMIN_EMAIL and INCODE_ADMIN_PASSWORD are not set')
  })
})
