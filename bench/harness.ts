import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { build } from 'esbuild'
import * as z from 'zod'
import { bundleOptions } from '../dev/bundle.ts'
import { localAws, startDynamoDb } from '../dev/dynamodb.ts'
import { packageTemplate } from '../dev/package-template.ts'
import { readTemplate } from '../dev/template.ts'
import { makeSecrets, secretSettings } from '../lib/crypto/deployment-secrets.ts'

type Context = { getRemainingTimeInMillis(): number }
export type Handler = (event: unknown, context: Context) => Promise<APIGatewayProxyStructuredResultV2>

export interface Call {
  method: string
  path: string
  /** Parts of the path, by their name in the route. */
  pathParameters?: Record<string, string>
  query?: string
  headers?: Record<string, string>
  /** Bytes are passed on in base64, as API Gateway does with types that are not texts. */
  body?: Uint8Array | string
}

/** Builds the functions into a new folder. */
export async function buildFunctions(): Promise<URL> {
  const folder = new URL(`../.latchkey/bench-${process.pid}/`, import.meta.url)
  await build({ ...bundleOptions(), outdir: folder.pathname })
  return folder
}

/** Starts the bundled handlers in this process, with an embedded DynamoDB in another thread. */
export async function startBench(environment: Record<string, string> = {}) {
  // `npm run bench` has built them for all its parts.
  const shared = process.env['BENCH_BUNDLES']
  const bundles = shared === undefined ? await buildFunctions() : new URL(shared)
  const template = await readTemplate(await packageTemplate('local'))
  const { endpoint, credentials, stop } = await startDynamoDb(template.tables, { isOpen: true })
  const secrets = await makeSecrets()
  for (const { environment: variables } of template.functions) Object.assign(process.env, variables)
  Object.assign(process.env, secretSettings(secrets), localAws({ endpoint, credentials }), {
    PUBLIC_URL: 'http://localhost',
    PARAMETER_PATH: '',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
    ...environment,
  })
  /** `version` distinguishes copies of a function that have read different settings. */
  const load = async (name: string, version = ''): Promise<Handler> =>
    (await import(new URL(`${name}.mjs${version}`, bundles).href)).handler
  return {
    bundles,
    template,
    endpoint,
    credentials,
    secrets,
    load,
    async stop() {
      await stop()
      if (shared === undefined) await rm(bundles, { recursive: true, force: true })
    },
  }
}

/** Starts an instant replacement for the database behind `endpoint`; see stub.ts. */
export async function startStub(endpoint: string) {
  const worker = new Worker(new URL('stub.ts', import.meta.url), { workerData: { endpoint } })
  const [stub] = await once(worker, 'message')
  return { endpoint: z.object({ endpoint: z.string() }).parse(stub).endpoint, stop: () => worker.terminate() }
}

/** Registers a public client and returns one of its tokens. */
export async function registerWithToken(
  { secrets }: { secrets: { ADMIN_TOKEN: string } },
  register: Handler,
  token: Handler,
) {
  const registration = new URLSearchParams({ token: secrets.ADMIN_TOKEN, callback_url: 'https://app.example/' })
  const { client_id } = JSON.parse(
    await callHandler(register, { method: 'GET', path: '/register', query: `${registration}` }),
  )
  const { auth_token } = JSON.parse(
    await callHandler(token, {
      method: 'GET',
      path: '/token',
      query: `client_id=${client_id}`,
      headers: { accept: 'application/json' },
    }),
  )
  return { clientId: String(client_id), authorization: `Bearer ${auth_token}` }
}

const routeOf = ({ path, pathParameters = {} }: Call): string =>
  Object.entries(pathParameters).reduce((route, [name, value]) => route.replace(value, `{${name}}`), path)

export const toEvent = ({ query = '', headers = {}, body, ...call }: Call) => ({
  version: '2.0',
  routeKey: `${call.method} ${routeOf(call)}`,
  rawPath: call.path,
  pathParameters: call.pathParameters,
  rawQueryString: query,
  headers,
  requestContext: { requestId: randomUUID(), http: { method: call.method, sourceIp: '192.0.2.1' } },
  isBase64Encoded: typeof body === 'object',
  ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') }),
})

/** Calls a handler and returns the response body. Throws for any status but 200 to 299. */
export async function callHandler(handler: Handler, call: Call): Promise<string> {
  const { statusCode = 0, body = '{}' } = await handler(toEvent(call), { getRemainingTimeInMillis: () => 29_000 })
  if (statusCode < 200 || statusCode > 299)
    throw new Error(`${call.method} ${call.path} returned ${statusCode}: ${body}`)
  return body
}
