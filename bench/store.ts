import { sensorTable } from './data.ts'
import { answerOf, eventOf, type Handler } from './harness.ts'

export const BEGIN = 1_600_000_000
/** Whole blocks, so that it is known where each ends. */
const ROWS_OF_AN_UPLOAD = 30 * 1_440

/** Stores sensor readings, one a minute from `from` on, in one series. */
export async function storeRows(upload: Handler, authorization: string, source: string, from: number, rows: number) {
  for (let at = from; at < from + rows; at += ROWS_OF_AN_UPLOAD) {
    const table = sensorTable(Math.min(ROWS_OF_AN_UPLOAD, from + rows - at), BEGIN + at * 60)
    const box = (table['time'] ?? []).map(() => source)
    const headers = { authorization, 'content-type': 'application/json' }
    await answerOf(upload, { method: 'POST', path: '/upload', headers, body: JSON.stringify({ ...table, box }) })
  }
}

/** The pages of a download, one after the other, as an admin reads them. */
export async function* pagesOf(download: Handler, adminToken: string, parameters: Record<string, string | number>) {
  const headers = { authorization: `Bearer ${adminToken}` }
  const texts = Object.entries(parameters).map(([name, value]) => [name, String(value)])
  let query = new URLSearchParams(Object.fromEntries(texts)).toString()
  while (query !== '') {
    const event = eventOf({ method: 'GET', path: '/download', query, headers })
    const answer = await download(event, { getRemainingTimeInMillis: () => 29_000 })
    if (answer.statusCode !== 200) throw new Error(`/download answered ${answer.statusCode}: ${answer.body}`)
    yield answer.body ?? ''
    query = /\?([^>]+)>/.exec(String(answer.headers?.['link'] ?? ''))?.[1] ?? ''
  }
}
