import { CommandError } from './error-message.ts'

export const unknownClient = (): CommandError =>
  new CommandError('There is no such client: clients list shows all of them.')

/** Throws if no client has this id. The shared client needs no registration. Call `useTables` first. */
export async function requireClient(id: string): Promise<void> {
  const { SHARED_CLIENT } = await import('../../lib/core/caller.ts')
  const { findClient } = await import('../../lib/clients/store.ts')
  if (id !== SHARED_CLIENT && !(await findClient(id))) throw unknownClient()
}

/** The client to which the rows of a file belong. `isNew` says whether it was registered just now. */
export interface FileClient {
  clientId: string
  isNew: boolean
}

/** No user is sent there: the command reads the token from the response. Names under .invalid never resolve (RFC 2606). */
const CALLBACK_URL = 'https://latchkey.invalid/'

/**
 * Returns the client of this name, or registers it. The tables must be set (see `useTables`). Throws when the client is
 * disabled. Its only scope is `upload`, because its id is not a secret.
 */
export async function findOrRegisterClient(name: string): Promise<FileClient> {
  const { listClients } = await import('../../lib/clients/store-admin.ts')
  const client = (await listClients()).findLast((candidate) => candidate.name === name && candidate.kind === 'public')
  if (client?.status === 'disabled') {
    throw new CommandError(`Client ${client.client_id} of this file is disabled: clients enable ${client.client_id}.`)
  }
  if (client) return { clientId: client.client_id, isNew: false }
  const { registerClient, registration } = await import('../../lib/clients/registration.ts')
  const { parseOrThrow } = await import('../../lib/http/input.ts')
  const { client_id } = await registerClient(
    parseOrThrow(registration, { callback_url: CALLBACK_URL, name, scope: 'upload' }),
    Date.now(),
  )
  return { clientId: client_id, isNew: true }
}
