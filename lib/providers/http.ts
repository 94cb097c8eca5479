import ky, { isHTTPError, isTimeoutError } from 'ky'
import * as z from 'zod'
import type { Problem } from '../problem.ts'
import { providerFailure } from './failure.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** Milliseconds that all calls to providers on behalf of one request may take together; its answer is due within ten seconds. */
const BUDGET_MS = 7_000

/** Bytes of an answer; what is longer is none that a provider of ours gives. */
const ANSWER_BYTES = 1_000_000

/** UNIX milliseconds by which calls made for a request that came at `since` must be over. */
export const providerDeadline = (since: number): number => since + BUDGET_MS

export interface ProviderCall<T> {
  /** For people: Incode. */
  provider: string
  /** For the log: what is being done. */
  operation: string
  method: 'GET' | 'POST'
  url: string
  query?: Record<string, string>
  headers: Record<string, string>
  body?: unknown
  /** What the answer must hold; more is no fault. */
  answer: z.ZodType<T>
  /** Which statuses mean that the provider refuses; others than 2xx that do not are failures of its own. */
  refuses?: (status: number) => boolean
  /** UNIX milliseconds. */
  deadline: number
  /** Whether doing it twice is like doing it once: only then is it tried again, and no single try takes all the time. */
  repeatable: boolean
}

/**
 * Calls a provider and reads its JSON answer. What fails and may be repeated is tried twice more within the deadline,
 * with jitter, and not before the provider's Retry-After. Redirects are not followed: they would carry credentials away.
 * What it throws (`provider_…`) knows nothing of what was sent.
 */
export async function callProvider<T>(call: ProviderCall<T>): Promise<T> {
  const { provider, operation, deadline, repeatable, refuses = isRefusal } = call
  const left = deadline - Date.now()
  if (left <= 0) throw providerFailure('provider_timeout', { provider, operation })
  const mayWait = (error: unknown) =>
    !isHTTPError(error) || (waitOf(error.response) ?? 0) * 1000 < deadline - Date.now()
  let text: string
  let status = 0
  try {
    text = await ky(call.url, {
      method: call.method,
      headers: { accept: 'application/json', ...call.headers },
      ...(call.query && { searchParams: call.query }),
      ...(call.body !== undefined && { json: call.body }),
      redirect: 'manual',
      timeout: Math.ceil(repeatable ? left / 2 : left),
      totalTimeout: left,
      retry: {
        limit: repeatable ? 2 : 0,
        methods: ['get', 'post'],
        statusCodes: [429, 500, 502, 503, 504],
        afterStatusCodes: [429, 503],
        retryOnTimeout: true,
        jitter: true,
        shouldRetry: ({ error }) => (mayWait(error) ? undefined : false),
      },
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        status = response.status
        return capped(response)
      },
    }).text()
  } catch (error) {
    throw failureOf(error, provider, operation, refuses)
  }
  if (refuses(status)) throw providerFailure('provider_refused', { provider, operation, status })
  const answer = call.answer.safeParse(parsed(text))
  if (!answer.success) throw providerFailure('provider_answer_invalid', { provider, operation, status })
  return answer.data
}

/** 401 and its like; a time-out (408) and a limit on the rate (429) pass. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429

const waitOf = (response: Response) => retryAfterSeconds(response.headers.get('retry-after'), Date.now())

function failureOf(error: unknown, provider: string, operation: string, refuses: (status: number) => boolean): Problem {
  if (isTimeoutError(error)) return providerFailure('provider_timeout', { provider, operation })
  if (!isHTTPError(error)) {
    const tooLong = error instanceof AnswerTooLong || (error instanceof Error && error.cause instanceof AnswerTooLong)
    return providerFailure(tooLong ? 'provider_answer_invalid' : 'provider_unavailable', { provider, operation })
  }
  const { status } = error.response
  const reason = reasonIn(error.data)
  const facts = { provider, operation, status, ...(reason !== undefined && { reason }) }
  if (refuses(status)) return providerFailure('provider_refused', facts)
  if (status < 400) return providerFailure('provider_answer_invalid', facts)
  return providerFailure('provider_unavailable', { ...facts, retryAfterSeconds: waitOf(error.response) })
}

const reasonIn = (body: unknown): number | undefined => z.object({ code: z.number() }).safeParse(body).data?.code

class AnswerTooLong extends Error {}

/** The same answer, ended by an error where it grows beyond what is read. */
function capped(response: Response): Response {
  if (!response.body) return response
  let bytes = 0
  const cap = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength
      if (bytes > ANSWER_BYTES) controller.error(new AnswerTooLong())
      else controller.enqueue(chunk)
    },
  })
  const { status, statusText, headers } = response
  return new Response(response.body.pipeThrough(cap), { status, statusText, headers })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
