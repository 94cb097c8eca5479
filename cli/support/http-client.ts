import * as z from 'zod'
import { CommandError } from './error-message.ts'

/** How long a response may take: API Gateway ends a request after 30 s. */
const TIMEOUT_MS = 40_000

const problem = z.object({
  detail: z.string(),
  errors: z.array(z.object({ field: z.string().optional(), detail: z.string() })).default([]),
})

/** Sends a request to Latchkey and returns its JSON body. Throws the sentence of the problem when the status is not 2xx. */
export async function requestJson<T>(url: URL, schema: z.ZodType<T>, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => null)
  if (!response) throw new CommandError(`${url.origin} does not respond: check the address, and run the command again.`)
  const body: unknown = await response.json().catch(() => null)
  const { data } = schema.safeParse(body)
  if (response.ok && data !== undefined) return data
  throw new CommandError(problemSentence(body) ?? `${url.origin}${url.pathname} returned ${response.status}.`)
}

function problemSentence(body: unknown): string | undefined {
  const { data } = problem.safeParse(body)
  if (!data) return undefined
  const issues = data.errors.filter(({ detail }) => !data.detail.includes(detail))
  return [
    data.detail,
    ...issues.map(({ field, detail }) => (field === undefined ? detail : `${field}: ${detail}`)),
  ].join(' ')
}
