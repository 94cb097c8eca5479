import { Problem } from '../core/problem.ts'

/** What an auth token may do. */
export const SCOPES = [
  'upload',
  'download',
  'delete',
  'start',
  'session',
  'webhook',
  'events',
  'access-token',
  'impersonate',
  'introspect',
] as const
export type Scope = (typeof SCOPES)[number]

/** Scopes for confidential clients only: every holder of a public client's id, or of an attested app, can get its tokens. */
export const CONFIDENTIAL_ONLY: readonly string[] = ['webhook', 'events', 'impersonate', 'introspect']

/** The scopes of a client that the token of one participant may have. */
export const participantScopes = (scopes: readonly string[]): string[] =>
  scopes.filter((scope) => !CONFIDENTIAL_ONLY.includes(scope))

/**
 * Returns the requested scopes of a client or of its participant; without a request, all registered ones. Throws
 * `scope_invalid`.
 */
export function resolveScope(
  client: { scope: readonly string[] },
  participantId: string | undefined,
  requestedText: string | undefined,
): string[] {
  const allowed = participantId === undefined ? [...client.scope] : participantScopes(client.scope)
  const requested = requestedText === undefined ? allowed : parseScope(requestedText)
  if (requested.length > 0 && requested.every((name) => allowed.includes(name))) return requested
  throw scopeInvalid(participantId === undefined ? 'this client' : 'a participant of this client', allowed)
}

/** Splits scopes that are separated by spaces (RFC 6749 section 3.3). Extra spaces and repeated scopes are ignored. */
export const parseScope = (text: string): string[] => [...new Set(text.split(' ').filter((name) => name !== ''))]

export const scopeInvalid = (owner: string, allowed: readonly string[]) =>
  new Problem('scope_invalid', `scope must be one or more of the scopes of ${owner}: ${allowed.join(' ') || 'none'}.`)
