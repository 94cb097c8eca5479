import { matchesDigest } from '../hashing/secrets.ts'
import { credentials, type Request } from '../http/request.ts'
import { Problem } from '../problem.ts'
import type { ClientRecord } from '../store/clients.ts'

/**
 * Makes sure that a confidential client itself asks: `Authorization: Basic` with its id and secret, each form-encoded
 * and the pair split at the first colon (RFC 6749 section 2.3.1).
 */
export function proveClient(request: Request, client: ClientRecord): void {
  const basic = credentials(request, 'Basic')
  if (basic === undefined) {
    throw new Problem(
      'credentials_missing',
      'This client is confidential: send its id and secret as Authorization: Basic.',
      {
        headers: { 'www-authenticate': 'Basic realm="latchkey"' },
      },
    )
  }
  const pair = Buffer.from(basic, 'base64').toString()
  const colon = pair.indexOf(':')
  const [id, secret] = [formDecoded(pair.slice(0, Math.max(colon, 0))), formDecoded(pair.slice(colon + 1))]
  const matches = client.secrets.map(({ digest }) => matchesDigest(secret, digest))
  if (colon < 0 || id !== client.client_id || !matches.includes(true)) {
    throw new Problem('credentials_invalid', 'Client id and secret do not belong together.', {
      headers: { 'www-authenticate': 'Basic realm="latchkey"' },
    })
  }
}

/** An application/x-www-form-urlencoded text; one that is none is no credential of anybody. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}
