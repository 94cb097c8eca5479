import { ROOT } from '../parts/place.ts'
import { RequestError, send } from '../parts/requests.ts'
import { type SeriesSummary, seriesList } from '../parts/series.ts'

/** Credentials. The token is never put into a URL. */
export interface DataAccess {
  token: string
  clientId: string
}

export type SeriesName = Pick<SeriesSummary, 'source' | 'participant_id'>

/** Attempts of a request, and the pause after the first; it grows with each attempt. */
const ATTEMPTS = 3
const PAUSE_MS = 1_000

/** Sends a GET with the token; retries after network errors and 503. Throws a RequestError. */
async function get(path: string, { token }: DataAccess, signal: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send(path, token, { signal })
    } catch (error) {
      const isTemporary = error instanceof RequestError && (error.status === 0 || error.status === 503)
      if (!isTemporary || attempt === ATTEMPTS) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
  }
}

const owner = ({ clientId }: DataAccess): Record<string, string> => (clientId === '' ? {} : { client_id: clientId })

/** The parameters that select a series. */
export const seriesParameters = ({ source, participant_id }: SeriesName): Record<string, string> => ({
  source,
  ...(participant_id !== undefined && { participant_id }),
})

/** Name of a series for people. Rows without a box have their participant as the source. */
export function seriesLabel({ source, participant_id }: SeriesName): string {
  if (participant_id === undefined) return source
  return participant_id === source ? `${source} (participant)` : `${source} of ${participant_id}`
}

export const isSameSeries = (one: SeriesName, other: SeriesName): boolean =>
  one.source === other.source && one.participant_id === other.participant_id

/** The readable series; with `series`, only that one with its first and last times. */
export async function fetchSeries(
  access: DataAccess,
  signal: AbortSignal,
  series?: SeriesName,
): Promise<SeriesSummary[]> {
  const parameters = new URLSearchParams({ ...owner(access), ...(series && seriesParameters(series)) })
  const response = await get(`series?${parameters}`, access, signal)
  return seriesList.parse(await response.json()).series
}

/** Parameters of /download, without credentials. */
export type DataSelection = Readonly<Record<string, string>>

/** URL of a selection in a format. */
export const downloadUrl = (selection: DataSelection, access: DataAccess, format: string): URL =>
  new URL(`download?${new URLSearchParams({ format, number: '10000', ...owner(access), ...selection })}`, ROOT)

/** The pages of a selection, one after the other. */
export async function* pages(selection: DataSelection, access: DataAccess, format: string, signal: AbortSignal) {
  let path: string | null = downloadUrl(selection, access, format).href
  while (path !== null) {
    const response: Response = await get(path, access, signal)
    yield await response.text()
    path = nextPath(response)
  }
}

/** The next page. Only the query of the link is used: a custom domain may add a prefix to the path. */
function nextPath(response: Response): string | null {
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1]
  return link === undefined ? null : `download${new URL(link, ROOT).search}`
}
