import ky, { isHTTPError, isTimeoutError } from 'ky'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import type { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { numericString } from '../core/zod-helpers.ts'
import { providerFailure } from './errors.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** Bytes of an answer, and how deep it may be nested: what goes beyond is none that a provider of ours gives. */
const ANSWER_BYTES = 200_000
const ANSWER_DEPTH = 64

/** UNIX milliseconds by which calls made for a request that came at `since` must be over. */
export const providerDeadline = (since: number): number => since + timeBudgets.providerMs

export interface ProviderCall<T> {
  /** For people: Incode. */
  provider: string
  /** For the log: what is being done. */
  operation: string
  method: 'GET' | 'POST' | 'PUT'
  url: string
  query?: Record<string, string>
  headers: Record<string, string>
  /** Sent as JSON, unless it is a text: that goes as it is, and the headers say what it is. */
  body?: unknown
  /** What the answer must hold, as JSON or else as text; more is no fault. */
  answer: z.core.$ZodType<T>
  /** Bytes of an answer, where they may be more than other providers' have. */
  answerBytes?: number
  /** Reads out of the body of a refusal why it was refused: a word or number for the log, and nothing of the body. */
  reasonIn?: (body: unknown) => string | number | undefined
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
  const { provider, operation, deadline, repeatable, refuses = isRefusal, answerBytes = ANSWER_BYTES } = call
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
        shouldRetry: ({ error }) => mayTryAgain(error, deadline),
      },
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        status = response.status
        return readWhole(response, answerBytes)
      },
    }).text()
  } catch (error) {
    throw failureOf(error, { ...call, refuses })
  }
  if (refuses(status)) throw providerFailure('provider_refused', { provider, operation, status })
  const value = parseJsonOrUndefined(text) ?? text
  const answer = isShallow(value, ANSWER_DEPTH) ? z.safeParse(call.answer, value) : undefined
  if (!answer?.success) throw providerFailure('provider_answer_invalid', { provider, operation, status })
  return answer.data
}

const RETRIED = [429, 500, 502, 503, 504]

/** Not when the deadline would come first; undefined leaves it to the statuses. */
function mayTryAgain(error: unknown, deadline: number): boolean | undefined {
  if (error instanceof AnswerTooLong) return false
  const wait = isHTTPError(error) ? (waitOf(error.response) ?? 0) * 1000 : 0
  if (Date.now() + Math.max(wait, timeBudgets.providerRetryMs) >= deadline) return false
  return isHTTPError(error) || isTimeoutError(error) ? undefined : true
}

/** 401 and its like; a time-out (408) and a limit on the rate (429) pass. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429

/** Some name it otherwise, such as X-Ratelimit-Retry-After. */
function waitOf({ headers }: Response): number | undefined {
  const waits = [...headers].flatMap(([name, value]) =>
    /retry-?after$/.test(name) ? [retryAfterSeconds(value, Date.now())] : [],
  )
  return waits.find((wait) => wait !== undefined)
}

type Called = Required<Pick<ProviderCall<unknown>, 'provider' | 'operation' | 'refuses'>>

function failureOf(
  error: unknown,
  { provider, operation, refuses, reasonIn = codeIn }: Called & Pick<ProviderCall<unknown>, 'reasonIn'>,
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
  // Whatever type the provider says its answer is of.
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
 * The same answer with its body read, so that one that is cut off counts as a call that failed. Of headers, it keeps
 * what is used, in the one form that everybody reads: Retry-After as seconds.
 */
async function readWhole(response: Response, most: number): Promise<Response> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    // What a refusal says at length is not read; its status is what counts.
    if (bytes > most && !response.ok) break
    if (bytes > most) throw new AnswerTooLong()
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
  return depth > 0 && Object.values(value).every((each) => isShallow(each, depth - 1))
}

/** A token that a provider gives: it goes into a header. */
export const tokenText = z.string().check(z.regex(/^[\x21-\x7e]{1,4096}$/))
