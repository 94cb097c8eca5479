// @module-tag local-only
// The test has an API Gateway of its own.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2'
import { expect, it } from 'vitest'
import { listenLocally } from '../../../dev/free-port.ts'
import { observeRouting } from '../../../dev/probe.ts'
import { closed } from '../../support/server.ts'

interface Behaviour {
  /** Route that a request with a final slash reaches. */
  slash: 'refused' | 'slash' | 'plain' | 'default'
  preflight: 'gateway' | 'default'
}

/** An API Gateway with two APIs: `t` has no routes, `p` behaves as described. Records the commands. */
async function apiGateway({ slash, preflight }: Behaviour) {
  const commands: string[] = []
  const client = new ApiGatewayV2Client({ region: 'eu-central-1' })
  client.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => {
        const text = JSON.stringify(input)
        commands.push(
          `${commandName} ${/"(?:RouteKey|ApiId)":"(GET [^"]*|\$default|\w)"/.exec(text)?.[1] ?? ''}`.trim(),
        )
        if (slash === 'refused' && text.includes('GET /probe/'))
          throw Object.assign(new Error('Route key is invalid'), { name: 'BadRequestException' })
        const ApiId = commands.length === 1 ? 't' : 'p'
        return { output: { $metadata: {}, ApiId, IntegrationId: 'i' }, response: {} }
      },
    { step: 'initialize' },
  )
  const cors = { 'access-control-allow-origin': 'https://probe.example' }
  const server = createServer(({ method, url }: IncomingMessage, response: ServerResponse) => {
    const route = method === 'OPTIONS' ? preflight : url === '/p/probe/' ? slash : 'plain'
    response.writeHead(204, { ...cors, ...(route !== 'gateway' && { 'x-probe-route': route }) }).end()
  })
  const url = await listenLocally(server)
  return { client, commands, address: (id: string) => `${url}/${id}`, stop: () => closed(server) }
}

it.each<Behaviour>([
  { slash: 'slash', preflight: 'default' },
  { slash: 'slash', preflight: 'gateway' },
  { slash: 'plain', preflight: 'gateway' },
  { slash: 'refused', preflight: 'gateway' },
])('the probe observes API Gateway and deletes its APIs: %j', async (behaviour) => {
  const { client, commands, address, stop } = await apiGateway(behaviour)
  expect(await observeRouting(client, address)).toEqual({
    slash: behaviour.slash,
    preflight: { status: 204, route: behaviour.preflight === 'gateway' ? null : 'default', allowed: true },
  })
  expect(commands.filter((command) => command.startsWith('CreateApi'))).toHaveLength(2)
  expect(commands.slice(-2)).toEqual(['DeleteApiCommand t', 'DeleteApiCommand p'])
  await stop()
})

it('the probe deletes its APIs after an error', async () => {
  const { client, commands, stop } = await apiGateway({ slash: 'slash', preflight: 'gateway' })
  const unreachable = () => {
    throw new Error('no address')
  }
  await expect(observeRouting(client, unreachable)).rejects.toThrow('no address')
  expect(commands).toEqual(['CreateApiCommand', 'DeleteApiCommand t'])
  await stop()
})
