import { existsSync, rmSync } from 'node:fs'
import { build } from 'esbuild'
import { AREA, monitoring } from './alarms.mjs'
import { writeAssets } from './assets.ts'
import { bundleOptions } from './bundle.mjs'
import { RIGHTS, role, roleOf } from './roles.mjs'

const THROTTLE = {
  type: 'object',
  properties: { rate: { type: 'integer' }, burst: { type: 'integer' } },
  required: ['rate', 'burst'],
  additionalProperties: false,
}

/**
 * What `serverless package` and `serverless deploy` need beyond serverless.yml: the functions bundled, so that typing
 * the command is enough; their `rights` made into roles, their `area` into alarms, their `throttle` into settings of
 * their routes; and every route with a trailing slash as well, since API Gateway takes `/token/` for another path than
 * `/token`.
 */
export default class LatchkeyPlugin {
  constructor(serverless) {
    const properties = { rights: RIGHTS, area: AREA, throttle: THROTTLE }
    serverless.configSchemaHandler.defineFunctionProperties('aws', { properties, required: ['rights', 'area'] })
    this.hooks = {
      'before:package:initialize': () => prepare(serverless.service),
      'before:package:createDeploymentArtifacts': async () => {
        rmSync('dist', { recursive: true, force: true })
        await Promise.all([build(bundleOptions()), writeAssets()])
      },
      'before:package:finalize': () => complete(serverless.service),
      'before:deploy:deploy': () => refuseLocalSettings(serverless),
    }
  }
}

function prepare({ functions, custom, provider }) {
  for (const [name, definition] of Object.entries(functions)) {
    definition.role = { 'Fn::GetAtt': [roleOf(name), 'Arn'] }
    // A small AWS account has no concurrency to spare for reservations.
    if (!custom.reserveConcurrency) delete definition.reservedConcurrency
  }
  const { cors } = provider.httpApi
  cors.allowedOrigins = cors.allowedOrigins.flatMap((origins) => origins.split(',').map((origin) => origin.trim()))
}

/** Settings of the local run must not become those of a stage, as they would where it has no file of its own. */
function refuseLocalSettings({ service, classes }) {
  const { stage } = service.provider
  const own = `.env.${stage}`
  // The rehearsal sets every setting itself.
  if (existsSync(own) || !existsSync('.env') || stage === 'rehearsal') return
  throw new classes.Error(
    `The .env of the local run would be deployed: write the settings of this stage into ${own}, be it empty.`,
  )
}

function complete({ service, functions, custom, provider }) {
  const { Resources } = provider.compiledCloudFormationTemplate
  addSlashRoutes(Resources)
  for (const [name, { rights }] of Object.entries(functions))
    Resources[roleOf(name)] = role(name, rights, custom.parameters)
  throttle(Resources, functions)
  const watched = Object.entries(functions).map(([name, { area, timeout = provider.timeout, events }]) => {
    return { name, area, timeout, scheduled: events.some(({ schedule }) => schedule !== undefined) }
  })
  const areas = Map.groupBy(watched, ({ area }) => area)
  Object.assign(Resources, monitoring({ service, stage: provider.stage, areas, own: custom.alarms }))
}

function addSlashRoutes(Resources) {
  for (const [name, resource] of Object.entries(Resources)) {
    if (resource.Type !== 'AWS::ApiGatewayV2::Route' || !/[^/]$/.test(resource.Properties.RouteKey)) continue
    if (resource.Properties.RouteKey === '$default') continue
    const RouteKey = `${resource.Properties.RouteKey}/`
    Resources[`${name}Slash`] = { ...resource, Properties: { ...resource.Properties, RouteKey } }
  }
}

/** Limits of single routes are settings of the stage, which can only be made once the routes are there. */
function throttle(Resources, functions) {
  const limits = new Map()
  for (const { throttle: limit, events } of Object.values(functions))
    for (const { httpApi } of events)
      if (limit) limits.set(typeof httpApi === 'string' ? httpApi : `${httpApi?.method} ${httpApi?.path}`, limit)
  const limited = Object.entries(Resources).flatMap(([name, { Type, Properties }]) => {
    if (Type !== 'AWS::ApiGatewayV2::Route') return []
    const limit = limits.get(Properties.RouteKey) ?? limits.get(Properties.RouteKey.replace(/\/$/, ''))
    return limit ? [{ name, key: Properties.RouteKey, limit }] : []
  })
  const stage = Resources.HttpApiStage
  stage.Properties.RouteSettings = Object.fromEntries(
    limited.map(({ key, limit: { rate, burst } }) => [key, { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }]),
  )
  stage.DependsOn = [stage.DependsOn ?? [], limited.map(({ name }) => name)].flat()
}
