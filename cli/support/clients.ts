import { CommandError } from './error-message.ts'
import { listed } from './text.ts'

/** What the help says about the argument that `resolveClientId` reads. */
export const CLIENT_ARGUMENT = 'its client_id or its name'

const CLIENT_ID = /^[0-9a-f]{32}$/

export const unknownClient = (): CommandError =>
  new CommandError('There is no such client: clients list shows all of them.')

/**
 * The id of a client by its client_id or its name. An id is returned as it is, because data can outlive its client. Throws
 * if no client has the name, or more than one. Call `useTables` first.
 */
export async function resolveClientId(idOrName: string): Promise<string> {
  const { SHARED_CLIENT } = await import('../../lib/core/caller.ts')
  if (idOrName === SHARED_CLIENT || CLIENT_ID.test(idOrName)) return idOrName
  const { listClients } = await import('../../lib/clients/store-admin.ts')
  const clients = (await listClients()).filter(({ name }) => name === idOrName)
  const [client, other] = clients
  if (!client) throw unknownClient()
  if (!other) return client.client_id
  const candidates = clients.map(({ client_id, kind, created_at }) => `${client_id} (${kind}, ${created_at})`)
  throw new CommandError(`${clients.length} clients have this name. Use the id of one: ${listed(candidates)}.`)
}

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

/** For clients whose tokens the command line reads: no user is sent there. Names under .invalid never resolve (RFC 2606). */
export const NO_CALLBACK_URL = 'https://latchkey.invalid/'

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
    parseOrThrow(registration, { callback_url: NO_CALLBACK_URL, name, scope: 'upload' }),
    Date.now(),
  )
  return { clientId: client_id, isNew: true }
}
