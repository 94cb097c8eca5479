import { setImmediate } from 'node:timers/promises'
import middy, { type MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { Access, Caller } from '../access/caller.ts'
import { withDeadline } from '../core/deadline.ts'
import { Problem } from '../core/problem.ts'
import type { Input } from './input.ts'
import { type Request, toRequest } from './request.ts'
import { logRequest } from './request-log.ts'
import { type FormatError, type LambdaResponse, problemResponse, SECURITY_HEADERS } from './response.ts'

export interface Contract<T> {
  /** Who may call. */
  access: Access
  /** What is read out of the request, and checked. */
  input: Input<T>
  /** How a refusal is told; problem details, unless callers read something else. */
  formatError?: FormatError
  /** Hears of every request that is turned away: what failed on our side is none. */
  onClientError?: (problem: Problem) => void
}

/** Makes a Lambda handler of a contract and what happens under it; refusals become problem details. */
export function endpoint<T>(
  { access, input, formatError: refusal = problemResponse, onClientError: refused = () => undefined }: Contract<T>,
  run: (call: { request: Request; input: T; caller: Caller }) => Promise<LambdaResponse>,
) {
  const answer = async (event: APIGatewayProxyEventV2, remainingMs: number): Promise<LambdaResponse> => {
    const request = toRequest(event, remainingMs)
    const admitted = await access(request)
    // Reading the body is computing, the look-up behind `caller` is waiting: once that is on the wire they share the
    // time. Whether the caller may know what is wrong with the body is for the look-up to say: its refusal comes first.
    const reading = setImmediate().then(() => input(request))
    const [who, read] = await Promise.allSettled([admitted.caller, reading])
    if (who.status === 'rejected') throw who.reason
    if (read.status === 'rejected') throw read.reason
    return run({ request, input: read.value, caller: who.value })
  }
  // middy would answer for a function that is about to run out of time while that goes on; it keeps an eye on the time itself.
  const handler = middy<APIGatewayProxyEventV2, LambdaResponse>({ timeoutEarlyInMillis: 0 })
    .use(requestLog())
    .use(answers(refusal, refused))
    .handler((event, context) => {
      const remainingMs = context.getRemainingTimeInMillis()
      return withDeadline(Date.now() + remainingMs, () => answer(event, remainingMs))
    })
  // What is read stands with the handler, for the API description.
  return Object.assign(handler, { input })
}

type Edge = MiddlewareObj<APIGatewayProxyEventV2, LambdaResponse>

/** Headers for every answer, and an answer for every error. */
function answers(refusal: FormatError, refused: (problem: Problem) => void): Edge {
  const secure = (answer: LambdaResponse | null | undefined): LambdaResponse => ({
    ...answer,
    headers: { ...SECURITY_HEADERS, ...answer?.headers },
  })
  return {
    after: (request) => {
      request.response = secure(request.response)
    },
    onError: (request) => {
      const problem = request.error instanceof Problem ? request.error : new Problem('internal_error', 'unexpected')
      if (problem.status < 500) refused(problem)
      request.response = secure(refusal(problem, request.event.requestContext.requestId))
    },
  }
}

function requestLog(): Edge {
  const started = new WeakMap<object, number>()
  return {
    before: ({ event }) => {
      started.set(event, performance.now())
    },
    after: ({ event, response }) => logRequest(facts(event, response, started.get(event))),
    onError: ({ event, response, error }) => {
      const problem = error instanceof Problem ? error.code : 'internal_error'
      logRequest({ ...facts(event, response, started.get(event)), problem }, error)
    },
  }
}

const facts = (
  { requestContext, routeKey }: APIGatewayProxyEventV2,
  answer: LambdaResponse | null | undefined,
  since = 0,
) => ({
  request_id: requestContext.requestId,
  route: routeKey,
  status: answer?.statusCode ?? 500,
  duration_ms: Math.round(performance.now() - since),
})
