import { Problem } from './problem.ts'

/** Owner of data that does not belong to a registered client. */
export const SHARED_CLIENT = 'default'

/** Upload options that are registered with a client, as texts. Absent without any. */
type UploadTexts = Readonly<Record<string, string>>

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
  upload?: UploadTexts
}

/** A device, with a salted checksum. */
export interface SaltCaller {
  kind: 'salt'
  clientId: string
  /** Algorithms of the checksums in the request; all of them matched. */
  matchedChecksums: readonly string[]
  upload?: UploadTexts
}

/** What a share token shows: series of a client or of one participant, and only some of their columns if it names any. */
export interface SharedView {
  /** The participant that owns the series; absent if the client itself owns them. */
  participant?: string | undefined
  sources: readonly string[]
  columns?: readonly string[] | undefined
}

/** A reader with a share token. */
export interface ShareCaller {
  kind: 'share'
  clientId: string
  view: SharedView
}

/** A provider that delivers an event. */
export interface WebhookCaller {
  kind: 'webhook'
  /** The scheme of webhooks.yml that proved it. */
  verifiedBy: string
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
  /** Algorithms of salted checksums that matched a salt, while others of the request did not. */
  matchedChecksums: readonly string[]
  /** Algorithms of salted checksums that matched no salt. */
  failedChecksums: readonly string[]
}

/** The authenticated caller. */
export type Caller =
  | AdminCaller
  | ClientCaller
  | SaltCaller
  | ShareCaller
  | WebhookCaller
  | UserCaller
  | AnonymousCaller

/** Owner of data: a client, or one of its participants. */
export interface DataOwner {
  clientId: string
  participant?: string | undefined
}

/** The owner of what the caller sends or reads: the participant of the auth token or of the share, else the client. */
export function ownerOf(caller: Caller & { clientId: string }): DataOwner {
  const { kind, clientId } = caller
  const participant = kind === 'client' ? caller.participantId : kind === 'share' ? caller.view.participant : undefined
  return { clientId, ...(participant !== undefined && { participant }) }
}

/** The participant of the auth token, if a confidential client named it. */
export const trustedParticipant = (caller: Caller): string | undefined =>
  caller.kind === 'client' && caller.participantTrusted ? caller.participantId : undefined

/**
 * Returns the owner of the data that the caller reads. Only the admin may name another client, and the auth token of a
 * participant reads the data of that participant only. A share token never reaches another owner. Throws `not_allowed`.
 */
export function resolveOwner(
  caller: Caller & { clientId: string },
  { client_id, participant_id }: { client_id?: string | undefined; participant_id?: string | undefined },
): DataOwner {
  const { clientId, participant } = ownerOf(caller)
  // Also the right one: the response must not confirm a guess, because the reader of a share does not see this id.
  if (caller.kind === 'share' && participant_id !== undefined) throw outsideShare('participant_id')
  if (client_id !== undefined && client_id !== clientId && caller.kind !== 'admin') throw otherClient()
  if (participant !== undefined && participant_id !== undefined && participant_id !== participant)
    throw otherParticipant()
  return { clientId: client_id ?? clientId, participant: participant ?? participant_id }
}

export const otherClient = () =>
  new Problem('not_allowed', 'client_id must be your own: only the admin may read the data of another client.')

export const otherParticipant = () =>
  new Problem('not_allowed', 'The auth token belongs to a different participant. Omit participant_id.')

export const outsideShare = (field: string) =>
  new Problem('not_allowed', `The share token does not show what ${field} names. Omit it, or ask for another link.`)
