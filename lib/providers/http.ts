import ky, { isHTTPError, isTimeoutError } from 'ky'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import type { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { numericString } from '../core/zod-helpers.ts'
import { providerFailure } from './errors.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** Maximum size and nesting depth of a response. The providers' responses are far below both. */
const ANSWER_BYTES = 200_000
const ANSWER_DEPTH = 64

/** Deadline (UNIX milliseconds) of the calls for a request that was received at `since`. */
export const providerDeadline = (since: number): number => since + timeBudgets.providerMs

export type ProviderMethod = 'GET' | 'POST' | 'PUT'

export interface ProviderCall<T> {
  /** Name in messages: Incode. */
  provider: string
  /** Name in the log. */
  operation: string
  method: ProviderMethod
  url: string
  query?: Record<string, string>
  headers: Record<string, string>
  /** Sent as JSON. A string is sent unchanged, with the content type in `headers`. */
  body?: unknown
  /** Schema of the response, which is JSON or else text. Further members are allowed. */
  answer: z.core.$ZodType<T>
  /** Maximum size of the response, if it differs from the default. */
  answerBytes?: number
  /** Reads a reason for the log out of the body of an error response: a code or number, never text of the body. */
  reasonIn?: (body: unknown) => string | number | undefined
  /** Whether a status means that the provider rejects the request. Other statuses than 2xx are failures of the provider. */
  refuses?: (status: number) => boolean
  /** UNIX milliseconds. */
  deadline: number
  /** Whether the call is idempotent, as GET is. Only then is it retried, and each attempt gets half of the time. */
  repeatable?: boolean
}

/** The part of a call that the client of a provider does not add to each. */
export type ProviderRequest<T> = Omit<ProviderCall<T>, 'provider' | 'operation' | 'method' | 'url' | 'headers'>

/**
 * Calls a provider and returns its parsed response. Retries a repeatable call twice within the deadline, with jitter, and
 * not before the provider's Retry-After. Does not follow redirects, which could leak credentials. Throws `provider_…`
 * problems, which contain nothing that was sent.
 */
export async function callProvider<T>(call: ProviderCall<T>): Promise<T> {
  const { provider, operation, deadline, refuses = isRefusal, answerBytes = ANSWER_BYTES } = call
  const { repeatable = call.method === 'GET' } = call
  const left = deadline - Date.now()
  if (left <= 0) throw providerFailure('provider_timeout', { provider, operation })
  let status = 0
  let text: string
  try {
    text = await ky(call.url, {
      method: call.method,
      headers: { accept: 'application/json', ...call.headers },
      ...(call.query && { searchParams: call.query }),
      ...(typeof call.body === 'string' ? { body: call.body } : call.body !== undefined && { json: call.body }),
      redirect: 'manual',
      timeout: Math.ceil(repeatable ? left / 2 : left),
      totalTimeout: left,
      retry: {
        limit: repeatable ? 2 : 0,
        methods: ['get', 'post'],
        statusCodes: RETRIED,
        afterStatusCodes: RETRIED,
        retryOnTimeout: true,
        delay: (attempt) => timeBudgets.providerBackoffMs * attempt,
        jitter: true,
        shouldRetry: ({ error }) => shouldRetry(error, deadline),
      },
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        status = response.status
        return readWhole(response, answerBytes)
      },
    }).text()
  } catch (error) {
    throw toProblem(error, { ...call, refuses })
  }
  if (refuses(status)) throw providerFailure('provider_refused', { provider, operation, status })
  const value = parseJsonOrUndefined(text) ?? text
  const answer = isShallow(value, ANSWER_DEPTH) ? z.safeParse(call.answer, value) : undefined
  if (!answer?.success) throw providerFailure('provider_answer_invalid', { provider, operation, status })
  return answer.data
}

const RETRIED = [429, 500, 502, 503, 504]

/** Returns false if the deadline is before the retry; undefined leaves the decision to the status codes. */
function shouldRetry(error: unknown, deadline: number): boolean | undefined {
  if (error instanceof AnswerTooLong) return false
  const wait = isHTTPError(error) ? (waitOf(error.response) ?? 0) * 1000 : 0
  if (Date.now() + Math.max(wait, timeBudgets.providerRetryMs) >= deadline) return false
  return isHTTPError(error) || isTimeoutError(error) ? undefined : true
}

/** A timeout, a rate limit, or a server that is not available: the same request may succeed later. */
export const isTemporary = (status: number): boolean => [408, 429, 502, 503, 504].includes(status)

const isRefusal = (status: number): boolean => status >= 400 && status < 500 && !isTemporary(status)

/** Some providers use another name, such as X-Ratelimit-Retry-After. */
function waitOf({ headers }: Response): number | undefined {
  const waits = [...headers].flatMap(([name, value]) =>
    /retry-?after$/.test(name) ? [retryAfterSeconds(value, Date.now())] : [],
  )
  return waits.find((wait) => wait !== undefined)
}

type RejectableCall = Required<Pick<ProviderCall<unknown>, 'provider' | 'operation' | 'refuses'>>

function toProblem(
  error: unknown,
  { provider, operation, refuses, reasonIn = codeIn }: RejectableCall & Pick<ProviderCall<unknown>, 'reasonIn'>,
): Problem {
  if (isTimeoutError(error)) return providerFailure('provider_timeout', { provider, operation })
  if (!isHTTPError(error)) {
    return providerFailure(error instanceof AnswerTooLong ? 'provider_answer_invalid' : 'provider_unavailable', {
      provider,
      operation,
    })
  }
  const { status } = error.response
  const { data } = error
  // The provider's content type is ignored.
  const reason = reasonIn(typeof data === 'string' ? parseJsonOrUndefined(data) : data)
  const facts = { provider, operation, status, ...(reason !== undefined && { reason }) }
  if (refuses(status)) return providerFailure('provider_refused', facts)
  if (status < 400) return providerFailure('provider_answer_invalid', facts)
  return providerFailure('provider_unavailable', { ...facts, retryAfterSeconds: waitOf(error.response) })
}

const reasonCode = z.union([z.int().check(z.maximum(99_999)), numericString(/^\d{1,5}$/)])

const codeIn = (body: unknown): number | undefined => z.object({ code: reasonCode }).safeParse(body).data?.code

class AnswerTooLong extends Error {}

/**
 * Returns the same response with its body read, so that a truncated one fails the call. It has only the headers that are
 * used, with Retry-After in seconds.
 */
async function readWhole(response: Response, maxBytes: number): Promise<Response> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    // Only the status of an error response matters, so a long one is truncated.
    if (bytes > maxBytes && !response.ok) break
    if (bytes > maxBytes) throw new AnswerTooLong()
    chunks.push(chunk)
  }
  const wait = waitOf(response)
  const headers = {
    'content-type': response.headers.get('content-type') ?? '',
    ...(wait !== undefined && { 'retry-after': String(wait) }),
  }
  return new Response(bytes === 0 ? null : Buffer.concat(chunks), { status: response.status, headers })
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1))
}

/** A provider's token. It must be valid in a header. */
export const tokenText = z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/))
