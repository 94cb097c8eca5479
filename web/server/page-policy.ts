/** Content Security Policy of the pages: they load files of this service only, and no inline scripts or styles. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** The policy of a page that pages of some origins may show in a frame. */
export const policyFor = (origins: readonly string[]): string =>
  origins.length === 0
    ? PAGE_POLICY
    : PAGE_POLICY.replace("frame-ancestors 'none'", `frame-ancestors ${origins.join(' ')}`)
