import * as z from 'zod/mini'
import { rejectIfThrottled } from '../access/auth-throttle.ts'
import { authenticateClient, basicCredentials, type ClientCredentials } from '../access/client-secret.ts'
import { type ClientRecord, findClient } from '../clients/store.ts'
import { Problem } from '../core/problem.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'

/** What a client may say about itself in a form. */
export const clientParameters = {
  client_id: z.optional(z.string().check(z.maxLength(64, 'is longer than any client id'))),
  client_secret: z.optional(z.string().check(z.maxLength(256, 'is longer than any client secret'))),
}

interface InForm {
  client_id?: string | undefined
  client_secret?: string | undefined
}

/**
 * The client that asks, which has proved it by its secret: in `Authorization: Basic` or in the form, not in both
 * (RFC 6749 section 2.3). A public client has nothing to prove itself by.
 */
export async function requireAuthenticatedClient(request: Request, form: InForm): Promise<ClientRecord> {
  await rejectIfThrottled(request)
  const given = credentialsOf(request, form)
  const client = given && (await findClient(given.id))
  if (given?.secret === '' && client?.kind === 'public') throw publicClient()
  await authenticateClient(request, client, given)
  if (!client) throw new Error('a client that is not there has proved itself')
  return client
}

export const publicClient = () =>
  new Problem('client_unauthorized', 'A public client has no secret: it gets its tokens from GET /token.')

/** As `requireAuthenticatedClient`; a public client need only say who it is (RFC 7009 section 2.1). */
export async function identifyClient(request: Request, form: InForm): Promise<ClientRecord> {
  const given = credentialsOf(request, form)
  const client = given?.secret === '' ? await findClient(given.id) : null
  return client?.kind === 'public' && client.status === 'active' ? client : requireAuthenticatedClient(request, form)
}

function credentialsOf(request: Request, { client_id, client_secret = '' }: InForm): ClientCredentials | null {
  const basic = basicCredentials(request)
  if (basic === null) return client_id === undefined ? null : { id: client_id, secret: client_secret }
  if (client_secret !== '')
    throw invalidParameter([{ field: 'client_secret', detail: 'is in the form and in Authorization' }])
  if (client_id !== undefined && client_id !== basic.id) {
    throw invalidParameter([{ field: 'client_id', detail: 'is another one than in Authorization' }])
  }
  return basic
}
