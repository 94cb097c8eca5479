import { Problem } from '../core/problem.ts'
import { type ClientRecord, findClient } from './store.ts'

/** Returns a client. Throws `client_unknown` if it does not exist or is disabled. */
export async function findActiveClient(clientId: string): Promise<ClientRecord> {
  const client = await findClient(clientId)
  if (client?.status !== 'active') throw clientUnknown()
  return client
}

export const clientUnknown = () =>
  new Problem('client_unknown', 'The client does not exist or is disabled. Register it at /register.')
