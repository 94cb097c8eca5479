import { type AnonymousCaller, type Caller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import type { Access, PendingCaller } from '../http/endpoint.ts'
import type { Request } from '../http/request.ts'

/** One way to authenticate. `check` returns null if the request does not use it, and throws a `Problem` if it fails. */
export interface Proof<C extends Caller> {
  /** What to send, as a phrase for the error message, such as `an auth token as Authorization: Bearer`. */
  expectation: string
  /** A challenge for `WWW-Authenticate`, besides that of Bearer. */
  challenge?: string
  check(request: Request): Promise<PendingCaller<C> | null>
}

type CallerOf<P> = P extends Proof<infer C> ? C : never

/** Auth tokens contain dots; admin tokens do not. */
export const looksLikeJwt = (token: string): boolean => token.includes('.')

/** A caller that needs no further lookup. */
export const knownCaller = <C extends Caller>(caller: C): PendingCaller<C> => ({ caller: Promise.resolve(caller) })

/** A caller whose record is still being read. */
export function pendingCaller<C extends Caller>(pending: Promise<C>): PendingCaller<C> {
  // A failure before `caller` is awaited must not become an unhandled rejection.
  pending.catch(() => undefined)
  return { caller: pending }
}

export const anonymous = (
  checksums: Partial<Pick<AnonymousCaller, 'matchedChecksums' | 'failedChecksums'>> = {},
): AnonymousCaller => ({
  kind: 'anonymous',
  clientId: SHARED_CLIENT,
  matchedChecksums: [],
  failedChecksums: [],
  ...checksums,
})

/** Needs no credentials. */
export const allowAnyone: Access<AnonymousCaller> = async () => knownCaller(anonymous())

/** `challenges` are those besides Bearer. */
export const credentialsMissing = (expectation = '', challenges: readonly string[] = []) =>
  new Problem('credentials_missing', `Send ${expectation}.`, {
    ...(challenges.length > 0 && {
      headers: { 'www-authenticate': ['Bearer realm="latchkey"', ...challenges].join(', ') },
    }),
  })

/** Authenticates with the first proof that the request uses; `credentials_missing` if it uses none. */
export function requireAnyOf<const P extends readonly Proof<Caller>[]>(...proofs: P): Access<CallerOf<P[number]>>
export function requireAnyOf(...proofs: Proof<Caller>[]): Access<Caller> {
  const expectation = proofs.map((proof) => proof.expectation).join(', or ')
  const challenges = [...new Set(proofs.flatMap(({ challenge }) => challenge ?? []))]
  const access = async (request: Request) => {
    for (const proof of proofs) {
      const pending = await proof.check(request)
      if (pending) return pending
    }
    throw credentialsMissing(expectation, challenges)
  }
  return Object.assign(access, { expectation })
}

/** As `access`; where `isOpen` returns true, a caller without credentials is anonymous. */
export function allowAnonymousIf<C extends Caller>(
  isOpen: (request: Request) => Promise<boolean>,
  access: Access<C>,
): Access<C | AnonymousCaller> {
  const openAccess = async (request: Request): Promise<PendingCaller<C | AnonymousCaller>> => {
    try {
      return await access(request)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'credentials_missing' || !(await isOpen(request))) throw error
      return knownCaller(anonymous())
    }
  }
  return Object.assign(openAccess, { expectation: access.expectation })
}
