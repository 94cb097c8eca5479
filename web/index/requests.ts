import '../parts/no-eval.ts'
import * as z from 'zod/mini'
import { RequestError } from '../data/requests.ts'
import { ROOT } from '../parts/place.ts'

/** The requests of the home page. Tokens are in headers only, and in the memory of the page. */

const issue = z.object({ field: z.optional(z.string()), detail: z.string() })
const problem = z.object({ detail: z.string(), errors: z._default(z.array(issue), []) })

/** Sends a request with a token. Throws a RequestError. */
async function send(path: string, token: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', ...init.headers }
  const response = await fetch(new URL(path, ROOT), { ...init, headers, cache: 'no-store' }).catch(() => null)
  if (!response) throw new RequestError(0, 'Latchkey did not respond. Check the network, then try again.')
  if (response.ok) return response
  const { data } = problem.safeParse(await response.json().catch(() => null))
  if (!data) throw new RequestError(response.status, `The response has the status ${response.status} and no reason.`)
  const others = data.errors.filter(({ detail }) => !data.detail.includes(detail))
  const sentences = [
    data.detail,
    ...others.map(({ field, detail }) => (field === undefined ? detail : `${field}: ${detail}`)),
  ]
  throw new RequestError(response.status, sentences.join(' '))
}

async function read<T>(schema: z.ZodMiniType<T>, path: string, token: string, init?: RequestInit): Promise<T> {
  const response = await send(path, token, init)
  const { data } = schema.safeParse(await response.json().catch(() => null))
  if (data === undefined) throw new Error('The response could not be read. Try again.')
  return data
}

const clientList = z.object({
  clients: z.array(
    z.object({
      client_id: z.string(),
      name: z.optional(z.string()),
      kind: z.string(),
      scope: z.array(z.string()),
      status: z.string(),
      created_at: z.string(),
    }),
  ),
})
export type Client = z.output<typeof clientList>['clients'][number]

/** Clients that the page lists at most. */
const MAX_CLIENTS = 1_000

export const fetchClients = async (token: string): Promise<Client[]> =>
  (await read(clientList, `clients?number=${MAX_CLIENTS}`, token)).clients

const seriesList = z.object({
  series: z.array(
    z.object({
      source: z.string(),
      participant_id: z.optional(z.string()),
      columns: z.array(z.string()),
      warnings: z._default(z.array(z.object({ sentence: z.string(), received_at: z.string() })), []),
      last: z.optional(z.string()),
    }),
  ),
})
export type Series = z.output<typeof seriesList>['series'][number]

const query = (parameters: Readonly<Record<string, string | undefined>>): string =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value] as [string, string]] : [])),
  ).toString()

/** The series of a client, or of the token without `client_id`. With a `source`, only that one, with its times. */
export const fetchSeries = async (
  token: string,
  parameters: { client_id?: string; source?: string; participant_id?: string | undefined },
): Promise<Series[]> => (await read(seriesList, `series?${query(parameters)}`, token)).series

const submissionList = z.object({
  submissions: z.array(z.object({ id: z.string(), received_at: z.string(), participant_id: z.optional(z.string()) })),
})
export type Submission = z.output<typeof submissionList>['submissions'][number]

export const fetchSubmissions = async (token: string, client_id: string): Promise<Submission[]> =>
  (await read(submissionList, `submissions?${query({ client_id, number: '5' })}`, token)).submissions

const counts = z.object({ due: z.number(), parked: z.number() })
const work = z.object({ events: counts, blocks: counts })
export type Work = z.output<typeof work>

export const fetchWork = (token: string): Promise<Work> => read(work, 'status', token)

const registered = z.object({ client_id: z.string(), client_secret: z.optional(z.string()) })

export const register = (token: string, app: object) =>
  read(registered, 'register', token, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(app),
  })

const granted = z.object({ auth_token: z.string() })

/** An auth token of a public client, which needs no credentials. */
export async function requestToken(client_id: string): Promise<string> {
  const headers = { accept: 'application/json' }
  const response = await fetch(new URL(`token?${query({ client_id })}`, ROOT), { headers }).catch(() => null)
  const body: unknown = await response?.json().catch(() => null)
  const { data } = granted.safeParse(body)
  if (data) return data.auth_token
  throw new Error(problem.safeParse(body).data?.detail ?? 'There is no auth token for this client.')
}

const uploaded = z.object({
  'saved-in-db': z.number(),
  warnings: z._default(z.array(z.string()), []),
  dry_run: z.optional(
    z.object({
      rows: z.number(),
      columns: z.array(
        z.object({ name: z.string(), type: z.string(), nulls: z.number(), unit: z.optional(z.string()) }),
      ),
      time_column: z.nullable(z.string()),
      sources: z.array(z.string()),
      first: z.optional(z.string()),
      last: z.optional(z.string()),
    }),
  ),
})
export type Uploaded = z.output<typeof uploaded>

export interface FileUpload {
  content: Blob
  contentType: string
  parameters: Readonly<Record<string, string>>
}

/** Uploads a file. `key` identifies a repeat. */
export const upload = (token: string, { content, contentType, parameters }: FileUpload, key?: string) =>
  read(uploaded, `upload?${query(parameters)}`, token, {
    method: 'POST',
    headers: { 'content-type': contentType, ...(key !== undefined && { 'idempotency-key': key }) },
    body: content,
  })
