import * as z from 'zod/mini'
import { readJson, send } from './requests.ts'

/** The registered clients, which the admin token may list. */

const clientList = z.object({
  clients: z.array(
    z.object({
      client_id: z.string(),
      name: z.optional(z.string()),
      kind: z.string(),
      scope: z.array(z.string()),
      dpop_bound: z.boolean(),
      status: z.string(),
      created_at: z.string(),
    }),
  ),
})
export type Client = z.output<typeof clientList>['clients'][number]

/** Clients of one page of the list. */
const PAGE = 1_000

/** An auth token is a JWT, which has dots. */
export const isAdminToken = (token: string): boolean => token !== '' && !token.includes('.')

export const nameOf = ({ name, client_id }: Client): string => name ?? client_id

/** Clients in the order of their names, and whether there are others. */
export interface ClientList {
  clients: Client[]
  hasMore: boolean
}

export async function fetchClients(token: string, signal: AbortSignal | null = null): Promise<ClientList> {
  const response = await send(`clients?number=${PAGE}`, token, { signal })
  const { clients } = await readJson(clientList, response)
  return {
    clients: clients.toSorted(
      (one, other) => nameOf(one).localeCompare(nameOf(other)) || one.client_id.localeCompare(other.client_id),
    ),
    hasMore: response.headers.has('link'),
  }
}
