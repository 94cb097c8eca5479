import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { logged, outputSince } from '../../support/logs.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ OPEN_ENDPOINTS: 'access-token' })
})
afterAll(() => latchkey.stop())
afterEach(() => {
  latchkey.sethealth.plan = () => undefined
})

const post = (body: object) => latchkey.call('/access-token', { method: 'POST', body: JSON.stringify(body) })
const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })
const last = () => latchkey.sethealth.issuedTokens.at(-1)

describe('/access-token', () => {
  it('returns a token for 15 minutes that must not be cached', async () => {
    const answer = await latchkey.call('/access-token')
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await fieldsOf(answer)).toEqual({ token: last()?.token, expires_in: 900 })
    const { headers, body } = latchkey.sethealth.calls.at(-1) ?? {}
    expect(headers?.['content-type']).toBe('application/json; charset=utf-8')
    expect(headers).not.toHaveProperty('authorization')
    expect(body).toEqual({ id: 'sa_4829104_fake', secret: 'r_ZmFrZS1zZXRoZWFsdGg=', 'expires-in': 900_000_000_000 })
  })

  it('accepts expires_in, user_id and test_mode in query or body, and sends nanoseconds', async () => {
    const options = { expiresIn: 86_400_000_000_000, userId: 'patient-77', testMode: true }
    await latchkey.call('/access-token?expires_in=86400&user_id=patient-77&test_mode=true')
    expect(last()).toMatchObject(options)
    expect(await fieldsOf(await post({ expires_in: 86_400, user_id: 'patient-77', test_mode: true }))).toMatchObject({
      expires_in: 86_400,
    })
    expect(last()).toMatchObject(options)
    await latchkey.call('/access-token?test_mode=false')
    expect(last()).toMatchObject({ testMode: false })
  })

  it.each([
    ['expires_in', '0'],
    ['expires_in', '86401'],
    ['expires_in', '-1'],
    ['expires_in', '1.5'],
    ['expires_in', '1e3'],
    ['expires_in', ''],
    ['test_mode', 'yes'],
    ['user_id', ''],
    ['user_id', 'x'.repeat(257)],
    ['secret', 'x'],
  ])('rejects %s=%s without a provider call', async (name, value) => {
    const before = latchkey.sethealth.calls.length
    for (const answer of [await latchkey.call(`/access-token?${name}=${value}`), await post({ [name]: value })]) {
      expect([answer.status, await faultyFields(answer)]).toEqual([400, [name]])
    }
    expect(latchkey.sethealth.calls).toHaveLength(before)
  })

  it.each([
    ['401', { status: 401, body: 'r_ZmFrZS1zZXRoZWFsdGg=' }, 502, 'provider_refused'],
    ['500', { status: 500 }, 502, 'provider_refused'],
    ['429', { status: 429 }, 503, 'provider_unavailable'],
    ['503', { status: 503 }, 503, 'provider_unavailable'],
    ['201', { status: 201, body: { token: 'st_of_no_use' } }, 502, 'provider_refused'],
    ['302', { status: 302, headers: { location: 'https://a.example/' } }, 502, 'provider_refused'],
    ['200 without a token', { status: 200, body: {} }, 502, 'provider_answer_invalid'],
    ['200 with an empty token', { status: 200, body: { token: '' } }, 502, 'provider_answer_invalid'],
    ['200 with invalid data', 'garbage', 502, 'provider_answer_invalid'],
    ['a dropped connection', 'never arrives', 503, 'provider_unavailable'],
    ['a timeout', 'never answered', 504, 'provider_timeout'],
  ] as const)(
    'maps %s from Sethealth to a problem, log and metric, without secrets',
    localOnly('It reads the log of this process.'),
    async (_case, fault, status, code) => {
      const from = logged()
      const before = latchkey.sethealth.calls.length
      latchkey.sethealth.plan = () => fault
      if (fault === 'never answered') setTimeBudgets({ providerMs: 300 })
      const answer = await latchkey.call('/access-token')
      const text = await answer.text()
      expect([answer.status, JSON.parse(text).code]).toEqual([status, code])
      const written = outputSince(from)
      const metric = written.split('\n').find((line) => line.includes('ProviderFailed'))
      expect(JSON.parse(metric ?? '{}')).toMatchObject({ provider: 'Sethealth', cause: code, ProviderFailed: 1 })
      expect(written).toContain(`"problem":"${code}"`)
      expect(text + written).not.toMatch(/r_ZmFrZS1|sa_4829104|st_of_no_use/)
      const sent = latchkey.sethealth.calls.length - before
      // On a busy machine, a request can time out before it reaches the fake.
      if (fault === 'never answered') expect(sent).toBeLessThanOrEqual(1)
      else expect(sent).toBe(1)
    },
  )
})

describe('/access-token while Sethealth limits requests', () => {
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString()

  // As in `bcda-app`#1416 and `sourcegraph-public-snapshot`#52518 (429) and #58467 (503), in the forms of RFC 9110.
  it.each([
    [429, { 'retry-after': '7' }, [7]],
    [429, { 'retry-after': () => inSeconds(120) }, [119, 120]],
    [429, { 'x-ratelimit-retry-after': '9' }, [9]],
    [429, { 'retry-after': 'soon' }, [30]],
    [429, {}, [30]],
    [503, { 'retry-after': '11' }, [11]],
    [408, {}, [30]],
  ] as const)('returns 503 with Retry-After for %i %o', async (status, headers, seconds) => {
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === 'function' ? value() : value]),
    )
    latchkey.sethealth.plan = () => ({ status, headers: sent })
    const answer = await latchkey.call('/access-token')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([503, 'provider_unavailable'])
    expect(Number(answer.headers.get('retry-after'))).toBeOneOf([...seconds])
  })
})

describe('/access-token with authentication', () => {
  beforeAll(async () => {
    process.env['OPEN_ENDPOINTS'] = ''
    await latchkey.anotherContainer()
  })

  it('requires an auth token with scope access-token', async () => {
    expect((await latchkey.call('/access-token')).status).toBe(401)
    const upload = await latchkey.token((await latchkey.register()).client_id)
    expect((await latchkey.call('/access-token', bearer(upload))).status).toBe(403)
    const token = await latchkey.token((await latchkey.register({ scope: 'access-token' })).client_id)
    expect((await latchkey.call('/access-token?user_id=any', bearer(token))).status).toBe(200)
    expect(last()).toMatchObject({ userId: 'any' })
  })

  it('accepts only the participant of a confidential client’s token', async () => {
    const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope: 'access-token' })
    const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
    const headers = { accept: 'application/json', authorization }
    const path = `/token?client_id=${client_id}&participant_id=patient-5`
    const token = String((await fieldsOf(await latchkey.call(path, { headers })))['auth_token'])
    await latchkey.call('/access-token', bearer(token))
    expect(last()).toMatchObject({ userId: 'patient-5' })
    expect((await latchkey.call('/access-token?user_id=patient-5', bearer(token))).status).toBe(200)
    const other = await latchkey.call('/access-token?user_id=patient-6', bearer(token))
    expect([other.status, await faultyFields(other)]).toEqual([400, ['user_id']])
  })

  it('returns 501 if Sethealth is not configured', async () => {
    const token = await latchkey.token((await latchkey.register({ scope: 'access-token' })).client_id)
    process.env['SETHEALTH_SECRET'] = ''
    await latchkey.anotherContainer()
    const answer = await latchkey.call('/access-token', bearer(token))
    expect([answer.status, (await problemOf(answer)).code]).toEqual([501, 'provider_not_configured'])
  })
})
