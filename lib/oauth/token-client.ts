import { type AppProof, attestedClientId, authenticateApp } from '../attestation/authenticate-app.ts'
import type { ClientRecord } from '../clients/store.ts'
import type { Request } from '../http/request.ts'
import { type FormCredentials, identifyClient, publicClient } from './client-authentication.ts'

/** A client that gets a token, and the proof of its app, which the caller must use up before its first other write. */
interface TokenClient {
  client: ClientRecord
  appProof: AppProof | null
}

/** Returns the client of the client credentials grant: a confidential one, or the one of an attested app. */
export async function authenticateForToken(request: Request, form: FormCredentials): Promise<TokenClient> {
  const found = await identifyForToken(request, form)
  if (found.client.kind === 'public') throw publicClient()
  return found
}

/** Returns the client that redeems a code. A public one needs only its id, the app of an attested one its attestation. */
export async function identifyForToken(request: Request, form: FormCredentials): Promise<TokenClient> {
  const client = await identifyClient(request, withClientId(request, form))
  return { client, appProof: client.kind === 'attested' ? await authenticateApp(request, client) : null }
}

/** An app may omit `client_id`, because its client attestation contains it. */
function withClientId(request: Request, form: FormCredentials): FormCredentials {
  const isNamed = form.client_id !== undefined || request.headers['authorization'] !== undefined
  return isNamed ? form : { ...form, client_id: attestedClientId(request) }
}
