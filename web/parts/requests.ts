import './no-eval.ts'
import * as z from 'zod/mini'
import { ROOT } from './place.ts'

/** Requests with a token, which is in a header only. */

/** A failed request with a message for the user; status 0 if there was no response. */
export class RequestError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const issue = z.object({ field: z.optional(z.string()), detail: z.string() })
const problem = z.object({ detail: z.string(), errors: z._default(z.array(issue), []) })

/** Sends a request; an empty token is not sent. Throws a RequestError, or the reason of an abort. */
export async function send(path: string, token: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  if (token !== '') headers.set('authorization', `Bearer ${token}`)
  const response = await fetch(new URL(path, ROOT), { ...init, headers, cache: 'no-store' }).catch(() => null)
  init.signal?.throwIfAborted()
  if (response?.ok) return response
  throw await toRequestError(response)
}

/** Sends a request, and returns its JSON if it matches a schema. */
export const read = async <T>(schema: z.ZodMiniType<T>, path: string, token: string, init?: RequestInit): Promise<T> =>
  readJson(schema, await send(path, token, { ...init, headers: { accept: 'application/json', ...init?.headers } }))

/** The JSON of a response. Throws an error for people if it does not match a schema. */
export async function readJson<T>(schema: z.ZodMiniType<T>, response: Response): Promise<T> {
  const { data } = schema.safeParse(await response.json().catch(() => null))
  if (data === undefined) throw new Error('The response could not be read. Try again.')
  return data
}

/** The error of a failed request; `response` is null if there was none. */
async function toRequestError(response: Response | null): Promise<RequestError> {
  if (!response) return new RequestError(0, 'Latchkey did not respond. Check the network, then try again.')
  const { data } = problem.safeParse(await response.json().catch(() => null))
  if (!data) return new RequestError(response.status, `The response has the status ${response.status} and no reason.`)
  const { detail, errors } = data
  const more = errors.filter((issue) => !detail.includes(issue.detail))
  const places = more.map(({ field, detail }) => (field === undefined ? detail : `${field}: ${detail}`))
  return new RequestError(response.status, [detail, ...places].join(' '))
}

/** The body of a POST as JSON. */
export const jsonBody = (value: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
})
