import { Problem } from '../core/problem.ts'
import type { Request } from '../http/request.ts'

/** The client to whom uploads belong that no client of its own stands behind. */
export const SHARED_CLIENT = 'default'

/** Who calls, once believed. */
export interface Caller {
  kind: 'admin' | 'client' | 'salt' | 'webhook' | 'user' | 'anonymous'
  /** Whose data the caller may touch. The admin may name another client. */
  clientId: string
  participantId?: string
  /** Whether a confidential client named the participant: anybody may claim to be one with a public client's id. */
  participantTrusted?: boolean
  /** `jti` of the auth token, and what it may do. */
  tokenId?: string
  scope?: readonly string[]
  /** Whose user token of Help Lightning was sent, and the token. */
  userId?: string
  userToken?: string
  /** Algorithms of salted checksums that were given and did, or (where none is needed) did not match. */
  matchedChecksums: readonly string[]
  failedChecksums: readonly string[]
}

/** Credentials that hold so far. `caller` may still be looked up, and may yet turn out to be refused. */
export interface PendingCaller {
  caller: Promise<Caller>
}

/** One way to prove who calls: null when the request does not try it, a `Problem` when it tries and fails. */
export interface Proof {
  /** What to send, for a caller who sent nothing: a phrase such as "an auth token as Authorization: Bearer". */
  expectation: string
  check(request: Request): Promise<PendingCaller | null>
}

export type Access = (request: Request) => Promise<PendingCaller>

export const caller = (kind: Caller['kind'], clientId: string, more: Partial<Caller> = {}): Caller => ({
  matchedChecksums: [],
  failedChecksums: [],
  ...more,
  kind,
  clientId,
})

/** The person behind the caller, where their own server has said who it is. */
export const trustedParticipant = ({ participantId, participantTrusted }: Caller): string | undefined =>
  participantTrusted ? participantId : undefined

/** Whose data a caller asks for: the own, or for the admin that of the client whose id is named. */
export function resolveClientId({ kind, clientId }: Caller, named: string | undefined): string {
  if (named !== undefined && named !== clientId && kind !== 'admin') {
    throw new Problem('not_allowed', 'Only the admin may read the data of another client.')
  }
  return named ?? clientId
}

/** Tells auth tokens from admin tokens, which hold no dot. */
export const looksLikeJwt = (token: string): boolean => token.includes('.')

const anonymous = (): PendingCaller => ({ caller: Promise.resolve(caller('anonymous', SHARED_CLIENT)) })

/** Credentials whose holder is still being looked up. */
export function pendingCaller(pending: Promise<Caller>): PendingCaller {
  // Whoever awaits `caller` hears of a failure; one that comes before that must not count as unheard.
  pending.catch(() => undefined)
  return { caller: pending }
}

/** Open to everyone. */
export const allowAnyone: Access = async () => anonymous()

/** The first proof that the request offers decides. Without any, the caller is told what would do. */
export const requireAnyOf =
  (...proofs: Proof[]): Access =>
  async (request) => {
    for (const proof of proofs) {
      const admitted = await proof.check(request)
      if (admitted) return admitted
    }
    throw new Problem('credentials_missing', `Send ${proofs.map(({ expectation: wanted }) => wanted).join(', or ')}.`)
  }

/** As `access` where credentials are required; elsewhere a caller without any is anonymous. */
export const allowAnonymousIf =
  (open: (request: Request) => Promise<boolean>, access: Access): Access =>
  async (request) => {
    try {
      return await access(request)
    } catch (error) {
      if (error instanceof Problem && error.code === 'credentials_missing' && (await open(request))) return anonymous()
      throw error
    }
  }
