import { randomBytes } from 'node:crypto'
import { encode } from '@msgpack/msgpack'
import { startDatabase } from '../tests/support/database.ts'
import { throttledPartitions } from '../tests/support/partitions.ts'
import { type Call, type Handler, registerWithToken, startBench, toEvent } from './harness.ts'
import { type Figure, median, medianOf, reportOrFail } from './report.ts'

/**
 * Part `burst`: large requests, one at a time, each to a partition that accepts 1,000 write units per second and has no
 * unused capacity. The process fails if one is not accepted at the first try. It also fails if the retry of an
 * interrupted one pays again for what is stored.
 */
const ROUNDS = 3
const SUBMISSION_BYTES = 4_700_000
/** With four numbers of 17 digits, about as many rows as one request can contain. */
const ROWS = 100_000
/** `timeout` of both functions in serverless.yml. */
const FUNCTION_MS = 29_000
/** Leaves two seconds for writing, in which a partition accepts 3,000 units at most. */
const SHORT_MS = 8_000
/** A command that the end of the time interrupts may still be executed. */
const MOST_UNITS = 1.1

const { endpoint, secrets, load, stop } = await startBench({ OSEM_UPLOAD: 'false' })
const database = await startDatabase(endpoint)
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = database.endpoint
const { authorization } = await registerWithToken({ secrets }, await load('register'), await load('token'))
const partitions = throttledPartitions(() => performance.now())
database.plan = (command, body) => partitions.plan(command, body)

async function newSubmission(): Promise<Call> {
  const body = new FormData()
  body.set('file', new File([randomBytes(SUBMISSION_BYTES)], 'answers.zip'))
  const form = new Response(body)
  const headers = { authorization, 'content-type': form.headers.get('content-type') ?? '' }
  return { method: 'POST', path: '/submit', headers, body: new Uint8Array(await form.arrayBuffer()) }
}

let boxes = 0
/** An upload of 100,000 rows, to a series of its own. */
async function newUpload(): Promise<Call> {
  const time = Array.from({ length: ROWS }, (_, row) => 1_700_000_000 + row)
  const columns = ['a', 'b', 'c', 'd'].map((name, at) => [name, time.map((row) => Math.sin(row + at) * 1_000)])
  const headers = { authorization, 'content-type': 'application/msgpack' }
  boxes += 1
  const body = encode({ time, ...Object.fromEntries(columns) })
  return { method: 'POST', path: '/upload', query: `box=${boxes}`, headers, body }
}

/** Sends a request. Returns its status, its seconds and the write units that it has paid. */
async function send(handler: Handler, call: Call, ms = FUNCTION_MS) {
  const [startedAt, before] = [Date.now(), partitions.used.units]
  const context = { getRemainingTimeInMillis: () => startedAt + ms - Date.now() }
  const { statusCode } = await handler(toEvent(call), context)
  const seconds = (Date.now() - startedAt) / 1_000
  return { isAccepted: statusCode === 200, seconds, units: partitions.used.units - before }
}

async function measure(what: string, handler: Handler, newCall: () => Promise<Call>): Promise<Figure[]> {
  const sent: Awaited<ReturnType<typeof send>>[] = []
  while (sent.length < ROUNDS) sent.push(await send(handler, await newCall()))
  const units = median(sent.map((each) => each.units))
  const call = await newCall()
  const [interrupted, retry] = [await send(handler, call, SHORT_MS), await send(handler, call)]
  const accepted = sent.filter(({ isAccepted }) => isAccepted).length
  return [
    { what: `${what}: accepted at the first try`, value: (accepted / ROUNDS) * 100, unit: '%', atLeast: 100 },
    medianOf(
      `${what}: seconds`,
      's',
      sent.map(({ seconds }) => seconds),
    ),
    { what: `${what}: write units`, value: units, unit: '' },
    { what: `${what}, interrupted after two seconds: write units`, value: interrupted.units, unit: '' },
    {
      what: `${what}, retry after an interruption: accepted`,
      value: retry.isAccepted && !interrupted.isAccepted ? 100 : 0,
      unit: '%',
      atLeast: 100,
    },
    { what: `${what}, retry after an interruption: write units`, value: retry.units, unit: '' },
    {
      what: `${what}, both: write units of one that is not interrupted`,
      value: (interrupted.units + retry.units) / units,
      unit: 'x',
      atMost: MOST_UNITS,
    },
  ]
}

reportOrFail('burst', [
  ...(await measure('submission of 4.7 MB', await load('submit'), newSubmission)),
  ...(await measure('upload of 100,000 rows of 17 digits', await load('upload'), newUpload)),
  { what: 'throttled commands', value: partitions.used.throttled, unit: '' },
])
await stop()
process.exit()
