import * as z from 'zod/mini'
import { jsonBody, read } from '../parts/requests.ts'
import { type SeriesSummary, seriesList } from '../parts/series.ts'

/** The requests of the home page. Tokens are in headers only, and in the memory of the page. */

const query = (parameters: Readonly<Record<string, string | undefined>>): string =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value ? [[name, value] as [string, string]] : [])),
  ).toString()

/** The series of a client, or of the token without `client_id`. With a `source`, only that one, with its times. */
export const fetchSeries = async (
  token: string,
  parameters: { client_id?: string; source?: string; participant_id?: string | undefined },
): Promise<SeriesSummary[]> => (await read(seriesList, `series?${query(parameters)}`, token)).series

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

export const register = (token: string, app: object) => read(registered, 'register', token, jsonBody(app))

const granted = z.object({ auth_token: z.string() })

/** An auth token of a public client, which needs no credentials. */
export const requestToken = async (client_id: string): Promise<string> =>
  (await read(granted, `token?${query({ client_id })}`, '')).auth_token

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
