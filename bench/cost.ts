import { createHmac, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { FAKE_WEBHOOK_SECRET, startFakeHelpLightning } from '../dev/fakes/helplightning.ts'
import { startFakeIncode } from '../dev/fakes/incode.ts'
import { startFakeOpenSenseMap } from '../dev/fakes/opensensemap.ts'
import { newPhone } from '../dev/fakes/phone.ts'
import { startFakeSethealth } from '../dev/fakes/sethealth.ts'
import { APP_ID, appleRequest, authority } from '../tests/support/attestation/phones.ts'
import { startCostMeter } from './cost-meter.ts'
import { type Call, startBench } from './harness.ts'
import { makeProver } from './prover.ts'
import { storeRows } from './store.ts'

/**
 * `npm run bench:cost`: usage of each kind of request, measured with the real handlers, times AWS's list prices. Writes
 * the table of docs/operations/cost.md. DynamoDB units are exact. The time on Lambda is estimated as the time here plus
 * a fixed time for each provider call.
 */
const EXPORTED_ROWS = 100_000
const COLUMNS = ['a_temperature_c', 'a_humidity_percent', 'a_co2_ppm', 'a_pressure_hpa', 'a_pm10_ug_m3']

const fakes = await Promise.all([
  startFakeIncode('OK'),
  startFakeHelpLightning(['ann@corp.example', 'bob@corp.example']),
  startFakeSethealth(),
  startFakeOpenSenseMap(),
])
const [incode, helpLightning, , openSenseMap] = fakes
const settings = Object.assign({}, ...fakes.map((fake) => fake.settings))
const bench = await startBench({
  ...settings,
  ...authority.settings,
  OPEN_ENDPOINTS: 'start,auth,approve,webhook,access-token',
  OSEM_DEFAULT_POSITION: '48.52,9.05',
  OSEM_POSTS_PER_MINUTE: '600',
})
openSenseMap.rateLimit.posts = 1_000_000
const cost = await startCostMeter(bench)
const { measure, measureRun, callJson } = cost

const json = { 'content-type': 'application/json' }
const admin = { authorization: `Bearer ${bench.secrets.ADMIN_TOKEN}` }

const register = async (kind = 'public', fields = {}) =>
  callJson('register', {
    method: 'POST',
    path: '/register',
    headers: { ...admin, ...json },
    body: JSON.stringify({ callback_url: 'https://app.example/', kind, scope: 'upload download', ...fields }),
  })
const app = await register()
const server = await register('confidential')
const basic = { authorization: `Basic ${btoa(`${server['client_id']}:${server['client_secret']}`)}` }
const tokenCall: Call = {
  method: 'GET',
  path: '/token',
  query: `client_id=${app['client_id']}`,
  headers: { accept: 'application/json' },
}
const bearer = { authorization: `Bearer ${(await callJson('token', tokenCall))['auth_token']}` }

let clock = Math.floor(Date.now() / 1000) - 40_000_000
function table(count: number): string {
  clock += count * 60
  const time = Array.from({ length: count }, (_, row) => clock + row * 60)
  const readings = COLUMNS.map((name, column) => [name, time.map((_, row) => 20 + column * 100 + (row % 90) / 10)])
  return JSON.stringify({ time, ...Object.fromEntries(readings) })
}
const upload = (count: number) => async (): Promise<Call> => ({
  method: 'POST',
  path: '/upload',
  headers: { ...bearer, ...json },
  body: table(count),
})

await measure('`/register`', 'register', 0, async () => ({
  method: 'GET',
  path: '/register',
  query: 'callback_url=https://app.example/',
  headers: admin,
}))
await measure('`GET /token`', 'token', 0, async () => tokenCall)
const form = { 'content-type': 'application/x-www-form-urlencoded' }
await measure('`POST /token`', 'token', 0, async () => ({
  method: 'POST',
  path: '/token',
  headers: { ...basic, ...form },
  body: 'grant_type=client_credentials',
}))
await measure('`/introspect`', 'introspect', 0, async () => ({
  method: 'POST',
  path: '/introspect',
  headers: { ...basic, ...form },
  body: `token=${bearer.authorization.slice(7)}`,
}))

// Without forwarding, which later rows measure.
process.env['OSEM_UPLOAD'] = 'false'
await callJson('upload', await upload(1)())
for (const count of [1, 10, 100, 1_000, 10_000])
  await measure(`\`/upload\`, ${count.toLocaleString('en')} rows`, 'upload', 0, upload(count))
// One row again, with a token that is bound to a key.
const prove = await makeProver('ES256', 'http://localhost')
const boundToken = String(
  (
    await callJson('token', {
      method: 'POST',
      path: '/token',
      headers: { ...basic, ...form, dpop: await prove('POST', '/token') },
      body: 'grant_type=client_credentials',
    })
  )['access_token'],
)
await measure('`/upload`, 1 row, with a DPoP proof', 'upload', 0, async () => {
  const { headers, ...call } = await upload(1)()
  const dpop = await prove('POST', '/upload', boundToken)
  return { ...call, headers: { ...headers, authorization: `DPoP ${boundToken}`, dpop } }
})
await measure('`/download`, 1,000 rows', 'download', 0, async () => ({
  method: 'GET',
  path: '/download',
  query: `format=csv&client_id=${app['client_id']}`,
  headers: admin,
}))

// What a live data page asks every few seconds.
await measure('`/download`, no new rows', 'download', 0, async () => ({
  method: 'GET',
  path: '/download',
  query: `format=ndjson&times=unix&source=default&cols=${COLUMNS[0]},time_upload_utc&from=${clock + 10_000 * 60}`,
  headers: bearer,
}))

for (const size of [10_000, 1_000_000])
  await measure(`\`/submit\`, ${size / 1_000} kB`, 'submit', 0, async () => {
    const body = new FormData()
    body.set('file', new File([randomBytes(size)], 'answers.zip'))
    const form = new Response(body)
    const headers = { ...bearer, 'content-type': form.headers.get('content-type') ?? '' }
    return { method: 'POST', path: '/submit', headers, body: new Uint8Array(await form.arrayBuffer()) }
  })

await measure('`/api/v2/write`, 1 point', 'influx-write', 0, async () => {
  clock += 60
  const body = `air ${COLUMNS.map((name, column) => `${name}=${20.5 + column}`).join()} ${clock}\n`
  const headers = { ...bearer, 'content-type': 'text/plain' }
  return { method: 'POST', path: '/api/v2/write', query: 'precision=s', headers, body }
})
await measure('`GET /submissions`', 'submissions', 0, async () => ({
  method: 'GET',
  path: '/submissions',
  query: `client_id=${app['client_id']}`,
  headers: admin,
}))

const postJson = (path: string, body: unknown, headers: Record<string, string> = bearer): Call => ({
  method: 'POST',
  path,
  headers: { ...headers, ...json },
  body: JSON.stringify(body),
})
/** `GET` of one thing, whose route is `path` with `{id}`. */
const getOne = (path: string, id: unknown): Call => ({
  method: 'GET',
  path: `${path}/${id}`,
  pathParameters: { id: String(id) },
  headers: bearer,
})
const newFile = { purpose: 'submission', name: 'answers.zip', type: 'application/zip', size: 300_000_000 }
await measure('`POST /files`, 300 MB', 'create-file', 0, async () => postJson('/files', newFile))
const file = await callJson('create-file', postJson('/files', newFile))
await measure('`GET /files/{id}`, 300 MB', 'file', 0, async () => getOne('/files', file['id']))

await storeRows(await cost.handlerOf('upload'), bearer.authorization, 'exported', 0, EXPORTED_ROWS)
const newExport = (format: string) => postJson('/exports', { format, source: 'exported' })
// A client can have ten exports in progress.
await measure('`POST /exports`', 'exports', 0, async () => newExport('csv'), 8)
const [csv, parquet] = [await callJson('exports', newExport('csv')), await callJson('exports', newExport('parquet'))]
const writing = `writing an export of ${EXPORTED_ROWS.toLocaleString('en')} rows`
await measureRun(`${writing} as CSV`, 'process-files', { export: csv['id'] })
await measureRun(`${writing} as Parquet`, 'process-files', { export: parquet['id'] })
await measure('`GET /exports/{id}`', 'exports', 0, async () => getOne('/exports', csv['id']))

const share = { client_id: app['client_id'], name: 'friends', series: ['default'] }
await measure('`POST /shares`', 'create-share', 0, async () => postJson('/shares', share, admin))
await measure('`GET /shares`, 20 shares', 'shares', 0, async () => ({
  method: 'GET',
  path: '/shares',
  query: `client_id=${app['client_id']}`,
  headers: admin,
}))

const ios = { app_ids: [APP_ID] }
const attested = await register('attested', { scope: 'upload', attestation: { mode: 'required', ios } })
const challenge = () => postJson('/attest/challenge', { client_id: attested['client_id'] }, {})
await measure('`POST /attest/challenge`', 'attest', 0, async () => challenge())
await measure('`POST /attest`, a new iPhone', 'attest', 0, async () => {
  const { attestation_challenge: text } = await callJson('attest', challenge())
  return postJson('/attest', await appleRequest(newPhone(), String(attested['client_id']), String(text)), {})
})

await measure('`POST /webhook/{provider}`', 'receive-webhook', 0, async (run) => {
  const body = JSON.stringify({ category: 'call_ended', data: { call_id: run } })
  const signature = createHmac('sha256', FAKE_WEBHOOK_SECRET).update(body).digest('hex')
  return {
    method: 'POST',
    path: '/webhook/helplightning',
    pathParameters: { provider: 'helplightning' },
    headers: { ...json, 'x-helplightning-signature': `sha256=${signature}` },
    body,
  }
})
await measure('`GET /events`, 20 events', 'events', 0, async () => ({ method: 'GET', path: '/events', headers: admin }))

process.env['OSEM_UPLOAD'] = 'true'
await cost.reload('upload')
await callJson('upload', await upload(1)())
await (await cost.handlerOf('forward-measurements'))({}, { getRemainingTimeInMillis: () => 60_000 })
for (const [uploads, count] of [
  [100, 1],
  [1, 1_000],
] as const) {
  for (let run = 0; run < uploads; run += 1) await callJson('upload', await upload(count)())
  await measureRun(
    `forwarding an upload of ${count.toLocaleString('en')} (${uploads} together)`,
    'forward-measurements',
    {},
    { uploads, markUnits: 1, providerCalls: 1 },
  )
}

await measure('`/start`', 'start', 1, async () => ({ method: 'GET', path: '/start' }))
const startInterview = async () => {
  const { interviewId, token } = await callJson('start', { method: 'GET', path: '/start' })
  const interview = incode.interviews.get(String(interviewId))
  if (interview) interview.score = 'OK'
  return { interviewId: String(interviewId), token: String(token) }
}
const eventBody = (interviewId: string, onboardingStatus: string): string =>
  JSON.stringify({ interviewId, onboardingStatus })
await measure('`/onboarding-status`', 'onboarding-status', 0, async () => {
  const { interviewId, token } = await startInterview()
  const query = `interviewId=${interviewId}`
  return { method: 'GET', path: '/onboarding-status', query, headers: { 'x-token': token } }
})
await measure('`/webhook`', 'webhook', 0, async () => {
  const body = eventBody((await startInterview()).interviewId, 'ID_VALIDATION_FINISHED')
  return { method: 'POST', path: '/webhook', headers: json, body }
})
await measure('`/approve`', 'approve', 2, async () => {
  const body = eventBody((await startInterview()).interviewId, 'ONBOARDING_FINISHED')
  return { method: 'POST', path: '/approve', headers: json, body }
})
await measure('`GET /auth`', 'help-lightning-user-token', 2, async () => ({
  method: 'GET',
  path: '/auth',
  query: 'email=ann@corp.example',
}))
const user = async (email: string) =>
  (await callJson('help-lightning-user-token', { method: 'GET', path: '/auth', query: `email=${email}` }))['token']
const contact = JSON.stringify({ contact_email: 'bob@corp.example' })
const invite = async (run: number): Promise<Call> => {
  const email = `caller${run}-${cost.lines.length}@corp.example`
  await helpLightning.addUser(email)
  const authorization = String(await user(email))
  return { method: 'POST', path: '/session', headers: { ...json, authorization }, body: contact }
}
await measure('`POST /session`', 'create-call', 4, invite)
const bob = String(await user('bob@corp.example'))
await measure('`GET /session`', 'join-call', 0, async (run) => {
  const { sid } = await callJson('create-call', await invite(run))
  return { method: 'GET', path: '/session', query: `sid=${sid}`, headers: { authorization: bob } }
})
await measure('`/access-token`', 'access-token', 1, async () => ({ method: 'GET', path: '/access-token' }))

const lines = [
  '| request | write units | read units | commands | time (ms) | dollars a million |',
  '|---|--:|--:|--:|--:|--:|',
  ...cost.lines,
]
const document = new URL('../docs/operations/cost.md', import.meta.url)
const text = await readFile(document, 'utf8')
const [head, , tail] = text.split(/<!-- (?:table|end) -->\n/)
await writeFile(document, `${head}<!-- table -->\n${lines.join('\n')}\n<!-- end -->\n${tail}`)
console.log(lines.join('\n'))
await Promise.all([cost.stop(), ...fakes.map((fake) => fake.stop())])
await bench.stop()
process.exit(0)
