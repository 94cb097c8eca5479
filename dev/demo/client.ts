import * as z from 'zod'
import { requestJson } from '../../cli/support/http-client.ts'

/** Name of the client that owns the data of the demo. */
const NAME = 'Demo'
const SCOPE = ['upload', 'download', 'start', 'session']

const listed = z.object({
  clients: z.array(
    z.object({ client_id: z.string(), name: z.string().optional(), status: z.string(), scope: z.array(z.string()) }),
  ),
})
const registered = z.object({ client_id: z.string() })
const granted = z.object({ auth_token: z.string() })

/** Clients per request. */
const PAGE = 1_000

/** Returns the id of the demo's client, which it registers unless it exists. Throws a `CommandError`. */
export async function findOrRegister(url: string, adminToken: string): Promise<string> {
  const authorization = `Bearer ${adminToken}`
  let cursor: string | undefined
  do {
    const page = new URL(`/clients?number=${PAGE}`, url)
    if (cursor !== undefined) page.searchParams.set('cursor', cursor)
    const { clients } = await requestJson(page, listed, { headers: { authorization } })
    const own = clients.find(
      ({ name, status, scope }) => name === NAME && status === 'active' && SCOPE.every((each) => scope.includes(each)),
    )
    if (own) return own.client_id
    cursor = clients.length === PAGE ? clients.at(-1)?.client_id : undefined
  } while (cursor !== undefined)
  const body = JSON.stringify({ name: NAME, callback_url: 'http://localhost/', scope: SCOPE.join(' ') })
  const headers = { authorization, 'content-type': 'application/json' }
  return (await requestJson(new URL('/register', url), registered, { method: 'POST', headers, body })).client_id
}

/** Returns an auth token of the client, or of one of its participants. */
export async function requestToken(url: string, client_id: string, participant_id?: string): Promise<string> {
  const query = new URLSearchParams({ client_id, ...(participant_id !== undefined && { participant_id }) })
  const headers = { accept: 'application/json' }
  return (await requestJson(new URL(`/token?${query}`, url), granted, { headers })).auth_token
}
