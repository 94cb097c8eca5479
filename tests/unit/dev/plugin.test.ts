import { afterEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { LatchkeyPlugin } from '../../../dev/plugin.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  clearSettingsCache()
})

const template = z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) }))

const CUSTOM = {
  acceptDefaults: false,
  templateOnly: false,
  moveTables: false,
  tableDefinitions: {},
  tablePath: '',
  bundles: '',
  parameters: '',
  tables: {},
  alarms: {},
}

/** The plugin with a service of one function, which has a throttle. */
function plugin({
  stage = 'prod',
  commands = ['package'],
  options = {},
  custom = {},
}: Parameters<typeof packagedService>[1] = {}) {
  const route = { Type: 'AWS::ApiGatewayV2::Route', Properties: { RouteKey: 'GET /token' } }
  const Resources = { Route: route, HttpApiStage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: {} } }
  const provider: Provider = {
    stage,
    region: 'eu-central-1',
    timeout: 10,
    environment: {},
    httpApi: { cors: { allowedOrigins: ['*'] } },
    compiledCloudFormationTemplate: { Resources },
  }
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
    custom: { ...CUSTOM, ...custom },
    provider,
  }
  const serverless = {
    service,
    classes: { Error },
    configSchemaHandler: { defineFunctionProperties: () => undefined },
    processedInput: { commands },
    getProvider: () => {
      throw new Error('no AWS is used')
    },
  }
  const { hooks } = new LatchkeyPlugin(serverless, options, { log: { notice: () => undefined } })
  return { service, hooks }
}

interface Provider {
  stage: string
  region: string
  timeout: number
  tracing?: { lambda: boolean }
  environment: Record<string, unknown>
  httpApi: { cors: { allowedOrigins: string[] } }
  compiledCloudFormationTemplate: { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> }
}

/** The service and its resources as they are packaged with these settings. */
async function packagedService(
  settings: Record<string, string>,
  scenario: {
    stage?: string
    commands?: string[]
    options?: { package?: string }
    custom?: Partial<typeof CUSTOM>
  } = {},
) {
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value)
  clearSettingsCache()
  const { service, hooks } = plugin({ ...scenario, custom: { ...scenario.custom, templateOnly: true } })
  await hooks['before:package:initialize']?.()
  await hooks['before:package:finalize']?.()
  return {
    provider: service.provider,
    resources: template.parse(service.provider.compiledCloudFormationTemplate.Resources),
  }
}

/** The route keys and the route settings. */
async function packagedRoutes(SLASH_ROUTES: string) {
  const { HttpApiStage, TokenRole: _, ...others } = (await packagedService({ SLASH_ROUTES })).resources
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

it('a stage sends traces only with TRACING=true, and only then may its functions', async () => {
  const before = await packagedService({ TRACING: '' })
  expect(before.provider.tracing).toBeUndefined()
  expect(JSON.stringify(before.resources['TokenRole'])).not.toContain('xray')
  const { provider, resources } = await packagedService({ TRACING: 'true' })
  expect(provider.tracing).toEqual({ lambda: true })
  expect(JSON.stringify(resources['TokenRole'])).toContain('"xray:PutTraceSegments"')
})

it('PERMISSIONS_BOUNDARY limits every role', async () => {
  const boundary = 'arn:aws:iam::123456789012:policy/boundary'
  expect((await packagedService({ PERMISSIONS_BOUNDARY: '' })).resources['TokenRole']?.Properties).not.toHaveProperty(
    'PermissionsBoundary',
  )
  const { resources } = await packagedService({ PERMISSIONS_BOUNDARY: boundary })
  expect(resources['TokenRole']?.Properties['PermissionsBoundary']).toBe(boundary)
})

it('a stage has the name of its bucket', async () => {
  const { provider } = await packagedService({})
  expect(provider.environment['FILES_BUCKET']).toEqual({
    'Fn::Sub': `latchkey-prod-files-\${AWS::AccountId}-\${AWS::Region}`,
  })
})

it('RATE and BURST limit each route without limits of its own', async () => {
  const limits = async (RATE: string, BURST: string) =>
    (await packagedService({ RATE, BURST })).resources['HttpApiStage']?.Properties
  expect(await limits('', '')).toMatchObject({
    DefaultRouteSettings: { DetailedMetricsEnabled: false, ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
  })
  expect(await limits('2000', '3000')).toMatchObject({
    DefaultRouteSettings: { ThrottlingRateLimit: 2000, ThrottlingBurstLimit: 3000 },
    RouteSettings: { 'GET /token': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 } },
  })
})

it('a stage has the alarm UploadsStopped only with UPLOADS_STOPPED_HOURS', async () => {
  const resources = async (UPLOADS_STOPPED_HOURS: string) =>
    (await packagedService({ UPLOADS_STOPPED_HOURS })).resources
  const { UploadsStoppedAlarm, StoredUploadsFilter } = await resources('')
  expect(UploadsStoppedAlarm ?? StoredUploadsFilter).toBeUndefined()
  const { UploadsStoppedAlarm: alarm, StoredUploadsFilter: filter } = await resources('6')
  expect(alarm?.Properties).toMatchObject({
    AlarmName: 'latchkey-prod-UploadsStopped',
    AlarmActions: [{ Ref: 'AlarmTopic' }],
    Namespace: 'latchkey-prod',
    MetricName: 'StoredUploads',
    Period: 3600,
    EvaluationPeriods: 6,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  })
  expect(filter?.Properties).toMatchObject({
    LogGroupName: { Ref: 'HttpApiLogGroup' },
    MetricTransformations: [{ MetricNamespace: 'latchkey-prod', MetricName: 'StoredUploads', MetricValue: '1' }],
  })
})

describe('a deployment that would skip the checks of settings is rejected', () => {
  it('with --package, whose settings were checked earlier, if at all', () => {
    const { hooks } = plugin({ commands: ['deploy'], options: { package: '.serverless' } })
    expect(() => hooks['initialize']?.()).toThrow('deploy without --package')
  })

  it('of a single function, which would lose its settings', () => {
    expect(() => plugin({ commands: ['deploy', 'function'] }).hooks['initialize']?.()).toThrow('run serverless deploy')
  })

  it('with templateOnly, which is for templates that are never deployed', async () => {
    const { hooks } = plugin({ commands: ['deploy'], custom: { templateOnly: true } })
    await expect(hooks['before:package:initialize']?.()).rejects.toThrow('.env.prod is missing')
  })

  it('of a stage whose bucket could not have a name', async () => {
    const { hooks } = plugin({ stage: 'a'.repeat(23), custom: { templateOnly: true } })
    await expect(hooks['before:package:initialize']?.()).rejects.toThrow('at most 22 characters in eu-central-1')
  })

  it('but not other commands, or a whole deployment', () => {
    for (const [commands, options] of [
      [['deploy'], {}],
      [['package'], { package: '.serverless' }],
      [['remove'], {}],
    ] as const)
      expect(() => plugin({ commands: [...commands], options }).hooks['initialize']?.()).not.toThrow()
  })
})

it('rejects bundles in dist/ that differ from those that were built', async () => {
  const { hooks } = plugin({ custom: { bundles: 'a'.repeat(64) } })
  await expect(hooks['before:package:createDeploymentArtifacts']?.()).rejects.toThrow(`not ${'a'.repeat(64)}`)
})
