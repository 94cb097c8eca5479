/** What an auth token may do. */
export const SCOPES = [
  'upload',
  'download',
  'delete',
  'start',
  'session',
  'webhook',
  'access-token',
  'impersonate',
  'introspect',
] as const
export type Scope = (typeof SCOPES)[number]

/** Scopes that public clients cannot have: every holder of a public client's id can get its tokens. */
export const CONFIDENTIAL_ONLY: readonly string[] = ['webhook', 'impersonate', 'introspect']

/** The scopes of a client that the token of one participant may have. */
export const participantScopes = (scopes: readonly string[]): string[] =>
  scopes.filter((scope) => !CONFIDENTIAL_ONLY.includes(scope))
