import '../parts/no-eval.ts'
import * as z from 'zod/mini'
import { ROOT } from '../parts/place.ts'

/** Who reads. The token stays in this page's memory: it is never stored, and part of no address. */
export interface DataAccess {
  token: string
  clientId: string
}

/** A request that was not answered as hoped, in words for people; status 0 when there was no answer. */
export class RequestError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const fault = z.object({ field: z.optional(z.string()), detail: z.string() })
const problem = z.object({ detail: z.string(), errors: z._default(z.array(fault), []) })
const answered = z.object({
  series: z.array(
    z.object({
      source: z.string(),
      columns: z.array(z.string()),
      first: z.optional(z.string()),
      last: z.optional(z.string()),
    }),
  ),
})

export type SeriesSummary = z.output<typeof answered>['series'][number]

/** How often a request is made before it is given up, and how long is waited in between. */
const ATTEMPTS = 3
const PAUSE_MS = 1_000

/** A GET with the token; what may be over soon is tried again. */
async function ask(path: string, { token }: DataAccess, signal: AbortSignal): Promise<Response> {
  const headers = new Headers(token === '' ? {} : { authorization: `Bearer ${token}` })
  for (let attempt = 1; ; attempt += 1) {
    const answer = await fetch(new URL(path, ROOT), { headers, signal, cache: 'no-store' }).catch(() => null)
    signal.throwIfAborted()
    if (answer?.ok) return answer
    const mayPass = answer === null || answer.status === 503
    if (!mayPass || attempt === ATTEMPTS) throw await refusal(answer)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
  }
}

async function refusal(answer: Response | null): Promise<RequestError> {
  if (!answer) return new RequestError(0, 'There was no answer: is the network there? Then try again.')
  const told = problem.safeParse(await answer.json().catch(() => null))
  if (!told.success) return new RequestError(answer.status, `The answer was ${answer.status}, without a reason.`)
  const { detail, errors } = told.data
  const more = errors.filter((each) => !detail.includes(each.detail))
  const places = more.map(({ field, detail }) => (field === undefined ? detail : `${field}: ${detail}`))
  return new RequestError(answer.status, [detail, ...places].join(' '))
}

const owner = ({ clientId }: DataAccess): Record<string, string> => (clientId === '' ? {} : { client_id: clientId })

/** The series that may be read; with `source` that one alone, and its first and last times. */
export async function fetchSeries(access: DataAccess, signal: AbortSignal, source?: string): Promise<SeriesSummary[]> {
  const parameters = new URLSearchParams({ ...owner(access), ...(source !== undefined && { source }) })
  const answer = await ask(`series?${parameters}`, access, signal)
  return answered.parse(await answer.json()).series
}

/** What is asked for, but for who asks. */
export type DataSelection = Readonly<Record<string, string>>

/** Where a selection is, in a format. */
export const downloadUrl = (selection: DataSelection, access: DataAccess, format: string): URL =>
  new URL(`download?${new URLSearchParams({ format, number: '10000', ...owner(access), ...selection })}`, ROOT)

/** The pages of a selection, one after the other. */
export async function* pages(selection: DataSelection, access: DataAccess, format: string, signal: AbortSignal) {
  let path: string | null = downloadUrl(selection, access, format).href
  while (path !== null) {
    const answer: Response = await ask(path, access, signal)
    yield await answer.text()
    path = next(answer)
  }
}

/** Its query is what counts: the server does not know what stands in front of its paths. */
function next(answer: Response): string | null {
  const link = /<([^>]+)>;\s*rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
  return link === undefined ? null : `download${new URL(link, ROOT).search}`
}
