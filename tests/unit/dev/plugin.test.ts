import { afterEach, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { LatchkeyPlugin } from '../../../dev/plugin.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  clearSettingsCache()
})

const template = z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) }))

/** The route keys and the route settings of a service with one function, which has a throttle. */
async function packagedRoutes(SLASH_ROUTES: string) {
  vi.stubEnv('SLASH_ROUTES', SLASH_ROUTES)
  clearSettingsCache()
  const route = { Type: 'AWS::ApiGatewayV2::Route', Properties: { RouteKey: 'GET /token' } }
  const Resources = { Route: route, HttpApiStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: {} } }
  const service = {
    service: 'latchkey',
    functions: {
      token: {
        handler: 'dist/token.handler',
        permissions: {},
        alarmGroup: 'Token',
        throttle: { rate: 5, burst: 10 },
        events: [{ httpApi: 'GET /token' }],
      },
    },
    custom: { acceptDefaults: false, templateOnly: false, parameters: '', alarms: {} },
    provider: {
      stage: 'prod',
      timeout: 10,
      environment: {},
      httpApi: { cors: { allowedOrigins: ['*'] } },
      compiledCloudFormationTemplate: { Resources },
    },
  }
  const serverless = {
    service,
    classes: { Error },
    configSchemaHandler: { defineFunctionProperties: () => undefined },
    processedInput: { commands: ['package'] },
    getProvider: () => {
      throw new Error('no AWS is used')
    },
  }
  const { hooks } = new LatchkeyPlugin(serverless, {}, { log: { notice: () => undefined } })
  await hooks['before:package:finalize']?.()
  const { HttpApiStage, ...others } = template.parse(service.provider.compiledCloudFormationTemplate.Resources)
  return {
    routes: Object.values(others).flatMap(({ Properties }) => Properties['RouteKey'] ?? []),
    settings: Object.keys(z.object({}).loose().parse(HttpApiStage?.Properties['RouteSettings'])),
  }
}

it('a stage has each route twice, and limits both', async () => {
  const both = ['GET /token', 'GET /token/']
  expect(await packagedRoutes('')).toEqual({ routes: both, settings: both })
})

it('a stage with SLASH_ROUTES=false has no routes that end with a slash', async () => {
  expect(await packagedRoutes('false')).toEqual({ routes: ['GET /token'], settings: ['GET /token'] })
})
