import type { Latchkey } from './latchkey.ts'
import { everyRow, rowsOf } from './responses.ts'

/** A client with uploads, and a token with permission to read them. */
export async function clientWith(latchkey: Latchkey, ...tables: object[]) {
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const token = await latchkey.token(client_id)
  for (const table of tables) {
    const answer = await latchkey.upload(token, JSON.stringify(table))
    if (!answer.ok) throw new Error(`upload answered ${answer.status}: ${await answer.text()}`)
  }
  return { clientId: client_id, token }
}

/** A client with uploads, and functions that download its rows. */
export async function readerOf(latchkey: Latchkey, ...tables: object[]) {
  const { clientId: client_id, token } = await clientWith(latchkey, ...tables)
  const get = (query: string) => latchkey.call(`/download?${query}`, { headers: { authorization: `Bearer ${token}` } })
  const json = async (query: string) => rowsOf(await get(`format=json&${query}`))
  /** The rows of all pages. `between` runs after each page. */
  const all = (query: string, between?: () => Promise<void>) =>
    everyRow((path) => get(path.split('?')[1] ?? ''), `/download?${query}`, between)
  return { client_id, token, get, json, all }
}
