import { setTimeout as sleep } from 'node:timers/promises'
import { secretSettings } from '../lib/crypto/deployment-secrets.ts'
import { tokenBucket } from '../tests/support/token-bucket.ts'
import { type Handler, startBench, toEvent } from './harness.ts'
import { startParameterStore } from './parameter-store.ts'
import { type Figure, reportOrFail } from './report.ts'

/**
 * Part `cold`: instances of a function that start within half a second. They read their secrets from a stand-in for
 * Parameter Store that accepts 40 requests per second. Each is a copy of the bundled function with its own caches. The process fails if
 * a first request gets a 500.
 */
const INSTANCES = [50, 100, 200]
const WITHIN_MS = 500
/** Requests per second of an account. */
const LIMIT = 40
/** `timeout` of the function in serverless.yml. */
const FUNCTION_MS = 10_000

const { secrets, load, stop } = await startBench({ VERIFICATION_KEYS: '', PARAMETER_PATH: '/latchkey/bench' })
const now = () => performance.now()
let [limit, throttled] = [tokenBucket(now, LIMIT), 0]
const parameters = await startParameterStore(secretSettings(secrets), () => {
  const isAccepted = limit.take()
  if (!isAccepted) throttled += 1
  return isAccepted
})
process.env['AWS_ENDPOINT_URL_SSM'] = parameters.endpoint

const event = toEvent({ method: 'GET', path: '/.well-known/jwks.json' })

/** The status of the first request of an instance, and the milliseconds from the first start of all to its response. */
async function request(handler: Handler, startedAt: number): Promise<{ status: number; ms: number }> {
  await sleep(Math.random() * WITHIN_MS)
  const endsAt = Date.now() + FUNCTION_MS
  const { statusCode = 0 } = await handler(event, { getRemainingTimeInMillis: () => endsAt - Date.now() })
  return { status: statusCode, ms: now() - startedAt }
}

const figures: Figure[] = []
for (const count of INSTANCES) {
  const handlers: Handler[] = []
  while (handlers.length < count) handlers.push(await load('jwks', `?${count}-${handlers.length}`))
  limit = tokenBucket(now, LIMIT)
  throttled = 0
  const startedAt = now()
  const responses = await Promise.all(handlers.map((handler) => request(handler, startedAt)))
  const countOf = (expected: number) => responses.filter(({ status }) => status === expected).length
  const what = `${count} instances within ${WITHIN_MS / 1_000} s`
  figures.push(
    { what: `${what}: responses 200`, value: countOf(200), unit: '' },
    { what: `${what}: responses 503`, value: countOf(503), unit: '' },
    { what: `${what}: other responses`, value: count - countOf(200) - countOf(503), unit: '', atMost: 0 },
    { what: `${what}: throttled reads of secrets`, value: throttled, unit: '' },
    { what: `${what}: until the last response`, value: Math.max(...responses.map(({ ms }) => ms)) / 1_000, unit: 's' },
  )
}
reportOrFail('cold', figures)
parameters.stop()
await stop()
process.exit()
