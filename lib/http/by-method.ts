import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import type { endpoint } from './endpoint.ts'
import type { LambdaResponse } from './response.ts'

type Handler = ReturnType<typeof endpoint>

/** One Lambda for endpoints of one path that share what only this function may read. Routes name the methods there are. */
export function endpointByMethod<Method extends string>(handlers: Readonly<Record<Method | 'GET', Handler>>) {
  const handler = (event: APIGatewayProxyEventV2, context: Context): Promise<LambdaResponse> => {
    const found = Object.entries<Handler>(handlers).find(([method]) => method === event.requestContext.http.method)
    return (found?.[1] ?? handlers.GET)(event, context)
  }
  return Object.assign(handler, { handlers })
}
