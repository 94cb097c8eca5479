import { type Call, callHandler, type Handler, startBench, startStub } from './harness.ts'
import { makeProver, type Prover } from './prover.ts'
import { type Figure, medianOf, report } from './report.ts'
import { ratios } from './turns.ts'

/**
 * Part `dpop`: requests with a token that is bound to a key, compared with those with a plain token. CPU time is this
 * thread's, with an instant stub of DynamoDB in another thread. Both kinds take turns.
 */
const ROUNDS = 9
const TURNS = 12
const REQUESTS = 10
const KINDS = ['plain', 'bound'] as const
type Kind = (typeof KINDS)[number]
const ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const
const PUBLIC_URL = 'http://localhost'
const FORM = 'application/x-www-form-urlencoded'

const bench = await startBench()
const stub = await startStub(bench.endpoint)

const [register, grant] = await Promise.all([bench.load('register'), bench.load('token')])
const client = JSON.parse(
  await callHandler(register, {
    method: 'POST',
    path: '/register',
    headers: { authorization: `Bearer ${bench.secrets.ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ callback_url: 'https://app.example/', kind: 'confidential', scope: 'upload download' }),
  }),
)
const basic = `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}`

async function tokenFor(prove?: Prover): Promise<string> {
  const headers = { authorization: basic, 'content-type': FORM, ...(prove && { dpop: await prove('POST', '/token') }) }
  const body = 'grant_type=client_credentials'
  return JSON.parse(await callHandler(grant, { method: 'POST', path: '/token', headers, body })).access_token
}

let time = 1_600_000_000
/** The request of each endpoint, without credentials. */
const CALLS = {
  upload: (): Call => {
    time += 60
    const body = JSON.stringify({ time, temperature: 21.5, co2: 612 })
    return { method: 'POST', path: '/upload', headers: { 'content-type': 'application/json' }, body }
  },
  download: (): Call => ({ method: 'GET', path: '/download', query: 'format=json&number=100' }),
  submissions: (): Call => ({ method: 'GET', path: '/submissions' }),
}
type Endpoint = keyof typeof CALLS

async function prepared(endpoint: Endpoint, token: string, prove?: Prover): Promise<Call> {
  const call = CALLS[endpoint]()
  const headers = prove
    ? { authorization: `DPoP ${token}`, dpop: await prove(call.method, call.path, token) }
    : { authorization: `Bearer ${token}` }
  return { ...call, headers: { ...call.headers, ...headers } }
}

/** Milliseconds of CPU time of a request, in each round. The clock is coarse, so that a round adds up many turns. */
async function measure(handler: Handler, endpoint: Endpoint, tokens: Record<Kind, string>, prove: Prover) {
  const times: Record<Kind, number[]> = { plain: [], bound: [] }
  for (let round = -3; round < ROUNDS; round += 1) {
    const used: Record<Kind, number> = { plain: 0, bound: 0 }
    for (let turn = 0; turn < 2 * TURNS; turn += 1) {
      const kind = turn % 2 === 0 ? 'plain' : 'bound'
      const calls: Call[] = []
      for (let count = 0; count < REQUESTS; count += 1)
        calls.push(await prepared(endpoint, tokens[kind], kind === 'bound' ? prove : undefined))
      const before = process.threadCpuUsage()
      for (const call of calls) await callHandler(handler, call)
      const { user, system } = process.threadCpuUsage(before)
      used[kind] += user + system
    }
    for (const kind of KINDS) if (round >= 0) times[kind].push(used[kind] / 1_000 / TURNS / REQUESTS)
  }
  return times
}

const holders = await Promise.all(
  ALGORITHMS.map(async (alg) => {
    const prove = await makeProver(alg, PUBLIC_URL)
    return { alg, prove, tokens: { plain: await tokenFor(), bound: await tokenFor(prove) } }
  }),
)
// Functions read the database's endpoint at their first call.
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = stub.endpoint
const figures: Figure[] = []
for (const { alg, prove, tokens } of holders) {
  const endpoints: Endpoint[] = alg === 'ES256' ? ['upload', 'download', 'submissions'] : ['upload']
  for (const endpoint of endpoints) {
    const handler = await bench.load(endpoint, `?${alg}`)
    const { plain, bound } = await measure(handler, endpoint, tokens, prove)
    figures.push(
      medianOf(`\`/${endpoint}\`, plain token: own CPU`, 'ms', plain),
      medianOf(`the same with a DPoP proof of ${alg}`, 'ms', bound),
      medianOf('own CPU with a proof, of that with a plain token', '', ratios(bound, plain), { atMost: 1.3 }),
    )
  }
}
report('dpop', figures)
await stub.stop()
await bench.stop()
process.exit(0)
