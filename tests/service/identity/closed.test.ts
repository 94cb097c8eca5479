import { afterAll, beforeAll, expect, it } from 'vitest'
import { delivery, sessionOf, statusEvent } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ STAGE: 'prod' })
})
afterAll(() => latchkey.stop())

const CALLS = [
  ['/start', { method: 'GET' }],
  ['/start', { method: 'POST' }],
  ['/onboarding-url', { method: 'GET' }],
  ['/auth', { method: 'POST', body: '{"transactionId":"a","token":"b","interviewToken":"c"}' }],
  ['/webhook', delivery(statusEvent('abc'))],
  ['/approve', delivery(statusEvent('abc'))],
] as const

it.each(CALLS)(
  'rejects %s without a credential on a deployed stage, without a request to Incode',
  async (path, init) => {
    const answer = await latchkey.call(path, init)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(latchkey.incode.calls).toEqual([])
  },
)

it('accepts a token with the right scope only', async () => {
  const start = await latchkey.token((await latchkey.register({ scope: 'start' })).client_id)
  const upload = await latchkey.token((await latchkey.register({ scope: 'upload download' })).client_id)
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
  await sessionOf(await latchkey.call('/start', as(start)))
  for (const [path, init] of CALLS) {
    const answer = await latchkey.call(path, { ...init, ...as(upload) })
    expect([path, answer.status, (await problemOf(answer)).code]).toEqual([path, 403, 'not_allowed'])
  }
  expect((await latchkey.call('/webhook', { ...delivery(statusEvent('abc')), ...as(start) })).status).toBe(403)
})

it('opens the endpoints that OPEN_ENDPOINTS names', async () => {
  process.env['OPEN_ENDPOINTS'] = 'start, onboarding-status'
  await latchkey.anotherContainer()
  const { interviewId } = await sessionOf(await latchkey.call('/start'))
  expect((await latchkey.call('/onboarding-url')).status).toBe(401)
  expect(await fieldsOf(await latchkey.call(`/onboarding-status?interviewId=${interviewId}`))).toMatchObject({
    success: true,
    onboardingStatus: 'UNKNOWN',
  })
})

it.each(['INCODE_FLOW_ID', 'INCODE_API_URL', 'INCODE_API_KEY'])('returns 501 without %s', async (name) => {
  const value = process.env[name]
  process.env[name] = ''
  await latchkey.anotherContainer()
  const answer = await latchkey.call('/start')
  process.env[name] = value
  expect([answer.status, await problemOf(answer)]).toMatchObject([
    501,
    { code: 'provider_not_configured', detail: expect.stringContaining(name) },
  ])
})
