import type { ClientRecord } from '../clients/store.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest } from '../crypto/secrets.ts'
import { authorizationCredentials, type Request } from '../http/request.ts'
import { recordFailedLogin } from './auth-throttle.ts'

/** How a client says who it is. */
export interface ClientCredentials {
  id: string
  secret: string
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="latchkey"' }

/**
 * The id and secret in `Authorization: Basic`, each form-encoded and the pair split at the first colon before anything
 * is decoded (RFC 6749 section 2.3.1); null when there is none.
 */
export function basicCredentials(request: Request): ClientCredentials | null {
  const basic = authorizationCredentials(request, 'Basic')
  if (basic === undefined) return null
  // Node reads base64 up to the first character that is none, and two headers come joined by a comma.
  const pair = /^[A-Za-z0-9+/]+={0,2}$/.test(basic) ? Buffer.from(basic, 'base64').toString() : ''
  const colon = pair.indexOf(':')
  if (colon < 0) return { id: '', secret: '' }
  return { id: formDecoded(pair.slice(0, colon)), secret: formDecoded(pair.slice(colon + 1)) }
}

/** Makes sure that a confidential client itself asks: one of its secrets that are alive. Failures are throttled. */
export async function authenticateClient(
  request: Request,
  client: ClientRecord | null,
  given: ClientCredentials | null,
) {
  if (given === null) throw secretMissing()
  const now = new Date(request.receivedAt).toISOString()
  const live = (client?.secrets ?? []).filter(({ expires_at }) => expires_at === undefined || expires_at > now)
  const matches = live.map(({ digest }) => matchesDigest(given.secret, digest))
  if (client?.status === 'active' && given.id === client.client_id && matches.includes(true)) return
  await recordFailedLogin(request, given.id)
  throw wrongSecret()
}

export const secretMissing = () =>
  new Problem('credentials_missing', 'This client is confidential: send its id and secret as Authorization: Basic.', {
    headers: CHALLENGE,
  })
export const wrongSecret = () =>
  new Problem('credentials_invalid', 'Client id and secret do not belong together.', { headers: CHALLENGE })

/** An application/x-www-form-urlencoded text; one that is none is no credential of anybody. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}
