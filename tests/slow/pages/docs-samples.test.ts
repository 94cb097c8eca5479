// @module-tag local-only
// Its requests need the state that the fakes have.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiDescription, exactDescription } from '../../../lib/openapi/document.ts'
import { type Description, placeholderOf, type SampleRequest, sampleRequest } from '../../../web/docs/request.ts'
import { samplesOf } from '../../../web/docs/samples.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { type Exchange, exchangesOf, operationsOf, readDocument } from '../../support/openapi/document.ts'
import { livened } from '../../support/openapi/request.ts'
import { SETTINGS, worldOf } from '../../support/openapi/world.ts'

const description: Description = JSON.parse(JSON.stringify(apiDescription()))
const exchanges = operationsOf(readDocument(JSON.stringify(exactDescription()))).flatMap(exchangesOf)

/** The first example of each operation whose body is text, with its response. */
const samples = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) => {
    const request = sampleRequest(description, 'https://latchkey.example', path, method, operation)
    const exchange = exchanges.find(
      (one) =>
        one.operation.path === path && one.operation.method === method.toUpperCase() && one.name === request?.name,
    )
    return request && exchange ? [[exchange.operation.operationId, request, exchange] as const] : []
  }),
)

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey(SETTINGS)
})
afterAll(() => latchkey.stop())

/** Puts live values into a sample. Computes only its own credentials: creating a bound token replaces the unbound one. */
async function liveRequest(request: SampleRequest, exchange: Exchange): Promise<SampleRequest> {
  const live = await worldOf(latchkey, exchange)
  const inUrls = Object.entries(live.values).map((pair) => pair.map(encodeURIComponent))
  const credentials = Object.entries(live.credentials).flatMap(([scheme, credential]) => {
    const name = placeholderOf(scheme)
    if (!JSON.stringify(request).includes(name)) return []
    const value = typeof credential === 'string' ? credential : credential(Buffer.from(request.body ?? ''))
    return [[`BASE64_OF_${name}`, value] as const, [name, value] as const]
  })
  const values = { ...Object.fromEntries([...credentials, ...inUrls]), ...live.values }
  return JSON.parse(JSON.stringify(livened(request, { ...live, values })))
}

const sourceOf = (request: SampleRequest, language: string) =>
  samplesOf(request).find(({ label }) => label === language)?.source ?? ''

async function runJavaScript(source: string): Promise<string> {
  const lines: string[] = []
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor
  const print = (...values: unknown[]) => lines.push(values.join(' '))
  // The response of a redirect is the example; its target does not exist.
  const fetchOnce = (url: string, init: RequestInit) => fetch(url, { ...init, redirect: 'manual' })
  await new AsyncFunction('console', 'fetch', source)({ log: print }, fetchOnce)
  return lines.join('\n')
}

describe('the code samples of the API reference', () => {
  it('exist for nearly every operation', () => {
    const count = Object.values(description.paths).flatMap((methods) => Object.keys(methods)).length
    expect(samples.length).toBeGreaterThan(count - 4)
  })

  it.each(samples)('%s in JavaScript has the response of its example', async (_id, request, exchange) => {
    const live = await liveRequest(request, exchange)
    const output = await runJavaScript(sourceOf(live, 'JavaScript'))
    expect(output.split(' ')[0]).toBe(exchange.status)
  })

  const few = samples.filter(([id]) => ['upload', 'uploadCsv', 'downloadRows', 'registerClient', 'submit'].includes(id))
  it.each(few)('%s runs in curl and Python', async (id, request, exchange) => {
    const run = promisify(execFile)
    const live = await liveRequest(request, exchange)
    const curl = await run('bash', ['-c', `${sourceOf(live, 'curl')} -s -w ' %{http_code}'`])
    const python = await run('python3', ['-c', sourceOf(live, 'Python')])
    expect([id, curl.stdout.slice(-3), python.stdout.slice(0, 3)]).toEqual([id, '200', '200'])
  })
})
