// @module-tag local-only
// These tests read the log of this process.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callOf, create, join, person } from '../../support/calls.ts'
import { callsTo, delivery, sessionOf, statusEvent } from '../../support/identity.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { outputSince } from '../../support/logs.ts'
import { JSON_DIGESTS, SALT } from '../../support/vectors.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_SALTS: SALT })
})
afterAll(() => latchkey.stop())

it('logs the result of each request without secrets, tokens, e-mail addresses or bodies', async () => {
  const participant = 'jane.doe@example.org'
  const client = await latchkey.register({
    kind: 'confidential',
    checksum_salt: 'a salt of its own',
    scope: 'upload download',
  })
  const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')
  const asClient = (headers: Record<string, string> = {}) =>
    latchkey.call(`/token?client_id=${client.client_id}&participant_id=${participant}`, { headers })
  const token = String((await (await asClient({ authorization: `Basic ${basic}` })).text()).match(/ey[\w.-]+/)?.[0])
  const body = '{"time":[1],"note":["a note that nobody else may read"]}'

  await latchkey.upload(token, body)
  await latchkey.upload(token, `${body}}`)
  await latchkey.upload(`${token}x`, body)
  await latchkey.call('/upload', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'Content-MD5-Salted': JSON_DIGESTS['MD5'] ?? '' },
  })
  for (const pair of [`${client.client_id}:a salt of its own`, `${client.client_id}:a salt of its own, changed`]) {
    for (const authorization of [`Token ${pair}`, `Basic ${Buffer.from(pair).toString('base64')}`])
      await latchkey.call('/upload', { method: 'POST', body, headers: { authorization } })
  }
  await latchkey.call(`/register?token=${latchkey.adminToken}x&callback_url=https://a.example/`)
  await latchkey.call(`/register?token=${latchkey.adminToken}&callback_url=nonsense`)
  await asClient()
  await asClient({ authorization: `Basic ${basic}x` })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const oauth = (path: string, parameters: string, headers: Record<string, string> = {}) =>
    latchkey.call(path, { method: 'POST', body: parameters, headers: { ...form, ...headers } })
  const asked = `grant_type=client_credentials&participant_id=${participant}`
  const posted = await oauth('/token', asked, { authorization: `Basic ${basic}` })
  const access = String((await posted.text()).match(/ey[\w.-]+/)?.[0])
  await oauth('/token', `${asked}&client_id=${client.client_id}&client_secret=${client.client_secret}`)
  await oauth('/token', `${asked}&client_secret=${client.client_secret}x`, { authorization: `Basic ${basic}` })
  for (const path of ['/introspect', '/revoke'])
    await oauth(path, `token=${access}`, { authorization: `Basic ${basic}` })
  await latchkey.rows(client.client_id)
  for (const fault of ['failing', 'never arrives'] as const) {
    latchkey.database.plan = () => fault
    await latchkey.upload(token, body)
    await latchkey.call(`/register?token=${latchkey.adminToken}&callback_url=https://a.example/`)
  }
  latchkey.database.plan = () => undefined
  const keys = process.env['SIGNING_KEYS'] ?? ''
  await latchkey.anotherContainer()
  process.env['SIGNING_KEYS'] = 'broken'
  await asClient({ authorization: `Basic ${basic}` })
  process.env['SIGNING_KEYS'] = keys

  expect(outputSince(0)).toContain('request_completed')
  expect(outputSince(0)).toContain('request_refused')
  expect(outputSince(0)).toContain('request_failed')
  expect(outputSince(0)).toContain('SIGNING_KEYS must be JSON')
  const secrets = {
    adminToken: latchkey.adminToken,
    clientSecret: client.client_secret ?? '',
    basic,
    token,
    access,
    signature: token.split('.')[2] ?? '',
    participant,
    body: 'nobody else may read',
    salt: SALT,
    ownSalt: 'a salt of its own',
    deviceKey: Buffer.from(`${client.client_id}:a salt of its own`).toString('base64').slice(0, -4),
    sealKey: process.env['SEAL_KEY'] ?? '',
    privateKey: JSON.parse(keys).keys[0].d,
    checksum: JSON_DIGESTS['MD5'] ?? '',
  }
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length, name).toBeGreaterThan(8)
    expect(outputSince(0).includes(secret), `${name} is in the log`).toBe(false)
  }
})

it('logs results of identity sessions and events without their personal data', async () => {
  const customer = 'john.doe@example.org'
  const session = await sessionOf(await latchkey.call(`/onboarding-url?externalCustomerId=${customer}`))
  const interview = latchkey.incode.interviews.get(session.interviewId)
  if (interview) interview.score = 'OK'
  const event = statusEvent(session.interviewId, 'ONBOARDING_FINISHED', {
    externalId: customer,
    note: 'for Incode only',
  })
  const attempt = { transactionId: 'a-transaction', token: 'a-token-of-a-face', interviewToken: 'an-interview-token' }
  const everything = async () => {
    await latchkey.call(`/start?uniqueId=${session.uniqueId}`)
    await latchkey.call(`/start?externalCustomerId=${customer}`)
    await latchkey.call('/webhook', delivery(event))
    await latchkey.call('/webhook', delivery(`${event}}`))
    await latchkey.call('/auth', { method: 'POST', body: JSON.stringify(attempt) })
    await latchkey.call('/finish', { method: 'POST', body: JSON.stringify({ token: session.token }) })
    await latchkey.call(`/fetch-score?interviewId=${session.interviewId}`, { headers: { 'X-Token': session.token } })
    await latchkey.call(`/onboarding-status?interviewId=${session.interviewId}&uniqueId=${session.uniqueId}`)
    return (await latchkey.call('/approve', delivery(event))).text()
  }
  for (const fault of [{ status: 500, body: `${customer} ${session.token}` }, 'garbage', 'never arrives'] as const) {
    latchkey.incode.plan = () => fault
    await everything()
  }
  latchkey.incode.plan = () => undefined
  const answer = await everything()
  process.env['INCODE_WEBHOOK_HEADER'] = 'X-Hook: the-agreed-header-value'
  await latchkey.anotherContainer()
  await latchkey.call('/webhook', delivery(event, { 'x-hook': 'another-header-value' }))

  for (const code of ['work_postponed', 'provider_unavailable', 'WebhookRefused', 'EventReceived', 'ProviderFailed']) {
    expect(outputSince(0), code).toContain(code)
  }
  const secrets = {
    customer,
    sessionToken: session.token,
    uniqueId: session.uniqueId,
    customerToken: JSON.parse(answer).data.token,
    adminToken: callsTo(latchkey, '/omni/process/approve')[0]?.headers['x-incode-hardware-id'] ?? '',
    body: 'for Incode only',
    faceToken: attempt.token,
    interviewToken: attempt.interviewToken,
    header: 'the-agreed-header-value',
    wrongHeader: 'another-header-value',
    apiKey: process.env['INCODE_API_KEY'] ?? '',
    password: process.env['INCODE_ADMIN_PASSWORD'] ?? '',
    email: process.env['INCODE_ADMIN_EMAIL'] ?? '',
  }
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length, name).toBeGreaterThan(8)
    expect(outputSince(0).includes(secret), `${name} is in the log`).toBe(false)
  }
})

it('logs results of calls and access tokens without participants or content', async () => {
  const ann = await person(latchkey, 'ann.caller@corp.example')
  const bob = await person(latchkey, 'bob.callee@corp.example')
  process.env['OPEN_ENDPOINTS'] = 'auth,access-token'
  await latchkey.anotherContainer()
  const mine = await callOf(await create(latchkey, ann, bob))
  const theirs = await callOf(await join(latchkey, bob, mine.sid))
  const eve = await person(latchkey, 'eve@corp.example')
  expect((await join(latchkey, eve, mine.sid)).status).toBe(404)
  await join(latchkey, { token: `${bob.token}x` }, mine.sid)
  const given = latchkey.sethealth.issuedTokens
  await latchkey.call('/access-token?user_id=patient-number-77')
  const hook = `${latchkey.url}/webhook/helplightning`
  await latchkey.helpLightning.deliver(hook, { category: 'a category', data: { note: 'what the event says' } })
  await latchkey.call('/webhook/helplightning', {
    method: 'POST',
    headers: { 'x-helplightning-signature': 'sha256=wrong-signature' },
    body: '{}',
  })
  for (const fault of [{ status: 400, body: { code: 7, email: bob.email } }, 'garbage', 'never arrives'] as const) {
    latchkey.helpLightning.plan = () => fault
    latchkey.sethealth.plan = () => fault
    await person(latchkey, ann.email)
    await create(latchkey, bob, ann)
    await latchkey.call('/access-token?user_id=patient-number-77')
  }
  latchkey.helpLightning.plan = () => undefined

  expect(outputSince(0)).toContain('PinRefused')
  expect(outputSince(0)).toContain('find-user')
  const partner = latchkey.helpLightning.calls[0]?.headers['authorization'] ?? ''
  const secrets = {
    ann: ann.email,
    bob: bob.email,
    annToken: ann.token,
    bobToken: bob.token,
    annSession: mine.session_token,
    bobSession: theirs.session_token,
    partner,
    patient: 'patient-number-77',
    access: given.at(-1)?.token ?? '',
    event: 'what the event says',
    signature: 'wrong-signature',
    apiKey: process.env['HLSERVER_API_KEY'] ?? '',
    partnerKey: process.env['HLSERVER_PARTNER_KEY']?.split('\n')[1] ?? '',
    webhookSecret: process.env['HLSERVER_WEBHOOK_SECRET'] ?? '',
    sethealth: process.env['SETHEALTH_SECRET'] ?? '',
  }
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length, name).toBeGreaterThan(8)
    expect(outputSince(0).includes(secret), `${name} is in the log`).toBe(false)
  }
})
