import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import type { Handler } from './endpoint.ts'
import type { LambdaResponse } from './response.ts'

/** One Lambda for the endpoints of a path that share a secret. A method without an endpoint is handled as GET. */
export function endpointByMethod<Method extends string>(handlers: Readonly<Record<Method | 'GET', Handler>>) {
  const handler = (event: APIGatewayProxyEventV2, context: Context): Promise<LambdaResponse> => {
    const { method } = event.requestContext.http
    const entry = Object.entries<Handler>(handlers).find(([name]) => name === method)
    return (entry?.[1] ?? handlers.GET)(event, context)
  }
  return Object.assign(handler, { handlers })
}

/** One Lambda for several routes, by their keys in serverless.yml. */
export function endpointByRoute(handlers: Readonly<Record<string, Handler>>) {
  const handler = (event: APIGatewayProxyEventV2, context: Context): Promise<LambdaResponse> => {
    // Routes work with a trailing slash too.
    const endpoint = handlers[event.routeKey.replace(/\/$/, '')]
    if (!endpoint) throw new Error('serverless.yml names a route that this function does not have')
    return endpoint(event, context)
  }
  return Object.assign(handler, { handlers })
}
