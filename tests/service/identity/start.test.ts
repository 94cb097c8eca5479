import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { began, callsTo, delivery, sessionOf, statusEvent } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
beforeAll(async () => {
  // The default of a local run would also open /onboarding-status, which has tests about its owners here.
  const OPEN_ENDPOINTS = 'start,onboarding-url,auth,webhook,approve'
  latchkey = await startLatchkey({ INCODE_ALLOWED_FLOW_IDS: 'other-flow, Third', OPEN_ENDPOINTS })
})
afterAll(() => latchkey.stop())
afterEach(() => {
  latchkey.incode.plan = () => undefined
  latchkey.database.plan = () => undefined
})

const post = (path: string, body: unknown) =>
  latchkey.call(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })
const lastStart = () => callsTo(latchkey, '/omni/start').at(-1)
const basic = (id: string, secret = '') => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

/** An auth token with scope start, of a confidential client, for a participant if one is named. */
async function startToken(participant?: string) {
  const client = await latchkey.register({ kind: 'confidential', scope: 'start' })
  const query = new URLSearchParams({
    client_id: client.client_id,
    ...(participant && { participant_id: participant }),
  })
  const headers = { accept: 'application/json', authorization: basic(client.client_id, client.client_secret) }
  return String((await fieldsOf(await latchkey.call(`/token?${query}`, { headers })))['auth_token'])
}
const withToken = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })

describe('/start', () => {
  it('starts a session of the configured flow', async () => {
    const session = await sessionOf(await latchkey.call('/start'))
    expect(latchkey.incode.interviews.get(session.interviewId)?.token).toBe(session.token)
    expect(lastStart()?.body).toEqual({ countryCode: 'ALL', configurationId: 'fake-flow', language: 'en-US' })
  })

  it('accepts parameters in the query and in a JSON body of any content type', async () => {
    const wishes = { redirectUrl: 'https://shop.example/done?a=b&c', externalCustomerId: 'Zoë 7', language: 'es-MX' }
    const sent = {
      countryCode: 'ALL',
      configurationId: 'fake-flow',
      language: 'es-MX',
      redirectionUrl: 'https://shop.example/done?a=b&c',
      externalCustomerId: 'Zoë 7',
    }
    await sessionOf(await latchkey.call(`/start?${new URLSearchParams(wishes)}`))
    expect(lastStart()?.body).toEqual(sent)
    await sessionOf(await post('/start', wishes))
    expect(lastStart()?.body).toEqual(sent)
    await sessionOf(await post('/start?language=es-MX', { ...wishes, language: undefined }))
    expect(lastStart()?.body).toEqual(sent)
    await sessionOf(await latchkey.call('/start', { method: 'POST' }))
  })

  it('accepts both names of the redirect URL', async () => {
    for (const name of ['redirectUrl', 'redirectionUrl']) {
      await sessionOf(await latchkey.call(`/onboarding-url?${name}=https%3A%2F%2Fa.example%2F`))
      expect(lastStart()?.body).toMatchObject({ redirectionUrl: 'https://a.example/' })
    }
    const both = 'redirectUrl=https://a.example/&redirectionUrl=https://a.example/'
    await sessionOf(await latchkey.call(`/start?${both}`))
    expect(await faultyFields(await latchkey.call(`/start?${both}x`))).toEqual(['redirectUrl'])
  })

  it('starts a session of another flow only if it is allowed', async () => {
    await sessionOf(await latchkey.call('/start?flowId=Third'))
    expect(lastStart()?.body).toMatchObject({ configurationId: 'Third' })
    await sessionOf(await latchkey.call('/start?flowId=fake-flow'))
    const before = latchkey.incode.calls.length
    const answer = await latchkey.call('/start?flowId=third')
    expect([answer.status, await faultyFields(answer)]).toEqual([400, ['flowId']])
    expect(latchkey.incode.calls).toHaveLength(before)
  })

  it.each([
    ['/start?redirectUrl=javascript:alert(1)', 'redirectUrl'],
    ['/start?redirectUrl=/relative', 'redirectUrl'],
    [`/start?externalCustomerId=${'x'.repeat(257)}`, 'externalCustomerId'],
    ['/start?externalCustomerId=', 'externalCustomerId'],
    ['/start?language=english%0d%0a', 'language'],
    [`/start?uniqueId=${'x'.repeat(65)}`, 'uniqueId'],
    ['/start?redirecturl=https://a.example/', 'redirecturl'],
    ['/start?language=en&language=es', 'language'],
    ['/start?flowId=', 'flowId'],
  ])('rejects %s and starts no session', async (path, field) => {
    const before = latchkey.incode.calls.length
    const answer = await latchkey.call(path)
    expect([answer.status, await faultyFields(answer)]).toEqual([400, [field]])
    expect(latchkey.incode.calls).toHaveLength(before)
  })

  it.each([
    ['invalid JSON', '{"language":'],
    ['a list', '[]'],
    ['a number instead of a string', { language: 5 }],
    ['an unknown member', { interviewId: 'abc' }],
  ])('rejects a body with %s', async (_case, body) => {
    const before = latchkey.incode.calls.length
    const answer = await post('/start', body)
    expect([answer.status, (await fieldsOf(answer))['success']]).toEqual([400, false])
    expect(latchkey.incode.calls).toHaveLength(before)
  })

  it('rejects a parameter that is in both query and body', async () => {
    expect(await faultyFields(await post('/start?language=en', { language: 'en' }))).toEqual(['language'])
  })

  it(
    'starts no session for a preflight or another OPTIONS request',
    localOnly('The emulator answers every OPTIONS as a preflight.'),
    async () => {
      const before = latchkey.incode.calls.length
      for (const path of ['/start', '/onboarding-url', '/auth']) {
        const preflight = await latchkey.call(path, {
          method: 'OPTIONS',
          headers: {
            origin: 'https://app.example',
            'access-control-request-method': 'GET',
            'access-control-request-headers': 'x-token, ngrok-skip-browser-warning',
          },
        })
        expect(preflight.status).toBe(204)
        const allowed = preflight.headers.get('access-control-allow-headers')?.split(',')
        expect(allowed).toEqual(expect.arrayContaining(['x-token', 'ngrok-skip-browser-warning', 'x-requested-with']))
        expect((await latchkey.call(path, { method: 'OPTIONS' })).status).toBe(204)
      }
      expect(latchkey.incode.calls).toHaveLength(before)
    },
  )
})

describe('a uniqueId', () => {
  it('resumes its session without another request to Incode', async () => {
    const first = await sessionOf(await latchkey.call('/start'))
    const before = latchkey.incode.calls.length
    expect(await sessionOf(await latchkey.call(`/start?uniqueId=${first.uniqueId}`))).toEqual(first)
    expect(await sessionOf(await post('/start', { uniqueId: first.uniqueId }))).toEqual(first)
    expect(latchkey.incode.calls).toHaveLength(before)
    await latchkey.anotherContainer()
    const resumed = await sessionOf(await latchkey.call(`/onboarding-url?uniqueId=${first.uniqueId}`))
    expect(resumed).toMatchObject({ ...first, url: expect.stringContaining(first.interviewId) })
  })

  it('can be named uuid, as in the first of Incode’s pages', async () => {
    const first = await fieldsOf(await latchkey.call('/start'))
    expect(first['uuid']).toBe(first['uniqueId'])
    expect(await fieldsOf(await latchkey.call(`/start?uuid=${first['uuid']}`))).toEqual(first)
    const both = await latchkey.call(`/start?uuid=${first['uuid']}&uniqueId=other`)
    expect([both.status, await faultyFields(both)]).toEqual([400, ['uuid']])
  })

  it('is in the error if only the URL request failed, so that a retry can continue', async () => {
    latchkey.incode.plan = ({ path }) => (path.startsWith('/0/') ? { status: 500 } : undefined)
    const refused = await fieldsOf(await latchkey.call('/onboarding-url'))
    expect(refused).toMatchObject({ success: false, code: 'provider_unavailable', uniqueId: expect.any(String) })
    latchkey.incode.plan = () => undefined
    const begun = callsTo(latchkey, '/omni/start').length
    const { url } = await sessionOf(await latchkey.call(`/onboarding-url?uniqueId=${refused['uniqueId']}`))
    expect(url).toMatch(/^https:/)
    expect(callsTo(latchkey, '/omni/start')).toHaveLength(begun)
  })

  it('is rejected if it is unknown, or if a parameter would change its session', async () => {
    const { uniqueId } = await sessionOf(await latchkey.call('/start'))
    const unknown = await latchkey.call('/start?uniqueId=8f5b2c1e-0000-4000-8000-000000000000')
    expect(unknown.status).toBe(400)
    expect(await fieldsOf(unknown)).toMatchObject({
      success: false,
      error: 'uniqueId must be the uniqueId of a session that you started.',
    })
    expect(await faultyFields(await latchkey.call(`/start?uniqueId=${uniqueId}&language=es`))).toEqual(['language'])
  })

  it('resumes no session for another client or participant', async () => {
    const jane = await startToken('jane')
    const { uniqueId } = await sessionOf(await latchkey.call('/start', withToken(jane)))
    const resume = (init?: RequestInit) => latchkey.call(`/start?uniqueId=${uniqueId}`, init)
    expect((await resume(withToken(jane))).status).toBe(200)
    expect((await resume(withToken(await startToken('jane')))).status).toBe(400)
    expect((await resume()).status).toBe(400)
  })
})

describe('a participant', () => {
  it('named by a confidential client is the only accepted external customer', async () => {
    const jane = await startToken('jane@corp.example')
    await sessionOf(await latchkey.call('/start', withToken(jane)))
    expect(lastStart()?.body).toMatchObject({ externalCustomerId: 'jane@corp.example' })
    await sessionOf(await latchkey.call('/start?externalCustomerId=jane%40corp.example', withToken(jane)))
    const other = await latchkey.call('/start?externalCustomerId=john', withToken(jane))
    expect([other.status, await faultyFields(other)]).toEqual([400, ['externalCustomerId']])
  })

  it('named by a public client is not the external customer', async () => {
    const { client_id } = await latchkey.register({ scope: 'start' })
    const token = await latchkey.token(client_id, { participant_id: 'the-boss' })
    await sessionOf(await latchkey.call('/start', withToken(token)))
    expect(lastStart()?.body).not.toHaveProperty('externalCustomerId')
  })
})

describe('parameters that are null', () => {
  // As in `useSend`#132, better-auth#9841 (optional fields) and `adcp-client`#2796 (libraries that write null).
  it.each([
    { language: null },
    { uniqueId: null, uuid: null, redirectUrl: null, redirectionUrl: null, externalCustomerId: null, flowId: null },
    { unknown: null },
  ])('are absent: %j', async (body) => {
    await sessionOf(await post('/start', body))
    expect(lastStart()?.body).toEqual({ countryCode: 'ALL', configurationId: 'fake-flow', language: 'en-US' })
    await sessionOf(await post('/start?language=de-DE', body))
    expect(lastStart()?.body).toMatchObject({ language: 'de-DE' })
  })
})

describe('a session that has ended', () => {
  const statusEvents = async (interviewId: string, ...statuses: string[]) => {
    for (const status of statuses) {
      expect((await latchkey.call('/webhook', delivery(statusEvent(interviewId, status)))).status).toBe(200)
    }
  }

  // As in polar#6080, `onfido-sdk-ui`#2164 and bc-wallet-mobile#4050 (a session that expired before the person returned).
  it.each([
    ['/start', ['EXPIRED']],
    ['/onboarding-url', ['EXPIRED']],
    ['/start', ['FACE_VALIDATION_FINISHED', 'EXPIRED', 'ID_VALIDATION_FINISHED']],
  ])('is rejected by %s with session_expired after %j', async (path, statuses) => {
    const { uniqueId, interviewId } = await sessionOf(await latchkey.call('/start'))
    await statusEvents(interviewId, ...statuses)
    const calls = latchkey.incode.calls.length
    const inQuery = await latchkey.call(`${path}?uniqueId=${uniqueId}`)
    const inBody = await latchkey.call(path, { method: 'POST', body: JSON.stringify({ uuid: uniqueId }) })
    for (const answer of [inQuery, inBody]) {
      expect(answer.status).toBe(410)
      expect(await fieldsOf(answer)).toMatchObject({
        success: false,
        code: 'session_expired',
        error: 'The session has expired. Start a new one: send the request without uniqueId.',
      })
    }
    expect(latchkey.incode.calls).toHaveLength(calls)
    const another = await latchkey.call(`${path}?uniqueId=${uniqueId}`, withToken(await startToken()))
    expect([another.status, await faultyFields(another)]).toEqual([400, ['uniqueId']])
  })

  it.each(['ONBOARDING_FINISHED', 'MANUAL_REVIEW_REJECTED'])('is resumed with the status %s', async (status) => {
    const { uniqueId, interviewId } = await sessionOf(await latchkey.call('/start'))
    expect(await fieldsOf(await latchkey.call(`/start?uniqueId=${uniqueId}`))).not.toHaveProperty('onboardingStatus')
    await statusEvents(interviewId, 'EXPIRED', status)
    expect(await fieldsOf(await latchkey.call(`/start?uniqueId=${uniqueId}`))).toMatchObject({
      interviewId,
      onboardingStatus: status,
    })
  })
})

describe('requests to Incode', () => {
  it('have the API key except under /0/, which has the session token', async () => {
    const { token, interviewId } = await sessionOf(await latchkey.call('/onboarding-url'))
    await latchkey.call(`/fetch-score?interviewId=${interviewId}`, { headers: { 'X-Token': token } })
    await latchkey.call('/finish', { method: 'POST', body: JSON.stringify({ token }) })
    const keyless = latchkey.incode.calls.filter(({ path }) => path.startsWith('/0/'))
    expect(new Set(keyless.map(({ path }) => path))).toEqual(
      new Set(['/0/omni/onboarding-url', '/0/omni/get/score', '/0/omni/finish-status']),
    )
    for (const { headers } of keyless.slice(-3)) {
      expect(headers).not.toHaveProperty('x-api-key')
      expect(headers).toMatchObject({ 'api-version': '1.0', 'x-incode-hardware-id': token })
    }
    expect(keyless[0]?.query.get('clientId')).toBe('fake123')
    expect(lastStart()?.headers).toMatchObject({ 'x-api-key': 'fake-incode-api-key', 'api-version': '1.0' })
    expect(lastStart()?.headers).not.toHaveProperty('x-incode-hardware-id')
  })

  it.each([
    [
      'rejects the request',
      { status: 403, body: { status: 403, error: 'fake-incode-api-key' } },
      502,
      'provider_refused',
    ],
    ['fails', { status: 500, body: 'fake-incode-api-key' }, 503, 'provider_unavailable'],
    ['is unavailable', 'never arrives', 503, 'provider_unavailable'],
    ['returns invalid data', 'garbage', 502, 'provider_answer_invalid'],
    ['returns no token', { status: 200, body: { interviewId: 'abc' } }, 502, 'provider_answer_invalid'],
  ] as const)('leak no credential if Incode %s, and start at most one session', async (_case, fault, status, code) => {
    const before = callsTo(latchkey, '/omni/start').length
    latchkey.incode.plan = () => fault
    const answer = await latchkey.call('/start')
    expect(answer.status).toBe(status)
    if (status === 503) expect(answer.headers.get('retry-after')).toBe('30')
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ success: false, code, error: expect.stringContaining('Incode') })
    expect(text).not.toContain('fake-incode')
    expect(callsTo(latchkey, '/omni/start')).toHaveLength(before + 1)
  })

  it('return no session of another caller if Incode repeats one', async () => {
    const first = await sessionOf(await latchkey.call('/start'))
    const { token, interviewId } = first
    latchkey.incode.plan = ({ path }) =>
      path === '/omni/start' ? { status: 200, body: { token, interviewId } } : undefined
    const second = await latchkey.call('/start', withToken(await startToken()))
    expect([second.status, (await problemOf(second)).code]).toEqual([502, 'provider_answer_invalid'])
    latchkey.incode.plan = () => undefined
    expect(await sessionOf(await latchkey.call(`/start?uniqueId=${first.uniqueId}`))).toMatchObject(first)
  })

  it.each([
    ['/omni/start', { token: 'a\r\nX-Evil: 1', interviewId: 'abc' }],
    ['/omni/start', { token: 'ok', interviewId: 'a#b' }],
    ['/0/omni/onboarding-url', { url: 'javascript:alert(1)' }],
  ])('reject an invalid response of %s', async (at, body) => {
    latchkey.incode.plan = ({ path }) => (path === at ? { status: 200, body } : undefined)
    expect((await latchkey.call('/onboarding-url')).status).toBe(502)
  })

  it('time out with 504', async () => {
    setTimeBudgets({ providerMs: 300 })
    latchkey.incode.plan = ({ path }) => (path === '/omni/start' ? 'never answered' : undefined)
    const answer = await latchkey.call('/start')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([504, 'provider_timeout'])
  })

  it('are retried for the URL of a session, which is safe', async () => {
    let tries = 0
    latchkey.incode.plan = ({ path }) => (path.startsWith('/0/') && ++tries < 3 ? { status: 503 } : undefined)
    const session = await sessionOf(await latchkey.call('/onboarding-url'))
    expect([session.url?.includes(session.interviewId), tries]).toEqual([true, 3])
  })
})

describe('/onboarding-status', () => {
  const ask = (interviewId: string, more = '', init?: RequestInit) =>
    latchkey.call(`/onboarding-status?interviewId=${interviewId}${more}`, init)

  it('returns the status for a uniqueId, session token or the auth token that started it', async () => {
    const auth = await startToken()
    const session = await sessionOf(await latchkey.call('/start', withToken(auth)))
    const { interviewId } = session
    const status = { success: true, interviewId, onboardingStatus: 'UNKNOWN', approved: null }
    expect(await fieldsOf(await ask(interviewId, `&uniqueId=${session.uniqueId}`))).toEqual(status)
    expect(await fieldsOf(await ask(interviewId, '', { headers: { 'X-Token': session.token } }))).toEqual(status)
    expect(await fieldsOf(await ask(interviewId, '', withToken(auth)))).toEqual(status)
  })

  it('returns the status to the named participant, also with another token', async () => {
    const client = await latchkey.register({ kind: 'confidential', scope: 'start' })
    const token = async (participant: string) => {
      const headers = { accept: 'application/json', authorization: basic(client.client_id, client.client_secret) }
      const path = `/token?client_id=${client.client_id}&participant_id=${participant}`
      return withToken(String((await fieldsOf(await latchkey.call(path, { headers })))['auth_token']))
    }
    const { interviewId } = await sessionOf(await latchkey.call('/start', await token('jane')))
    expect((await ask(interviewId, '', await token('jane'))).status).toBe(200)
    expect((await ask(interviewId, '', await token('john'))).status).toBe(404)
  })

  it('returns the same 404 for sessions of others and unknown ones', async () => {
    const { client_id } = await latchkey.register({ scope: 'start' })
    const mine = await latchkey.token(client_id, { participant_id: 'me' })
    const theirs = await latchkey.token(client_id, { participant_id: 'me' })
    const { interviewId } = await sessionOf(await latchkey.call('/start', withToken(mine)))
    const other = await began(latchkey)
    const foreign = await ask(interviewId, '', withToken(theirs))
    const none = await ask('000000000000000000000000', '', withToken(theirs))
    expect([foreign.status, none.status]).toEqual([404, 404])
    const [one, two] = [await fieldsOf(foreign), await fieldsOf(none)]
    expect({ ...one, request_id: '' }).toEqual({ ...two, request_id: '' })
    expect((await ask(interviewId, '&uniqueId=8f5b2c1e-0000-4000-8000-000000000000')).status).toBe(404)
    expect((await ask(interviewId, '', { headers: { 'X-Token': other.token } })).status).toBe(404)
    expect((await ask(interviewId)).status).toBe(401)
    expect((await ask(interviewId, '', withToken(`${mine}x`))).status).toBe(401)
  })

  it('names a missing parameter', async () => {
    const answer = await latchkey.call('/onboarding-status?uniqueId=x')
    expect([answer.status, await fieldsOf(answer)]).toMatchObject([
      400,
      { success: false, error: 'interviewId is missing.' },
    ])
  })
})
