import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { startFakeHelpLightning } from '../dev/fakes/helplightning.ts'
import { startFakeIncode } from '../dev/fakes/incode.ts'
import { startFakeOpenSenseMap } from '../dev/fakes/opensensemap.ts'
import { startFakeSethealth } from '../dev/fakes/sethealth.ts'
import { startMeter, type Usage } from './capacity.ts'
import { type Call, callHandler, type Handler, startBench, toEvent } from './harness.ts'
import { makeProver } from './prover.ts'
import { median } from './report.ts'

/**
 * `npm run bench:cost`: usage of each kind of request, measured with the real handlers, times AWS's list prices. Writes
 * the table of docs/operations/cost.md. DynamoDB units are exact. The time on Lambda is estimated as the time here plus
 * a fixed time for each provider call.
 */
const PRICES = { write: 0.625, read: 0.125, request: 0.2, gbSecond: 0.0000133334, api: 1, logGb: 0.5 }
const PROVIDER_MS = 150
const LOG_BYTES = 1_100
const RUNS = 20
const COLUMNS = ['a_temperature_c', 'a_humidity_percent', 'a_co2_ppm', 'a_pressure_hpa', 'a_pm10_ug_m3']

const fakes = await Promise.all([
  startFakeIncode('OK'),
  startFakeHelpLightning(['ann@corp.example', 'bob@corp.example']),
  startFakeSethealth(),
  startFakeOpenSenseMap(),
])
const [incode, helpLightning, , openSenseMap] = fakes
const settings = Object.assign({}, ...fakes.map((fake) => fake.settings))
const { template, endpoint, secrets, load, stop } = await startBench({
  ...settings,
  OPEN_ENDPOINTS: 'start,auth,approve,webhook,access-token',
  OSEM_DEFAULT_POSITION: '48.52,9.05',
  OSEM_POSTS_PER_MINUTE: '600',
})
openSenseMap.rateLimit.posts = 1_000_000
const meters = await startMeter(endpoint)
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meters.endpoint

const json = { 'content-type': 'application/json' }
const admin = { authorization: `Bearer ${secrets.ADMIN_TOKEN}` }
const functions = new Map<string, Handler>()
async function handlerOf(name: string): Promise<Handler> {
  const handler = functions.get(name) ?? (await load(name))
  functions.set(name, handler)
  return handler
}
const callJson = async (name: string, call: Call): Promise<Record<string, unknown>> =>
  JSON.parse(await callHandler(await handlerOf(name), call))

interface Row {
  kind: string
  used: Usage
  ms: number
  dollars: number
}
const rows: Row[] = []

/** Measures one kind of request. `prepare` is not measured; only the call that it returns is. */
async function measure(kind: string, name: string, providerCalls: number, prepare: (run: number) => Promise<Call>) {
  const handler = await handlerOf(name)
  const times: number[] = []
  let used = meters.take()
  for (let run = 0; run < RUNS; run += 1) {
    const call = await prepare(run)
    meters.take()
    const before = performance.now()
    const { statusCode = 0 } = await handler(toEvent(call), { getRemainingTimeInMillis: () => 29_000 })
    times.push(performance.now() - before)
    if (statusCode >= 400) throw new Error(`${kind} returned ${statusCode}`)
    used = meters.take()
  }
  addRow(kind, name, used, median(times) + providerCalls * PROVIDER_MS, true)
}

/** Adds a row with the dollars per million requests. */
function addRow(kind: string, name: string, used: Usage, ms: number, hasApi: boolean): void {
  const memory = template.functions.find(({ file }) => file === `${name}.mjs`)?.memory ?? 0
  const gbSeconds = (Math.ceil(ms) / 1_000) * (memory / 1_024)
  const dollars =
    used.writes * PRICES.write +
    used.reads * PRICES.read +
    PRICES.request +
    gbSeconds * PRICES.gbSecond * 1e6 +
    (hasApi ? PRICES.api : 0) +
    (LOG_BYTES / 1e9) * PRICES.logGb * 1e6
  rows.push({ kind, used, ms, dollars })
}

const register = async (kind = 'public') =>
  callJson('register', {
    method: 'POST',
    path: '/register',
    headers: { ...admin, ...json },
    body: JSON.stringify({ callback_url: 'https://app.example/', kind, scope: 'upload download' }),
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
const upload = (count: number, name = 'upload') => ({
  name,
  call: async (): Promise<Call> => ({
    method: 'POST',
    path: '/upload',
    headers: { ...bearer, ...json },
    body: table(count),
  }),
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
await callJson('upload', await upload(1).call())
for (const count of [1, 10, 100, 1_000, 10_000])
  await measure(`\`/upload\`, ${count.toLocaleString('en')} rows`, 'upload', 0, upload(count).call)
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
  const { headers, ...call } = await upload(1).call()
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

process.env['OSEM_UPLOAD'] = 'true'
functions.set('upload', await load('upload', '?forwarded'))
const forward = await load('forward-measurements')
await callJson('upload', await upload(1).call())
await forward({}, { getRemainingTimeInMillis: () => 60_000 })
for (const [uploads, count] of [
  [100, 1],
  [1, 1_000],
] as const) {
  meters.take()
  for (let run = 0; run < uploads; run += 1) await callJson('upload', await upload(count).call())
  const stored = meters.take()
  const before = performance.now()
  await forward({}, { getRemainingTimeInMillis: () => 60_000 })
  const ms = (performance.now() - before + PROVIDER_MS) / uploads
  const sent = meters.take()
  const used = {
    reads: sent.reads / uploads,
    writes: sent.writes / uploads + 1,
    commands: sent.commands / uploads,
    items: 0,
    scans: 0,
  }
  if (stored.writes === 0) throw new Error('nothing was stored')
  addRow(
    `forwarding an upload of ${count.toLocaleString('en')} (${uploads} together)`,
    'forward-measurements',
    used,
    ms,
    false,
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
  const email = `caller${run}-${rows.length}@corp.example`
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
  ...rows.map(({ kind, used: { writes, reads, commands }, ms, dollars }) => {
    const figures = [writes, reads, commands].map((value) => Number(value.toFixed(2)).toLocaleString('en'))
    return `| ${kind} | ${figures.join(' | ')} | ${Math.ceil(ms)} | ${dollars.toFixed(2)} |`
  }),
]
const file = new URL('../docs/operations/cost.md', import.meta.url)
const text = await readFile(file, 'utf8')
const [head, , tail] = text.split(/<!-- (?:table|end) -->\n/)
await writeFile(file, `${head}<!-- table -->\n${lines.join('\n')}\n<!-- end -->\n${tail}`)
console.log(lines.join('\n'))
meters.stop()
await Promise.all(fakes.map((fake) => fake.stop()))
await stop()
process.exit(0)
