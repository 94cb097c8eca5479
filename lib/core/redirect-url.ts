/** Whether a scheme, with its colon, is an app's own: a domain name in reverse order (RFC 8252 section 7.1). */
export const isAppScheme = (protocol: string): boolean => /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(protocol)

/**
 * Whether Latchkey may redirect a person to a URL. It is http(s) without a user name, or has the private scheme of an
 * app (RFC 8252 section 7.1). Browsers would run `javascript:` URLs.
 */
export function isRedirectUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.href.length > 2_048 || !text.isWellFormed() || /[\s\p{Cc}]/u.test(text)) return false
  if (isAppScheme(url.protocol)) return true
  return /^https?:\/\/[^/\\]/i.test(text) && url.username === '' && url.password === ''
}
