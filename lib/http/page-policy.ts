import type { Request } from './request.ts'

/** What the pages may load: what this service serves, and nothing written into the page itself. */
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

/** Whether a browser asks, which wants to show a page; what does not say is a program. */
export const prefersHtml = ({ headers }: Request): boolean => /\btext\/html\b/i.test(headers['accept'] ?? '')
