import { attestedClientId, authenticateApp } from '../attestation/authenticate-app.ts'
import type { ClientRecord } from '../clients/store.ts'
import type { Request } from '../http/request.ts'
import { authenticate, type FormCredentials, identifyClient } from './client-authentication.ts'

/** Returns the client of the client credentials grant: a confidential one, or the one of an attested app. */
export const authenticateForToken = (request: Request, form: FormCredentials): Promise<ClientRecord> =>
  authenticate(request, withClientId(request, form), (client) => authenticateApp(request, client))

/** Returns the client that redeems a code. A public one needs only its id, the app of an attested one its attestation. */
export async function identifyForToken(request: Request, form: FormCredentials): Promise<ClientRecord> {
  const client = await identifyClient(request, withClientId(request, form))
  if (client.kind === 'attested') await authenticateApp(request, client)
  return client
}

/** An app may omit `client_id`, because its client attestation contains it. */
function withClientId(request: Request, form: FormCredentials): FormCredentials {
  const isNamed = form.client_id !== undefined || request.headers['authorization'] !== undefined
  return isNamed ? form : { ...form, client_id: attestedClientId(request) }
}
