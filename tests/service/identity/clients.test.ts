import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { began, delivery, sessionOf, statusEvent } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

/** Requests of Incode's own sample front ends, and the response members that they read. */
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ OPEN_ENDPOINTS: 'start,onboarding-url,onboarding-status,auth,webhook,approve' })
})
afterAll(() => latchkey.stop())

/** Posts a string without a content type, like a page. */
const posted = (path: string, body: object) => latchkey.call(path, { method: 'POST', body: JSON.stringify(body) })

describe('pages that embed the SDK', () => {
  it('start, resume by uniqueId in the URL, and finish', async () => {
    const { token, uniqueId } = await sessionOf(await latchkey.call('/start'))
    expect(await fieldsOf(await latchkey.call(`/start?uniqueId=${uniqueId}`))).toMatchObject({ token, uniqueId })
    const interview = [...latchkey.incode.interviews.values()].at(-1)
    expect(await fieldsOf(await posted('/finish', { token }))).toEqual({
      success: true,
      redirectionUrl: null,
      action: 'none',
    })
    if (interview) interview.score = 'OK'
    expect(await fieldsOf(await posted('/finish', { token }))).toMatchObject({ action: 'approved' })
  })

  it('cannot forward a token that Latchkey did not issue', async () => {
    const before = latchkey.incode.calls.length
    expect((await posted('/finish', { token: 'e30.e30.c2ln' })).status).toBe(401)
    const headers = { 'X-Token': 'e30.e30.c2ln' }
    expect((await latchkey.call('/fetch-score?interviewId=abc', { headers })).status).toBe(401)
    expect(latchkey.incode.calls).toHaveLength(before)
  })

  it('receive 401 if Incode rejects the token of their session', async () => {
    const { token } = await sessionOf(await latchkey.call('/start'))
    latchkey.incode.plan = () => ({ status: 403 })
    const answer = await posted('/finish', { token })
    latchkey.incode.plan = () => undefined
    expect(answer.status).toBe(401)
  })

  it('read `error` of responses that are not 2xx', async () => {
    for (const answer of [
      await latchkey.call('/start?uniqueId=nobodys'),
      await posted('/finish', {}),
      await posted('/finish', { token: 'x.y.z' }),
      await posted('/finish', { token: 'a b\r\nX: y' }),
    ]) {
      expect(answer.ok).toBe(false)
      expect(await fieldsOf(answer)).toMatchObject({ success: false, error: expect.stringMatching(/\w+ .*\.$/) })
    }
  })
})

describe('the redirect page', () => {
  it('needs `success`, opens `url`, and requests the score with X-Token', async () => {
    const session = await sessionOf(
      await latchkey.call('/onboarding-url?redirectionUrl=https%3A%2F%2Fshop.example%2Fdone'),
    )
    const { interviewId, token } = session
    expect(session.url).toMatch(/^https:/)
    const score = (headers: Record<string, string>) =>
      latchkey.call(`/fetch-score?interviewId=${interviewId}`, { headers }).then(fieldsOf)
    expect(await score({ 'X-Token': token })).toEqual({ success: true, score: 'FAIL' })
    const interview = latchkey.incode.interviews.get(interviewId)
    if (interview) interview.score = 'OK'
    expect(await score({ 'X-Token': token })).toEqual({ success: true, score: 'OK' })
    expect(await score({})).toMatchObject({ success: false, error: 'X-Token is missing.', status: 400 })
    const other = await began(latchkey, 'OK')
    expect(await score({ 'X-Token': other.token })).toMatchObject({ success: false, status: 401 })
    expect(await score({ 'X-Token': 'nobodys' })).toMatchObject({ success: false, status: 401 })
  })
})

describe('the iframe page', () => {
  it('polls an open /onboarding-status by interviewId alone until the session has finished', async () => {
    const { interviewId, url } = await sessionOf(await latchkey.call('/onboarding-url'))
    expect(url).toContain(interviewId)
    const poll = () => latchkey.call(`/onboarding-status?interviewId=${interviewId}`).then(fieldsOf)
    expect(await poll()).toMatchObject({ success: true, onboardingStatus: 'UNKNOWN' })
    await latchkey.call('/webhook', delivery(statusEvent(interviewId)))
    expect(await poll()).toMatchObject({ success: true, onboardingStatus: 'ONBOARDING_FINISHED' })
    const none = await latchkey.call('/onboarding-status?interviewId=none').then(fieldsOf)
    expect(none).toMatchObject({ success: false, error: expect.any(String) })
  })
})

describe('face login', () => {
  it('returns verified === true for a genuine attempt only', async () => {
    latchkey.incode.attempts.set('t-1', true).set('t-2', false)
    const verify = (transactionId: string) => posted('/auth', { transactionId, token: 't', interviewToken: 'i' })
    const genuine = await verify('t-1')
    expect([genuine.status, await fieldsOf(genuine)]).toEqual([
      200,
      { verified: true, transactionId: 't-1', additionalInformation: null },
    ])
    expect(await fieldsOf(await verify('t-2'))).toMatchObject({ verified: false })
    const unknown = await verify('t-3')
    expect([unknown.status, await fieldsOf(unknown)]).toMatchObject([400, { verified: false, success: false }])
    latchkey.incode.plan = () => ({ status: 200, body: { verified: 'true' } })
    const odd = await verify('t-1')
    latchkey.incode.plan = () => undefined
    expect([odd.status, (await fieldsOf(odd))['verified']]).toEqual([502, false])
  })

  it.each([
    ['transactionId', { token: 't', interviewToken: 'i' }],
    ['token', { transactionId: 'a', interviewToken: 'i', token: 7 }],
    ['interviewToken', { transactionId: 'a', token: 't', interviewToken: '' }],
    ['token', { transactionId: 'a', token: 'x'.repeat(4097), interviewToken: 'i' }],
  ])('names %s if it is missing or invalid', async (field, body) => {
    const answer = await posted('/auth', body)
    expect([answer.status, await fieldsOf(answer)]).toMatchObject([400, { errors: [{ field }], verified: false }])
  })
})

it('returns 200 and JSON to Incode', async () => {
  const interview = await began(latchkey, 'OK')
  for (const [path, status] of [
    ['/webhook', 'ID_VALIDATION_FINISHED'],
    ['/approve', 'ONBOARDING_FINISHED'],
  ] as const) {
    const answer = await latchkey.call(path, delivery(statusEvent(interview.interviewId, status)))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
  }
})
