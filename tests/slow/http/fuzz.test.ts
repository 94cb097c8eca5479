// @module-tag local-only
// It reads the log of this process, and sends thousands of requests.
import { isDeepStrictEqual } from 'node:util'
import { DeleteCommand, paginateScan } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FakeFault } from '../../../dev/fakes/fake.ts'
import { exactDescription } from '../../../lib/openapi/document.ts'
import { type FuzzRequest, fuzzRequests } from '../../support/fuzz/requests.ts'
import { fuzzWorld, markOf, OWNERS, seenByExample } from '../../support/fuzz/world.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { exchangesOf, operationsOf, readDocument, readSent } from '../../support/openapi/document.ts'
import { livened, requestOf } from '../../support/openapi/request.ts'
import { SETTINGS } from '../../support/openapi/world.ts'
import { runs } from '../../support/property.ts'

/** `npm run fuzz` sets both. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? runs(5_000))
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
/** Requests per sample, so that 100,000 are not in memory at once. */
const SAMPLE = 500
/** CPU time, because a busy machine makes the elapsed time longer. */
const MAX_CPU_MS = 5_000

const document = readDocument(JSON.stringify(exactDescription()))
const exchanges = operationsOf(document).flatMap(exchangesOf)

let latchkey: Latchkey
let world: Awaited<ReturnType<typeof fuzzWorld>>
beforeAll(async () => {
  latchkey = await startLatchkey({ ...SETTINGS, DOWNLOAD_REQUIRES_AUTH: 'true', UPLOAD_REQUIRES_AUTH: 'true' })
})
// Stopping also fails if a log contains a credential, a body or a query.
afterAll(() => latchkey.stop())

/** The credentials of the example, or one of the world. */
function authenticated({ sent, credential }: FuzzRequest) {
  const other = world.credentials[credential - 1]
  if (!other)
    return {
      security: sent.security ?? [],
      credentials: world.live.credentials,
      sees: seenByExample(sent.security ?? []),
    }
  const credentials = { ...world.live.credentials, [other.scheme]: other.credential }
  return { security: [other.scheme], credentials, sees: other.sees }
}

/** Sends a request. Returns what is wrong with the response; an empty list if nothing is. */
async function send(request: FuzzRequest, failing: boolean): Promise<string[]> {
  const { security, credentials, sees } = authenticated(request)
  const { operation } = request.exchange
  const sent = readSent(livened({ ...request.sent, security }, world.live))
  const { path, init } = await requestOf(document, operation, sent, { ...world.live, credentials })
  const method = request.method ?? init.method ?? 'GET'
  const body = request.rawBody ?? init.body
  const hasBody = !['GET', 'HEAD'].includes(method) && body !== undefined
  const cpu = process.cpuUsage()
  const answer = await latchkey.call(path + (request.pathSuffix ?? ''), {
    ...init,
    method,
    body: hasBody ? body : null,
  })
  const text = await answer.text()
  const { user, system } = process.cpuUsage(cpu)
  const foreign = OWNERS.filter((owner) => !sees.includes(owner) && text.includes(markOf(owner)))
  const isExplained = failing && /"code":"provider_/.test(text)
  return [
    ...(answer.status >= 500 && !isExplained ? [`status ${answer.status}: ${text.slice(0, 200)}`] : []),
    ...((user + system) / 1_000 > MAX_CPU_MS ? [`took ${Math.round((user + system) / 1_000)} ms`] : []),
    ...foreign.map((owner) => `shows data of ${owner} to ${security.join()} ${request.credential}`),
  ].map((fault) => `${method} ${path.slice(0, 300)} ${JSON.stringify(sent.headers ?? {}).slice(0, 200)}: ${fault}`)
}

/** Wrong credentials in the requests must not lock out the valid ones. */
async function forgetFailedLogins(): Promise<void> {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const TableName = process.env['SESSIONS_TABLE'] ?? ''
  for await (const { Items = [] } of paginateScan({ client: documents }, { TableName })) {
    for (const { id } of Items)
      if (String(id).startsWith('attempts#')) await documents.send(new DeleteCommand({ TableName, Key: { id } }))
  }
}

const FAULTS: readonly FakeFault[] = ['never arrives', 'garbage', { status: 500 }, { status: 429 }, { status: 403 }]

/** Sends a sample of requests, and an upload between each 25. Returns what is wrong. */
async function sendSample(first: number, count: number): Promise<string[]> {
  await forgetFailedLogins()
  world = await fuzzWorld(latchkey)
  const requests = fuzzRequests(exchanges, world.credentials.length + 1)
  const faults: string[] = []
  const accepted: number[] = []
  for (const [index, request] of fc.sample(requests, { seed: SEED + first, numRuns: count }).entries()) {
    const number = first + index
    // The last tenth meets failing providers.
    const fault = number < REQUESTS * 0.9 ? undefined : FAULTS[index % FAULTS.length]
    for (const name of ['incode', 'helpLightning', 'sethealth'] as const) latchkey[name].plan = () => fault
    faults.push(...(await send(request, fault !== undefined)))
    if (index % 25 > 0) continue
    const token = await latchkey.token(world.clientId, { participant_id: 'Cleo' })
    const answer = await latchkey.upload(token, JSON.stringify({ time: number, fuzz_number: number }))
    if (answer.status === 200) accepted.push(number)
  }
  for (const name of ['incode', 'helpLightning', 'sethealth'] as const) latchkey[name].plan = () => undefined
  const rows = await latchkey.rows(world.clientId, { cols: 'fuzz_number', min_fuzz_number: '0' })
  const stored = rows.map((row) => Number(row['fuzz_number'])).toSorted((a, b) => a - b)
  return isDeepStrictEqual(stored, accepted) ? faults : [...faults, `stored ${stored} of the accepted ${accepted}`]
}

it(`answers ${REQUESTS} requests without a server error, a leak or a lost row`, { timeout: 0 }, async () => {
  const faults: string[] = []
  for (let at = 0; at < REQUESTS; at += SAMPLE) faults.push(...(await sendSample(at, Math.min(SAMPLE, REQUESTS - at))))
  expect(faults).toEqual([])
})
