import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  DeleteApiCommand,
} from '@aws-sdk/client-apigatewayv2'
import { exitWithError, SetupError } from './setup-error.ts'

/** Set by the integrations of the probe, so that a response names the route that it came from. */
const ROUTE_HEADER = 'x-probe-route'
const ORIGIN = 'https://probe.example'
const READY_MS = 20_000

export interface Observations {
  /** `refused` if API Gateway does not create such a route; else the route that a request with a final slash reaches. */
  slash: string
  preflight: { status: number; route: string | null; allowed: boolean }
}

/** The address of an API; the emulator of `npm run emulator` serves APIs at its own address. */
const addressOf = (id: string, endpoint: string): string =>
  process.env['AWS_ENDPOINT_URL'] ? `${process.env['AWS_ENDPOINT_URL']}/_aws/execute-api/${id}` : endpoint

/**
 * Creates an HTTP API, observes how API Gateway routes, and deletes the API. Its integrations are requests to a second API
 * without routes, which responds with 404, so that the probe needs no function and no role.
 */
export async function observeRouting(client: ApiGatewayV2Client, address = addressOf): Promise<Observations> {
  const ids: string[] = []
  const createApi = async () => {
    const { ApiId = '', ApiEndpoint = '' } = await client.send(
      new CreateApiCommand({
        Name: `latchkey-probe-${randomUUID()}`,
        ProtocolType: 'HTTP',
        CorsConfiguration: { AllowOrigins: [ORIGIN], AllowMethods: ['GET'], AllowHeaders: ['Authorization'] },
      }),
    )
    ids.push(ApiId)
    return { ApiId, url: address(ApiId, ApiEndpoint) }
  }
  try {
    const target = await createApi()
    const { ApiId, url } = await createApi()
    const createRoute = async (name: string, RouteKey: string) => {
      const { IntegrationId = '' } = await client.send(
        new CreateIntegrationCommand({
          ApiId,
          IntegrationType: 'HTTP_PROXY',
          IntegrationMethod: 'GET',
          IntegrationUri: `${target.url}/`,
          PayloadFormatVersion: '1.0',
          ResponseParameters: { 404: { 'overwrite:statuscode': '200', [`overwrite:header.${ROUTE_HEADER}`]: name } },
        }),
      )
      await client.send(new CreateRouteCommand({ ApiId, RouteKey, Target: `integrations/${IntegrationId}` }))
    }
    await createRoute('plain', 'GET /probe')
    await createRoute('default', '$default')
    const isAccepted = await createRoute('slash', 'GET /probe/').then(() => true, isBadRequest)
    await client.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }))
    const reached = await waitForRoute(`${url}/probe`, ['plain'])
    if (reached !== 'plain') throw new SetupError(`The API of the probe does not respond within ${READY_MS / 1000} s.`)
    const slash = isAccepted ? await waitForRoute(`${url}/probe/`, ['slash', 'plain']) : 'refused'
    return { slash, preflight: await sendPreflight(`${url}/probe`) }
  } finally {
    for (const ApiId of ids) await client.send(new DeleteApiCommand({ ApiId }))
  }
}

/** Returns false for a rejected route, and rethrows other errors. */
function isBadRequest(error: unknown): false {
  if (error instanceof Error && error.name === 'BadRequestException') return false
  throw error
}

/** Returns the route that a request reaches. A new stage serves its routes one after the other, within seconds. */
async function waitForRoute(url: string, routes: readonly string[]): Promise<string> {
  let route = 'none'
  for (const end = Date.now() + READY_MS; Date.now() < end; await sleep(500)) {
    const response = await fetch(url).catch(() => undefined)
    route = response?.headers.get(ROUTE_HEADER) ?? 'none'
    if (routes.includes(route)) break
  }
  return route
}

async function sendPreflight(url: string): Promise<Observations['preflight']> {
  const headers = { origin: ORIGIN, 'access-control-request-method': 'GET' }
  const { status, headers: received } = await fetch(url, { method: 'OPTIONS', headers })
  const allowed = received.get('access-control-allow-origin') === ORIGIN
  return { status, route: received.get(ROUTE_HEADER), allowed }
}

const SLASH_ADVICE: Readonly<Record<string, string>> = {
  slash: 'Routes that end with a slash work: SLASH_ROUTES needs no value.',
  plain: 'API Gateway ignores a final slash: SLASH_ROUTES needs no value.',
  refused: 'API Gateway rejects routes that end with a slash: set SLASH_ROUTES=false.',
}

/** What the observations mean for a deployment: sentences, and whether pages can call the API. */
export function verdict({ slash, preflight: { status, route, allowed } }: Observations) {
  const works = allowed && status >= 200 && status < 300
  const responder = route === null ? 'API Gateway responds itself' : 'the default route responds'
  const sentences = [
    SLASH_ADVICE[slash] ?? 'Requests do not reach routes that end with a slash: set SLASH_ROUTES=false.',
    works
      ? `Preflight requests succeed: ${responder}.`
      : `Preflight requests fail with status ${status}: browsers will block calls from other origins.`,
  ]
  return { works, sentences }
}

/** `npm run probe`: checks how API Gateway routes in this account, before a first deployment. */
async function main(): Promise<void> {
  if (!process.env['AWS_REGION']) throw new SetupError('Set AWS_REGION to the region of the stage.')
  const { works, sentences } = verdict(await observeRouting(new ApiGatewayV2Client({})))
  for (const sentence of sentences) console.log(sentence)
  if (!works) process.exitCode = 1
}

if (import.meta.main) await main().catch(exitWithError)
