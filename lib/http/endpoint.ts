import { setImmediate } from 'node:timers/promises'
import middy, { type MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import type { Caller } from '../core/caller.ts'
import { withDeadline } from '../core/deadline.ts'
import { Problem } from '../core/problem.ts'
import { log, type MessageFacts } from '../observability/log.ts'
import type { Input } from './input.ts'
import { type Request, toRequest } from './request.ts'
import {
  type ContractResponse,
  type FormatError,
  type LambdaResponse,
  problemResponse,
  type ResponseSchemas,
  securityHeaders,
} from './response.ts'

/** Credentials that are valid as far as checked. Reading the caller's record may still reject them. */
export interface PendingCaller<C extends Caller> {
  caller: Promise<C>
}

/** Who may call: returns the caller or throws a `Problem`. */
export interface Access<C extends Caller> {
  (request: Request): Promise<PendingCaller<C>>
  /** What the `credentials_missing` problem asks for; absent if no credentials are needed. */
  expectation?: string | undefined
}

export interface Contract<T, C extends Caller, R extends ResponseSchemas> {
  access: Access<C>
  /** Reads and validates the request. */
  input: Input<T>
  /** JSON bodies by status. The compiler checks `json(status, body)` against them. */
  responses: R
  /** Problem details, unless the callers read another format. */
  formatError?: FormatError
  /** Called for each 4xx response, with the parameters of the path, which no one has checked. */
  onClientError?: (problem: Problem, path: Readonly<Record<string, string | undefined>>) => void
}

/** A Lambda handler with its contract, which the API description reads. */
export interface Handler {
  (event: APIGatewayProxyEventV2, context: Context): Promise<LambdaResponse>
  access: Access<Caller>
  input: Input<unknown>
  responses: ResponseSchemas
  formatError: FormatError
}

/** Makes a Lambda handler from a contract and the function that runs under it. Errors become problem details. */
export function endpoint<T, C extends Caller, const R extends ResponseSchemas>(
  { access, input, responses, formatError = problemResponse, onClientError = () => undefined }: Contract<T, C, R>,
  run: (call: { request: Request; input: T; caller: C }) => Promise<ContractResponse<R>>,
): Handler {
  const respond = async (event: APIGatewayProxyEventV2, remainingMs: number): Promise<LambdaResponse> => {
    const request = toRequest(event, remainingMs)
    const pending = await access(request)
    // Parse the body (CPU) while the caller lookup (I/O) is in flight. Authentication errors take precedence.
    const parsing = setImmediate().then(() => input(request))
    const [caller, parsed] = await Promise.allSettled([pending.caller, parsing])
    if (caller.status === 'rejected') throw caller.reason
    if (parsed.status === 'rejected') throw parsed.reason
    return run({ request, input: parsed.value, caller: caller.value })
  }
  // middy would respond early while the function still runs; the function has its own deadline.
  const handler = middy<APIGatewayProxyEventV2, LambdaResponse>({ timeoutEarlyInMillis: 0 })
    .use(requestLog())
    .use(completeResponse(formatError, onClientError))
    .handler((event, context) => {
      const remainingMs = context.getRemainingTimeInMillis()
      return withDeadline(Date.now() + remainingMs, () => respond(event, remainingMs))
    })
  return Object.assign(handler, { access, input, responses, formatError })
}

type Middleware = MiddlewareObj<APIGatewayProxyEventV2, LambdaResponse>

/** Adds the security headers to every response, and turns every error into a response. */
function completeResponse(
  formatError: FormatError,
  onClientError: (problem: Problem, path: Readonly<Record<string, string | undefined>>) => void,
): Middleware {
  const addHeaders = (response: LambdaResponse | null | undefined): LambdaResponse => ({
    ...response,
    headers: securityHeaders(response?.headers),
  })
  return {
    after: (request) => {
      request.response = addHeaders(request.response)
    },
    onError: (request) => {
      const problem = request.error instanceof Problem ? request.error : new Problem('internal_error', 'unexpected')
      if (problem.status < 500) onClientError(problem, request.event.pathParameters ?? {})
      request.response = addHeaders(formatError(problem, request.event.requestContext.requestId))
    },
  }
}

function requestLog(): Middleware {
  const startTimes = new WeakMap<object, number>()
  return {
    before: ({ event }) => {
      startTimes.set(event, performance.now())
    },
    after: ({ event, response }) => logRequest(requestFacts(event, response, startTimes.get(event))),
    onError: ({ event, response, error }) => {
      const problem = error instanceof Problem ? error.code : 'internal_error'
      logRequest({ ...requestFacts(event, response, startTimes.get(event)), problem }, error)
    },
  }
}

/** Logs how a request ended, by its status; `cause` is the error that a 5xx status comes from. */
function logRequest(facts: MessageFacts<'request_refused'>, cause?: unknown): void {
  if (facts.status >= 500) log('request_failed', { ...facts, cause })
  else log(facts.status >= 400 ? 'request_refused' : 'request_completed', facts)
}

const requestFacts = (
  { requestContext, routeKey }: APIGatewayProxyEventV2,
  response: LambdaResponse | null | undefined,
  startTime = 0,
) => ({
  request_id: requestContext.requestId,
  route: routeKey,
  status: response?.statusCode ?? 500,
  duration_ms: Math.round(performance.now() - startTime),
})
