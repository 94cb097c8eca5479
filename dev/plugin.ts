import type { CloudFormationClientConfig } from '@aws-sdk/client-cloudformation'
import { getSettings } from '../lib/config/settings.ts'
import type { Resources } from './alarm-resource.ts'
import { ALARM_GROUP_SCHEMA, type CustomAlarm, monitoring } from './alarms.ts'
import { settingsOfBundles } from './bundle-settings.ts'
import { type DataService, dataDeployment } from './deploy-data.ts'
import {
  changedSettings,
  isDeployment,
  isTemplateOnly,
  rejectExcessiveReservations,
  rejectInvalidSettings,
  rejectUncheckedDeployments,
  rollbackOfDeployment,
  verifyBundles,
} from './deployment-checks.ts'
import { type Environment, functionEnvironment, oversizedEnvironments, splitOrigins } from './environment.ts'
import { bucketName } from './files-bucket.ts'
import { indexesOf, PERMISSIONS_SCHEMA, type Permissions, role, roleId } from './roles.ts'
import type { Rollback } from './rollback.ts'
import {
  addPermissionDependencies,
  addSlashRoutes,
  addThrottling,
  type RoutedFunction,
  THROTTLE_SCHEMA,
} from './routes.ts'
import { prepareShifting, trafficShifting } from './traffic-shifting.ts'
import { stageWebhooks } from './webhooks-file.ts'

/** A function of serverless.yml, with the properties that this plugin adds to the framework's own. */
interface FunctionDefinition extends RoutedFunction {
  handler: string
  environment?: Environment
  permissions: Permissions
  alarmGroup: string
  timeout?: number
  role?: unknown
  reservedConcurrency?: number
  package?: { artifact: string }
  events: (RoutedFunction['events'][number] & { schedule?: unknown })[]
}

/** The part of the framework's service object that is used here. */
interface Service extends DataService {
  functions: Record<string, FunctionDefinition>
  custom: DataService['custom'] & {
    acceptDefaults: boolean
    templateOnly: boolean
    tablePath: string
    /** Digest of the bundles in dist/ that are deployed; empty to make them. */
    bundles: string
    parameters: string
    tables: Record<string, string>
    alarms: Record<string, CustomAlarm>
  }
  provider: DataService['provider'] & {
    timeout: number
    tracing?: { lambda: boolean }
    rollbackConfiguration?: object | undefined
    /** What each function gets of this is what it reads. */
    environment: Environment
    compiledCloudFormationTemplate: { Resources: Resources }
  }
}

interface Serverless {
  service: Service
  classes: { Error: new (message: string) => Error }
  configSchemaHandler: { defineFunctionProperties(provider: string, schema: object): void }
  processedInput: { commands: string[] }
  getProvider(name: 'aws'): {
    naming: { getStackName(): string }
    getAwsSdkV3Config(): Promise<CloudFormationClientConfig>
    getAccountId(): Promise<string>
  }
}

/** What the framework passes to plugins for their output. */
interface Output {
  log: { notice(text: string): void }
}

/**
 * Extends `serverless package` and `serverless deploy`. It deploys the data stack, bundles the functions, and sets the
 * settings that each bundle reads. `permissions` become roles, `alarmGroup` alarms, and `throttle` route settings. Each
 * route also gets a trailing slash, because API Gateway treats `/token/` and `/token` as different paths; not with
 * `SLASH_ROUTES=false`.
 */
export class LatchkeyPlugin {
  readonly hooks: Record<string, () => void | Promise<void>>

  constructor(serverless: Serverless, options: { package?: string }, { log }: Output) {
    const properties = {
      permissions: PERMISSIONS_SCHEMA,
      alarmGroup: ALARM_GROUP_SCHEMA,
      throttle: THROTTLE_SCHEMA,
    }
    const required = ['permissions', 'alarmGroup']
    serverless.configSchemaHandler.defineFunctionProperties('aws', { properties, required })
    const data = dataDeployment(serverless, (line) => log.notice(line))
    let rollback: Rollback | undefined
    this.hooks = {
      initialize: () => rejectUncheckedDeployments(serverless, options),
      'before:package:initialize': async () => {
        rejectInvalidSettings(serverless)
        for (const line of stageWebhooks(serverless.service.provider.stage).notices) log.notice(line)
        prepareService(serverless.service, await getSettings('RESERVE_CONCURRENCY', 'TRACING', 'SHIFT_TRAFFIC', 'TAGS'))
        if (!isDeployment(serverless)) return
        await rejectExcessiveReservations(serverless)
        rollback = await rollbackOfDeployment(serverless)
      },
      'before:package:createDeploymentArtifacts': async () => {
        await verifyBundles(serverless)
        await Promise.all([prepareCode(serverless), setEnvironments(serverless)])
      },
      'before:package:finalize': async () => {
        const choices = await getSettings('SLASH_ROUTES', 'TRACING', 'PERMISSIONS_BOUNDARY', 'SHIFT_TRAFFIC')
        const numbers = await getSettings('RATE', 'BURST', 'UPLOADS_STOPPED_HOURS')
        const ignoredAlarms = rollback?.ignoredAlarms ?? []
        completeTemplate(serverless.service, { ...choices, ...numbers, ignoredAlarms })
      },
      'before:aws:package:finalize:saveServiceState': data.writeTemplate,
      'before:aws:deploy:deploy:createStack': async () => {
        serverless.service.provider.rollbackConfiguration = rollback?.configuration
        for (const line of [...(await changedSettings(serverless)), ...(rollback?.notices ?? [])]) log.notice(line)
        await data.beforeApplication()
      },
      'after:aws:deploy:deploy:updateStack': data.afterApplication,
      'after:remove:remove': data.afterRemoval,
    }
  }
}

interface Choices {
  RESERVE_CONCURRENCY: boolean
  TRACING: boolean
  SHIFT_TRAFFIC: 'none' | 'linear'
  TAGS: Readonly<Record<string, string>>
}

function prepareService({ service, functions, provider }: Service, choices: Choices): void {
  const { RESERVE_CONCURRENCY, TRACING, SHIFT_TRAFFIC, TAGS } = choices
  // CloudFormation adds the tags of a stack to its resources.
  provider.stackTags = { service, stage: provider.stage, ...TAGS }
  if (SHIFT_TRAFFIC === 'linear') prepareShifting(functions)
  if (TRACING) provider.tracing = { lambda: true }
  for (const [name, definition] of Object.entries(functions)) {
    definition.role = { 'Fn::GetAtt': [roleId(name), 'Arn'] }
    // A small AWS account has no concurrency to spare for reservations.
    if (!RESERVE_CONCURRENCY) delete definition.reservedConcurrency
  }
  provider.environment['WEBHOOKS'] = stageWebhooks(provider.stage).text
  provider.environment['FILES_BUCKET'] = { 'Fn::Sub': bucketName(service, provider.stage) }
  const { cors } = provider.httpApi
  cors.allowedOrigins = cors.allowedOrigins.flatMap(splitOrigins)
}

/** Bundles the functions, unless their bundles are given. A template needs no code, so that dist/ stays as it is. */
async function prepareCode(serverless: Serverless): Promise<void> {
  const { custom, functions } = serverless.service
  if (isTemplateOnly(serverless)) {
    // The framework only hashes this file.
    for (const definition of Object.values(functions)) definition.package = { artifact: 'serverless.yml' }
    return
  }
  if (custom.bundles !== '') return
  // The framework loads this file with require(), which cannot wait for the descriptions that assets.ts reads.
  const { buildDeployment } = await import('./build.ts')
  await buildDeployment()
}

/** Replaces the environment that functions share: each gets the settings that its bundle reads. */
async function setEnvironments({ service: { functions, provider }, classes }: Serverless): Promise<void> {
  const variables = await settingsOfBundles()
  const environments = new Map<string, Environment>()
  for (const [name, definition] of Object.entries(functions)) {
    const bundle = definition.handler.replace(/^dist\/(.*)\.handler$/, '$1.mjs')
    definition.environment = functionEnvironment(variables.get(bundle) ?? [], provider.environment, process.env)
    environments.set(name, definition.environment)
  }
  provider.environment = {}
  const [oversized] = oversizedEnvironments(environments)
  if (oversized !== undefined) throw new classes.Error(oversized)
}

interface TemplateChoices {
  SLASH_ROUTES: boolean
  TRACING: boolean
  PERMISSIONS_BOUNDARY?: string | undefined
  RATE: number
  BURST: number
  UPLOADS_STOPPED_HOURS: number
  SHIFT_TRAFFIC: 'none' | 'linear'
  ignoredAlarms: readonly string[]
}

function completeTemplate({ service, functions, custom, provider }: Service, choices: TemplateChoices): void {
  const { Resources } = provider.compiledCloudFormationTemplate
  if (choices.SLASH_ROUTES) addSlashRoutes(Resources)
  addPermissionDependencies(Resources)
  const { TRACING: tracing, PERMISSIONS_BOUNDARY: boundary } = choices
  const { parameters: parameterPath, tablePath } = custom
  const webhooks = stageWebhooks(provider.stage)
  const bucket = bucketName(service, provider.stage)
  const functionPrefix = `${service}-${provider.stage}-`
  const places = { parameterPath, tablePath, bucket, functionPrefix, webhooks }
  for (const [name, { permissions }] of Object.entries(functions))
    Resources[roleId(name)] = role(name, permissions, { ...places, tracing, boundary })
  addThrottling(Resources, functions, choices)
  const monitored = Object.entries(functions).map(([name, { alarmGroup, timeout = provider.timeout, events }]) => {
    return { name, alarmGroup, timeout, scheduled: events.some(({ schedule }) => schedule !== undefined) }
  })
  const groups = Map.groupBy(monitored, ({ alarmGroup }) => alarmGroup)
  const { tables, alarms } = custom
  const indexes = indexesOf(Object.values(functions).map(({ permissions }) => permissions))
  const { UPLOADS_STOPPED_HOURS: pauseHours, ignoredAlarms } = choices
  const { stage } = provider
  Object.assign(
    Resources,
    monitoring({
      service,
      stage,
      groups,
      custom: alarms,
      tables,
      indexes,
      pauseHours,
      webhookProviders: webhooks.names,
    }),
  )
  if (choices.SHIFT_TRAFFIC === 'linear')
    Object.assign(Resources, trafficShifting(Resources, { prefix: `${service}-${stage}`, boundary, ignoredAlarms }))
}
