import * as z from 'zod'

/** What an auth token may do. */
export const SCOPES = ['upload', 'download', 'start', 'session', 'webhook', 'access-token', 'impersonate'] as const
export type Scope = (typeof SCOPES)[number]

/** Anybody who knows its id gets a public client's tokens, so these would be open to the world. */
export const CONFIDENTIAL_ONLY: readonly string[] = ['webhook', 'impersonate']

/** Of a client's scopes, those that the token of one person may have: what a server may do for everybody, it may not. */
export const scopesOfPerson = (scopes: readonly string[]): string[] =>
  scopes.filter((scope) => !CONFIDENTIAL_ONLY.includes(scope))

/** Scopes as OAuth writes them: names separated by blanks (RFC 6749 section 3.3). */
export const scopeText = z
  .string()
  .transform((text) => [...new Set(text.split(' ').filter((name) => name !== ''))])
  .pipe(
    z
      .array(z.enum(SCOPES, `must be names out of ${SCOPES.join(', ')}, separated by blanks`))
      .min(1, 'must not be empty'),
  )
