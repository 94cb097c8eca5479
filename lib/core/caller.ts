import { Problem } from './problem.ts'

/** Owner of data that does not belong to a registered client. */
export const SHARED_CLIENT = 'default'

/** The operator, with the admin token. Its own data is that of the shared client. */
export interface AdminCaller {
  kind: 'admin'
  clientId: string
}

/** A registered client, with an auth token. */
export interface ClientCaller {
  kind: 'client'
  /** Owner of the data that the caller may read and write. */
  clientId: string
  /** `jti` of the auth token. */
  tokenId: string
  scope: readonly string[]
  participantId?: string
  /** True if a confidential client named the participant. A public client can name any participant. */
  participantTrusted: boolean
}

/** A device, with a salted checksum. */
export interface SaltCaller {
  kind: 'salt'
  clientId: string
  /** Algorithms of the checksums in the request; all of them matched. */
  matchedChecksums: readonly string[]
}

/** A provider that delivers an event. */
export interface WebhookCaller {
  kind: 'webhook'
}

/** A Help Lightning user, with the user token that `/auth` returned. */
export interface UserCaller {
  kind: 'user'
  userId: string
  userToken: string
}

/** A caller without valid credentials, at an endpoint that needs none. */
export interface AnonymousCaller {
  kind: 'anonymous'
  clientId: string
  /** Algorithms of salted checksums that did not match. */
  failedChecksums: readonly string[]
}

/** The authenticated caller. */
export type Caller = AdminCaller | ClientCaller | SaltCaller | WebhookCaller | UserCaller | AnonymousCaller

/** The participant of the auth token, if a confidential client named it. */
export const trustedParticipant = (caller: Caller): string | undefined =>
  caller.kind === 'client' && caller.participantTrusted ? caller.participantId : undefined

/** Returns the client whose data the caller reads. Only the admin may name another one; others get `not_allowed`. */
export function resolveClientId(
  { kind, clientId }: Caller & { clientId: string },
  requestedId: string | undefined,
): string {
  if (requestedId !== undefined && requestedId !== clientId && kind !== 'admin') throw otherClient()
  return requestedId ?? clientId
}

export const otherClient = () =>
  new Problem('not_allowed', 'client_id must be your own: only the admin may read the data of another client.')
