/** What an auth token may do. */
export const SCOPES = ['upload', 'download', 'start', 'session', 'webhook', 'access-token', 'impersonate'] as const
export type Scope = (typeof SCOPES)[number]

/** Anybody who knows its id gets a public client's tokens, so these would be open to the world. */
export const CONFIDENTIAL_ONLY: readonly string[] = ['webhook', 'impersonate']

/** Of a client's scopes, those that the token of one person may have: what a server may do for everybody, it may not. */
export const participantScopes = (scopes: readonly string[]): string[] =>
  scopes.filter((scope) => !CONFIDENTIAL_ONLY.includes(scope))
