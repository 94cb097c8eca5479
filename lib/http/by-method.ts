import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import type { Handler } from './endpoint.ts'
import type { LambdaResponse } from './response.ts'

/** One Lambda for the endpoints of a path that share a secret. A method without an endpoint is handled as GET. */
export function endpointByMethod<Method extends string>(handlers: Readonly<Record<Method | 'GET', Handler>>) {
  const handler = (event: APIGatewayProxyEventV2, context: Context): Promise<LambdaResponse> => {
    const found = Object.entries<Handler>(handlers).find(([method]) => method === event.requestContext.http.method)
    return (found?.[1] ?? handlers.GET)(event, context)
  }
  return Object.assign(handler, { handlers })
}
