import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type KeyUsage, startMeter, type Usage } from './capacity.ts'
import { type Call, callHandler, type Handler, startBench, toEvent } from './harness.ts'
import { type Figure, reportOrFail } from './report.ts'

/**
 * Part `fleet`: the units of uploads of one row, from boxes with a token of their own, through the real functions. The
 * process fails if an upload costs more than expected, or if 100,000 devices would use 60 % of what a partition accepts.
 * `node bench/fleet.ts 10000 --write` writes the table of docs/operations/cost.md.
 */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean' } } })
const boxes = Number(positionals[0] ?? 1_000)
/** Uploads per second of 100,000 devices that send one row a minute. */
const FLEET_RATE = 100_000 / 60
/** Units per second of a partition, and the share of them that a fleet may use. */
const LIMITS = { reads: 3_000, writes: 1_000 }
const MOST_PERCENT = 60

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
}
const rounds: Round[] = []
const figures: Figure[] = []

/** One upload of each box, through one instance, which reads the columns of the client once. */
async function measure(name: string, handler: Handler, mostReads?: number): Promise<void> {
  clock += 60
  meter.take()
  meter.takeKeys()
  for (let box = 0; box < boxes; box += 1) {
    const { statusCode, body } = await handler(toEvent(upload(box)), { getRemainingTimeInMillis: () => 29_000 })
    if (statusCode !== 200) throw new Error(`upload returned ${statusCode}: ${body}`)
  }
  const used = meter.take()
  rounds.push({ name, used })
  const isKnown = mostReads !== undefined
  figures.push(
    { what: `${name}: write units`, value: used.writes / boxes, unit: '', ...(isKnown && { atMost: 1 }) },
    { what: `${name}: read units`, value: used.reads / boxes, unit: '', ...(isKnown && { atMost: mostReads }) },
    ...sharedKeys(name, meter.takeKeys(), isKnown),
  )
}

/** What the keys that all boxes share would use with 100,000 devices, as a share of the limit of a partition. */
function sharedKeys(name: string, keys: ReadonlyMap<string, KeyUsage>, isLimited: boolean): Figure[] {
  const target = isLimited && { atMost: MOST_PERCENT }
  return Object.entries({
    'record of the client': client_id,
    catalog: `catalog#${client_id}`,
    'columns of the client': `columns#${client_id}`,
  }).map(([kind, key]) => {
    const { reads, writes } = keys.get(key) ?? { reads: 0, writes: 0 }
    const share = Math.max(reads / LIMITS.reads, writes / LIMITS.writes) / boxes
    return { what: `${name}, 100,000 devices: ${kind}`, value: share * FLEET_RATE * 100, unit: '%', ...target }
  })
}

const first = await load('upload', '?first')
await measure('new series', first)
await measure('the function knows the series', first, 2)
await measure('the function does not know the series', await load('upload', '?second'), 2.51)
process.env['REVOCATION_SECONDS'] = '5'
const third = await load('upload', '?third')
await measure('`REVOCATION_SECONDS=5`, the function does not know the series', third, 2)
await measure('`REVOCATION_SECONDS=5`, the function knows the series', third, 2)
reportOrFail('fleet', figures)

const lines = [
  '| upload of one row | write units | read units |',
  '|---|--:|--:|',
  ...rounds.map(({ name, used: { writes, reads } }) => {
    const figures = [writes, reads].map((units) => Number((units / boxes).toFixed(2)).toLocaleString('en'))
    return `| ${name} | ${figures.join(' | ')} |`
  }),
]
if (values.write) {
  const file = new URL('../docs/operations/cost.md', import.meta.url)
  const [head, , tail] = (await readFile(file, 'utf8')).split(/<!-- fleet(?: end)? -->\n/)
  await writeFile(file, `${head}<!-- fleet -->\n${lines.join('\n')}\n<!-- fleet end -->\n${tail}`)
}
meter.stop()
await stop()
process.exit()
