import { type Call, callHandler, startBench, startStub } from './harness.ts'
import { makeProver, type Prover } from './prover.ts'
import { type Figure, medianOf, report } from './report.ts'
import { isQuick, rounds } from './rounds.ts'
import { cpuInTurns, ratios } from './turns.ts'

/**
 * Part `dpop`: requests with a token that is bound to a key, compared with those with a plain token. CPU time is this
 * thread's, with an instant stub of DynamoDB in another thread. Both kinds take turns.
 */
const CALLS = 60
const ALGORITHMS = isQuick ? (['ES256'] as const) : (['ES256', 'EdDSA', 'RS256'] as const)
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
const REQUESTS = {
  upload: (): Call => {
    time += 60
    const body = JSON.stringify({ time, temperature: 21.5, co2: 612 })
    return { method: 'POST', path: '/upload', headers: { 'content-type': 'application/json' }, body }
  },
  download: (): Call => ({ method: 'GET', path: '/download', query: 'format=json&number=100' }),
  submissions: (): Call => ({ method: 'GET', path: '/submissions' }),
}
type Endpoint = keyof typeof REQUESTS

async function prepared(endpoint: Endpoint, token: string, prove?: Prover): Promise<Call> {
  const call = REQUESTS[endpoint]()
  const headers = prove
    ? { authorization: `DPoP ${token}`, dpop: await prove(call.method, call.path, token) }
    : { authorization: `Bearer ${token}` }
  return { ...call, headers: { ...call.headers, ...headers } }
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
    const times = await cpuInTurns(
      ['plain', 'bound'],
      rounds(6),
      async (kind) => {
        const call = await prepared(endpoint, tokens[kind], kind === 'bound' ? prove : undefined)
        return () => callHandler(handler, call)
      },
      CALLS,
    )
    const what = `\`/${endpoint}\`, ${alg}`
    figures.push(
      medianOf(`${what}, plain token: own CPU`, 'ms', times('plain')),
      medianOf(`${what}, with a DPoP proof: own CPU`, 'ms', times('bound')),
      medianOf(
        `${what}: own CPU with a proof, of that with a plain token`,
        'x',
        ratios(times('bound'), times('plain')),
        {
          atMost: 1.3,
        },
      ),
    )
  }
}
report('dpop', figures)
await stub.stop()
await bench.stop()
process.exit(0)
