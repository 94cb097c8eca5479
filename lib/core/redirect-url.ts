/**
 * Whether a person may be sent to an address: http(s) without user name, or an app's own scheme, which has a dot in its
 * name (RFC 8252 section 7.1). Nothing that a browser would run.
 */
export function isRedirectUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.href.length > 2_048 || !text.isWellFormed() || /[\s\p{Cc}]/u.test(text)) return false
  if (/^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol)) return true
  return /^https?:\/\/[^/\\]/i.test(text) && url.username === '' && url.password === ''
}
