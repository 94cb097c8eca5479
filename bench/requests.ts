import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { Request } from 'autocannon'
import { FAKE_WEBHOOK_SECRET } from '../dev/fakes/helplightning.ts'
import type { Service } from './service.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

/**
 * A request for each endpoint of the load test. If an endpoint recognises duplicates, each request differs.
 */
export async function requestsOf(service: Service, emails: readonly string[]): Promise<Record<string, Request>> {
  const { fetchJson, admin } = service
  const register = (kind: string) => ({
    method: 'POST' as const,
    headers: { ...JSON_TYPE, ...admin },
    body: JSON.stringify({ callback_url: 'https://app.example/', kind, scope: 'upload download start' }),
  })
  const { client_id } = await fetchJson('/register', register('public'))
  const { auth_token } = await fetchJson(`/token?client_id=${client_id}`)
  const server = await fetchJson('/register', register('confidential'))
  const basic = { ...FORM_TYPE, authorization: `Basic ${btoa(`${server['client_id']}:${server['client_secret']}`)}` }
  const grant = { method: 'POST' as const, headers: basic, body: 'grant_type=client_credentials' }
  const { access_token } = await fetchJson('/token', grant)
  const bearer = { authorization: `Bearer ${auth_token}` }

  let clock = 1_600_000_000
  const csv = (rows: number) => {
    clock += rows * 60
    const lines = Array.from({ length: rows }, (_, row) => `${clock + row * 60},${20 + (row % 90) / 10},${600 + row}`)
    return ['time,temperature,co2', ...lines].join('\n')
  }
  const asCsv = { ...bearer, 'content-type': 'text/csv' }
  await fetchJson('/upload', { method: 'POST', headers: asCsv, body: csv(1_000) })

  const asJson = (headers: Record<string, string>, body: unknown) => ({
    method: 'POST' as const,
    headers: { ...headers, ...JSON_TYPE },
    body: JSON.stringify(body),
  })
  await fetchJson('/shares', asJson(admin, { client_id, name: 'bench', series: ['default'] }))
  // A client may create few of them in an hour: the others are retries, which return the same one.
  const once = { ...bearer, 'idempotency-key': randomUUID() }
  const newFile = asJson(once, { purpose: 'submission', name: 'answers.zip', type: 'application/zip', size: 1_000 })
  const newExport = asJson(once, { format: 'csv' })
  const [file, exported] = [await fetchJson('/files', newFile), await fetchJson('/exports', newExport)]

  const users: string[] = []
  for (const email of emails) users.push((await fetchJson(`/auth?email=${email}`))['token'] ?? '')
  let calls = 0
  /** A call to a contact that this user has not called yet. */
  const nextCall = (): Request => {
    const caller = calls % users.length
    const contact = (caller + 1 + Math.floor(calls / users.length)) % users.length
    calls += 1
    const body = JSON.stringify({ contact_email: emails[contact] })
    return { headers: { ...JSON_TYPE, authorization: users[caller] ?? '' }, body }
  }

  const started: string[] = []
  let approved = 0
  let submissions = 0
  const vary = (request: Request, changing: () => Request): Request => ({
    method: 'POST',
    ...request,
    ...changing(),
    setupRequest: (before) => ({ ...before, ...changing() }),
  })
  const event = (interviewId: string, onboardingStatus: string) => ({
    body: JSON.stringify({ interviewId, onboardingStatus }),
  })
  return {
    '`GET /health`': { path: '/health' },
    '`POST /register`': { path: '/register', ...register('public') },
    '`GET /token`': { path: `/token?client_id=${client_id}`, headers: { accept: 'application/json' } },
    '`POST /token`': { path: '/token', ...grant },
    '`POST /introspect`': { path: '/introspect', method: 'POST', headers: basic, body: `token=${access_token}` },
    '`POST /upload`, 1 row of JSON': vary({ path: '/upload', headers: { ...bearer, ...JSON_TYPE } }, () => {
      clock += 60
      return { body: JSON.stringify({ time: clock, temperature: 21.5, co2: 612 }) }
    }),
    '`POST /upload`, 100 rows of CSV': vary({ path: '/upload', headers: asCsv }, () => ({ body: csv(100) })),
    '`GET /download`, 100 rows of CSV': { path: '/download?format=csv&number=100', headers: bearer },
    '`POST /api/v2/write`, 1 point': vary(
      { path: '/api/v2/write?precision=s', headers: { ...bearer, 'content-type': 'text/plain' } },
      () => {
        clock += 60
        return { body: `air temperature=21.5,co2=612i ${clock}\n` }
      },
    ),
    '`POST /files`, retried': { path: '/files', ...newFile },
    '`GET /files/{id}`': { path: `/files/${file['id']}`, headers: bearer },
    '`POST /exports`, retried': { path: '/exports', ...newExport },
    '`GET /exports/{id}`': { path: `/exports/${exported['id']}`, headers: bearer },
    '`GET /shares`': { path: `/shares?client_id=${client_id}`, headers: admin },
    '`POST /attest/challenge`': { path: '/attest/challenge', ...asJson({}, { client_id }) },
    '`GET /series`': { path: '/series', headers: bearer },
    '`POST /submit`, 1 kB': vary(
      { path: '/submit', headers: { ...bearer, 'content-type': 'multipart/form-data; boundary=part' } },
      () => ({ body: form(String(++submissions), randomBytes(500).toString('hex')) }),
    ),
    '`GET /submissions`': { path: `/submissions?client_id=${client_id}`, headers: admin },
    '`GET /start`': {
      path: '/start',
      headers: bearer,
      onResponse: (status, body) => status === 200 && started.push(JSON.parse(body).interviewId),
    },
    '`POST /webhook`': vary({ path: '/webhook', headers: JSON_TYPE }, () =>
      event(randomBytes(12).toString('hex'), 'ID_VALIDATION_FINISHED'),
    ),
    '`POST /webhook/{provider}`': vary({ path: '/webhook/helplightning' }, () => signedEvent()),
    '`GET /events`': { path: '/events', headers: admin },
    '`POST /approve`': vary({ path: '/approve', headers: JSON_TYPE }, () =>
      event(started[approved++ % started.length] ?? 'none', 'ONBOARDING_FINISHED'),
    ),
    '`POST /session`': vary({ path: '/session' }, nextCall),
  }
}

/** An event of a provider, which differs from all others. */
function signedEvent(): Request {
  const body = JSON.stringify({ category: 'call_ended', data: { call_id: randomUUID() } })
  const signature = createHmac('sha256', FAKE_WEBHOOK_SECRET).update(body).digest('hex')
  return { headers: { ...JSON_TYPE, 'x-helplightning-signature': `sha256=${signature}` }, body }
}

const form = (answer: string, text: string): string =>
  [
    '--part',
    'content-disposition: form-data; name="responses"',
    '',
    JSON.stringify({ answer }),
    '--part',
    'content-disposition: form-data; name="file"; filename="notes.txt"',
    'content-type: text/plain',
    '',
    text,
    '--part--',
    '',
  ].join('\r\n')
