import { sensorTable } from './data.ts'
import { callHandler, type Handler, toEvent } from './harness.ts'

export const START_TIME = 1_600_000_000
/** Whole blocks, so that the end of each is known. */
const ROWS_PER_UPLOAD = 30 * 1_440

/** Stores sensor readings, one a minute from `from` on, in one series. */
export async function storeRows(upload: Handler, authorization: string, source: string, from: number, rows: number) {
  for (let at = from; at < from + rows; at += ROWS_PER_UPLOAD) {
    const table = sensorTable(Math.min(ROWS_PER_UPLOAD, from + rows - at), START_TIME + at * 60)
    const box = (table['time'] ?? []).map(() => source)
    const headers = { authorization, 'content-type': 'application/json' }
    await callHandler(upload, { method: 'POST', path: '/upload', headers, body: JSON.stringify({ ...table, box }) })
  }
}

/** Yields the pages of a download by an admin. */
export async function* downloadPages(
  download: Handler,
  adminToken: string,
  parameters: Record<string, string | number>,
) {
  const headers = { authorization: `Bearer ${adminToken}` }
  const texts = Object.entries(parameters).map(([name, value]) => [name, String(value)])
  let query = new URLSearchParams(Object.fromEntries(texts)).toString()
  while (query !== '') {
    const event = toEvent({ method: 'GET', path: '/download', query, headers })
    const response = await download(event, { getRemainingTimeInMillis: () => 29_000 })
    if (response.statusCode !== 200) throw new Error(`/download returned ${response.statusCode}: ${response.body}`)
    yield response.body ?? ''
    query = /\?([^>]+)>/.exec(String(response.headers?.['link'] ?? ''))?.[1] ?? ''
  }
}
