import { readFile, writeFile } from 'node:fs/promises'
import { type KeyUsage, startMeter, type Usage } from './capacity.ts'
import { type Call, callHandler, type Handler, startBench, toEvent } from './harness.ts'

/**
 * `node bench/fleet.ts [boxes]`: the units of uploads of a fleet, one row each, from boxes with a token of their own. Runs
 * the real functions, and writes the table of docs/operations/cost.md. Prints the units of the busiest partition keys.
 */
const boxes = Number(process.argv[2] ?? 10_000)
/** Uploads per second of 100,000 devices that send one row a minute. */
const FLEET_RATE = 100_000 / 60
const LIMITS = { reads: 3_000, writes: 1_000 }

const { endpoint, secrets, load, stop } = await startBench({ OSEM_UPLOAD: 'false' })
const meter = await startMeter(endpoint)
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meter.endpoint

const [register, token] = [await load('register'), await load('token')]
const { client_id } = JSON.parse(
  await callHandler(register, {
    method: 'GET',
    path: '/register',
    query: 'callback_url=https://app.example/',
    headers: { authorization: `Bearer ${secrets.ADMIN_TOKEN}` },
  }),
)
const tokens: string[] = []
while (tokens.length < boxes) {
  const headers = { accept: 'application/json' }
  const query = `client_id=${client_id}`
  const issued: { auth_token: string } = JSON.parse(
    await callHandler(token, { method: 'GET', path: '/token', query, headers }),
  )
  tokens.push(issued.auth_token)
}

let clock = Math.floor(Date.now() / 1000) - 40_000_000
const upload = (box: number): Call => ({
  method: 'POST',
  path: '/upload',
  query: `box=box${box}`,
  headers: { authorization: `Bearer ${tokens[box]}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    time: [clock],
    temperature: [20.1],
    humidity: [55.2],
    co2: [417],
    pressure: [1013.2],
    pm10: [7],
  }),
})

interface Round {
  name: string
  used: Usage
  keys: Map<string, KeyUsage>
}
const rounds: Round[] = []

/** One upload of each box, through one container. */
async function measure(name: string, handler: Handler): Promise<void> {
  clock += 60
  meter.take()
  meter.takeKeys()
  for (let box = 0; box < boxes; box += 1) {
    const { statusCode, body } = await handler(toEvent(upload(box)), { getRemainingTimeInMillis: () => 29_000 })
    if (statusCode !== 200) throw new Error(`upload returned ${statusCode}: ${body}`)
  }
  rounds.push({ name, used: meter.take(), keys: meter.takeKeys() })
  console.log(name, describe(rounds.at(-1)))
}

function describe(round: Round | undefined): string {
  const kinds = new Map<string, KeyUsage>()
  for (const [key, { reads, writes }] of round?.keys ?? []) {
    const sum = kinds.get(kindOf(key)) ?? { reads: 0, writes: 0 }
    kinds.set(kindOf(key), { reads: Math.max(sum.reads, reads), writes: Math.max(sum.writes, writes) })
  }
  return [...kinds]
    .map(([kind, usage]) => `${kind}: ${share('writes', usage)} W, ${share('reads', usage)} R`)
    .join('; ')
}

/** The share of a partition's limit at 100,000 devices. */
const share = (kind: 'reads' | 'writes', usage: KeyUsage): string =>
  `${((usage[kind] / boxes) * FLEET_RATE).toFixed(1)}/s (${(((usage[kind] / boxes) * FLEET_RATE * 100) / LIMITS[kind]).toFixed(1)} %)`

const kindOf = (key: string): string => {
  if (key === client_id) return 'client'
  return /^(?:catalog|columns|jti)#/.exec(key)?.[0] ?? 'series'
}

const first = await load('upload', '?first')
await measure('new series', first)
await measure('the function knows the series', first)
await measure('the function does not know the series', await load('upload', '?second'))
process.env['REVOCATION_SECONDS'] = '5'
const third = await load('upload', '?third')
await measure('`REVOCATION_SECONDS=5`, the function does not know the series', third)
await measure('`REVOCATION_SECONDS=5`, the function knows the series', third)

const lines = [
  '| upload of one row | write units | read units |',
  '|---|--:|--:|',
  ...rounds.map(({ name, used: { writes, reads } }) => {
    const figures = [writes, reads].map((units) => Number((units / boxes).toFixed(2)).toLocaleString('en'))
    return `| ${name} | ${figures.join(' | ')} |`
  }),
]
console.log(lines.join('\n'))
const file = new URL('../docs/operations/cost.md', import.meta.url)
const [head, , tail] = (await readFile(file, 'utf8')).split(/<!-- fleet(?: end)? -->\n/)
await writeFile(file, `${head}<!-- fleet -->\n${lines.join('\n')}\n<!-- fleet end -->\n${tail}`)
meter.stop()
await stop()
process.exit(0)
