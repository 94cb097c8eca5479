import { isIP } from 'node:net'
import { ConfigError } from '../config/config-error.ts'
import { getSettings } from '../config/settings.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import type { Request } from '../http/request.ts'

/** The header in which CloudFront sends TRUSTED_PROXY_SECRET. CloudFront replaces a value that the caller sends. */
const SECRET_HEADER = 'x-origin-verify'

/**
 * Returns the IP address of the caller. CloudFront sends it in a header. Anyone can send headers to the API's own
 * address, so Latchkey trusts this one only with the secret of the proxy. Throws `ConfigError` if no secret is set.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
 */
export async function clientAddress({ address, headers }: Request): Promise<string> {
  const { TRUSTED_PROXY } = await getSettings('TRUSTED_PROXY')
  if (TRUSTED_PROXY === undefined) return address
  const { TRUSTED_PROXY_SECRET } = await getSettings('TRUSTED_PROXY_SECRET')
  if (TRUSTED_PROXY_SECRET === undefined) throw new ConfigError(['TRUSTED_PROXY_SECRET is missing'])
  const sent = headers[SECRET_HEADER] ?? ''
  const isTrusted = TRUSTED_PROXY_SECRET.map((secret) => matchesDigest(sent, secretDigest(secret))).includes(true)
  return (isTrusted && viewerAddress(headers['cloudfront-viewer-address'])) || address
}

/** The address in `<address>:<port>`. CloudFront writes IPv6 addresses without brackets. */
function viewerAddress(header = ''): string | null {
  const [, bracketed, plain] = /^(?:\[(.+)\]|(.+)):\d{1,5}$/.exec(header.trim()) ?? []
  const address = bracketed ?? plain ?? ''
  return isIP(address) === 0 ? null : address
}
