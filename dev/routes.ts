import type { Resource, Resources } from './alarm-resource.ts'

/** Schema of `throttle`, a function's property in serverless.yml. */
export const THROTTLE_SCHEMA = {
  type: 'object',
  properties: { rate: { type: 'integer' }, burst: { type: 'integer' } },
  required: ['rate', 'burst'],
  additionalProperties: false,
}

/** A function of serverless.yml with its routes, and their limits. */
export interface RoutedFunction {
  /** Requests per second, and at once. */
  throttle?: { rate: number; burst: number }
  events: { httpApi?: string | { method: string; path: string } }[]
}

const ROUTE = 'AWS::ApiGatewayV2::Route'
const routeKey = ({ Properties }: Resource): string => String(Properties['RouteKey'])

/** Adds each route with a final slash. */
export function addSlashRoutes(Resources: Resources): void {
  for (const [name, resource] of Object.entries(Resources)) {
    const key = routeKey(resource)
    if (resource.Type !== ROUTE || key.endsWith('/') || key === '$default') continue
    Resources[`${name}Slash`] = { ...resource, Properties: { ...resource.Properties, RouteKey: `${key}/` } }
  }
}

/** Lets routes call a function only once they may. Otherwise the first requests after a change of SHIFT_TRAFFIC fail. */
export function addPermissionDependencies(Resources: Resources): void {
  for (const [name, resource] of Object.entries(Resources)) {
    if (resource.Type !== 'AWS::ApiGatewayV2::Integration') continue
    const permission = `${name.replace('HttpApiIntegration', '')}LambdaPermissionHttpApi`
    if (!Resources[permission]) throw new Error(`the template has no ${permission}`)
    resource.DependsOn = [permission]
  }
}

/** Sets the limits of routes. They are settings of the stage; CloudFormation may only set them once the routes exist. */
export function addThrottling(
  Resources: Resources,
  functions: Readonly<Record<string, RoutedFunction>>,
  { RATE, BURST }: { RATE: number; BURST: number },
): void {
  const limits = new Map<string, { rate: number; burst: number }>()
  for (const { throttle, events } of Object.values(functions))
    for (const { httpApi } of events)
      if (throttle && httpApi)
        limits.set(typeof httpApi === 'string' ? httpApi : `${httpApi.method} ${httpApi.path}`, throttle)
  const limited = Object.entries(Resources).flatMap(([name, resource]) => {
    if (resource.Type !== ROUTE) return []
    const key = routeKey(resource)
    const limit = limits.get(key) ?? limits.get(key.replace(/\/$/, ''))
    return limit ? [{ name, key, limit }] : []
  })
  const stage = Resources['HttpApiStage']
  if (!stage) throw new Error('the template has no HttpApiStage')
  // Each route without limits of its own has these, not all of them together.
  stage.Properties['DefaultRouteSettings'] = {
    DetailedMetricsEnabled: false,
    ThrottlingRateLimit: RATE,
    ThrottlingBurstLimit: BURST,
  }
  stage.Properties['RouteSettings'] = Object.fromEntries(
    limited.map(({ key, limit: { rate, burst } }) => [key, { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst }]),
  )
  stage.DependsOn = [stage.DependsOn ?? [], limited.map(({ name }) => name)].flat()
}
