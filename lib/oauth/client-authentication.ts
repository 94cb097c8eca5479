import * as z from 'zod/mini'
import { rejectIfThrottled } from '../access/auth-throttle.ts'
import {
  authenticateClient,
  CHALLENGE,
  type ClientCredentials,
  parseBasicCredentials,
  wrongSecret,
} from '../access/client-secret.ts'
import { type ClientRecord, findClient } from '../clients/store.ts'
import { Problem } from '../core/problem.ts'
import { invalidParameter } from '../http/input.ts'
import type { Request } from '../http/request.ts'

/** Credentials of a client in a form. */
export const clientParameters = {
  client_id: z.optional(z.string().check(z.maxLength(64, 'must have at most 64 characters'))),
  client_secret: z.optional(z.string().check(z.maxLength(256, 'must have at most 256 characters'))),
}

export interface FormCredentials {
  client_id?: string | undefined
  client_secret?: string | undefined
}

/**
 * Returns the confidential client that the secret in `Authorization: Basic` or in the form authenticates, not in both
 * (RFC 6749 section 2.3). Throws `client_unauthorized` for other clients.
 */
export async function requireAuthenticatedClient(request: Request, form: FormCredentials): Promise<ClientRecord> {
  await rejectIfThrottled(request, 'secret')
  const credentials = parseCredentials(request, form)
  if (!credentials) throw clientMissing()
  const client = await findClient(credentials.id)
  if (credentials.secret === '' && client?.kind === 'public') throw publicClient()
  if (credentials.secret === '' && client?.kind === 'attested')
    throw client.status === 'active' ? publicClient() : wrongSecret()
  await authenticateClient(request, client, credentials)
  if (!client) throw new Error('An unknown client passed authentication.')
  return client
}

export const clientMissing = () =>
  new Problem(
    'credentials_missing',
    'client_id is missing: send it in the form, or send id and secret as Authorization: Basic.',
    { headers: CHALLENGE },
  )
export const publicClient = () =>
  new Problem('client_unauthorized', 'A public client has no secret. Get its tokens from GET /token.')

/**
 * As `requireAuthenticatedClient`; a public or attested client needs only its `client_id` (RFC 7009 section 2.1). The caller
 * checks the client attestation, if it is needed. Wrong secrets of others at the address do not matter to these clients.
 */
export async function identifyClient(request: Request, form: FormCredentials): Promise<ClientRecord> {
  const credentials = parseCredentials(request, form)
  const client = credentials?.secret === '' ? await findClient(credentials.id) : null
  const isIdentified = client !== null && client.kind !== 'confidential' && client.status === 'active'
  return isIdentified ? client : requireAuthenticatedClient(request, form)
}

function parseCredentials(
  request: Request,
  { client_id, client_secret = '' }: FormCredentials,
): ClientCredentials | null {
  const basic = parseBasicCredentials(request)
  if (basic === null) return client_id === undefined ? null : { id: client_id, secret: client_secret }
  if (client_secret !== '')
    throw invalidParameter([
      { field: 'client_secret', detail: 'must be in the form or the Authorization header, not both' },
    ])
  if (client_id !== undefined && client_id !== basic.id) {
    throw invalidParameter([{ field: 'client_id', detail: 'does not match the Authorization header' }])
  }
  return basic
}
