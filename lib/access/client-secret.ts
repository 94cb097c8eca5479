import type { ClientRecord } from '../clients/store.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest } from '../crypto/secrets.ts'
import { authorizationCredentials, type Request } from '../http/request.ts'
import { recordFailedLogin } from './auth-throttle.ts'

export interface ClientCredentials {
  id: string
  secret: string
}

export const CHALLENGE = { 'www-authenticate': 'Basic realm="latchkey"' }

/**
 * Returns the id and secret in `Authorization: Basic`, or null without that header. The pair is split at the first
 * colon; then each part is form-decoded (RFC 6749 section 2.3.1).
 */
export function parseBasicCredentials(request: Request): ClientCredentials | null {
  const pair = decodeBasic(request)
  if (pair === null) return null
  const { id, secret } = splitCredentials(pair)
  return { id: decodeFormText(id), secret: decodeFormText(secret) }
}

/** Returns the text in `Authorization: Basic`, empty if it is not base64, or null without that header. */
export function decodeBasic(request: Request): string | null {
  const basic = authorizationCredentials(request, 'Basic')
  if (basic === undefined) return null
  // Node decodes base64 only up to the first invalid character. API Gateway joins two headers with a comma.
  return /^[A-Za-z0-9+/]+={0,2}$/.test(basic) ? Buffer.from(basic, 'base64').toString() : ''
}

/** Splits `id:secret` at the first colon. Both are empty without one. */
export function splitCredentials(pair: string): ClientCredentials {
  const colon = pair.indexOf(':')
  return colon < 0 ? { id: '', secret: '' } : { id: pair.slice(0, colon), secret: pair.slice(colon + 1) }
}

/**
 * Checks that the credentials are an unexpired secret of this confidential client. Throws `credentials_missing`,
 * `credentials_invalid`, or `too_many_attempts` after repeated failures.
 */
export async function authenticateClient(
  request: Request,
  client: ClientRecord | null,
  credentials: ClientCredentials | null,
) {
  if (credentials === null) throw secretMissing()
  const now = new Date(request.receivedAt).toISOString()
  const validSecrets = (client?.secrets ?? []).filter(({ expires_at }) => expires_at === undefined || expires_at > now)
  const matches = validSecrets.map(({ digest }) => matchesDigest(credentials.secret, digest))
  if (client?.status === 'active' && credentials.id === client.client_id && matches.includes(true)) return
  await recordFailedLogin(request, credentials.id, 'secret')
  throw wrongSecret()
}

export const secretMissing = () =>
  new Problem('credentials_missing', 'A confidential client must send its id and secret as Authorization: Basic.', {
    headers: CHALLENGE,
  })
export const wrongSecret = () =>
  new Problem('credentials_invalid', 'The client id or secret is wrong.', { headers: CHALLENGE })

/** Decodes application/x-www-form-urlencoded text. Returns an empty text, which matches no client, if it is invalid. */
function decodeFormText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}
