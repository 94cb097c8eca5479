import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { providerFailure, rejectionStatus } from './errors.ts'
import {
  acquireTokenLease,
  findStoredToken,
  MAX_LOCK_MS,
  releaseTokenLease,
  type StoredToken,
  saveStoredToken,
} from './shared-token-store.ts'

/** No log-in is repeated sooner after a rejection: providers lock accounts. */
const REJECTED_MS = 60_000
/** A fresh token that is rejected is replaced at once, but only once in this time. */
const IMMEDIATE_MS = 600_000

export interface ObtainedToken {
  secret: string
  /** UNIX milliseconds. */
  validUntil: number
}

export interface SharedToken {
  /** Key of the stored token: one for each account at each provider. */
  name: string
  /** Name in messages: Incode. */
  provider: string
  /** Obtains a new token from the provider; `previous` is the stored one. */
  obtain(deadline: number, previous: string | null): Promise<ObtainedToken>
}

/** Tokens this container has read. Another container may have renewed them since; the provider's response shows it. */
const cached = new Map<string, ObtainedToken & { renewAt: number }>()

/**
 * Returns a provider's token that all functions share. It is stored encrypted. After four fifths of its lifetime one
 * caller renews it, while the others continue with the old one. `rejected` is a token that the provider just rejected.
 */
export async function getSharedToken(shared: SharedToken, deadline: number, rejected?: string): Promise<string> {
  const isUsable: TokenCheck = ({ secret, validUntil }) => secret !== rejected && validUntil > Date.now()
  const usableCached = () => {
    const token = cached.get(shared.name)
    return token && isUsable(token) ? token : undefined
  }
  const token = usableCached()
  if (token && token.renewAt > Date.now()) return token.secret
  try {
    return await readOrRenew(shared, deadline, isUsable, rejected)
  } catch (error) {
    const fallback = usableCached()
    if (fallback && isStorageFailure(error)) return fallback.secret
    throw error
  }
}

type TokenCheck = (token: Pick<StoredToken, 'secret' | 'validUntil'>) => boolean

async function readOrRenew(shared: SharedToken, deadline: number, isUsable: TokenCheck, rejected?: string) {
  const { name, provider } = shared
  for (;;) {
    const stored = await findStoredToken(name)
    const usable = stored.secret !== null && isUsable(stored) ? stored.secret : null
    if (usable !== null) cached.set(name, { secret: usable, renewAt: stored.renewAt, validUntil: stored.validUntil })
    if (usable !== null && stored.renewAt > Date.now()) return usable
    const isFresh = stored.secret !== null && stored.secret === rejected && stored.obtainedAt > Date.now() - REJECTED_MS
    // A new log-in did not help a moment ago; another one would not, either.
    if (isFresh && stored.replacedAt > Date.now() - IMMEDIATE_MS)
      throw providerFailure('provider_refused', { provider, operation: 'log-in' })
    if (stored.leasedUntil > Date.now() && stored.leasedUntil < Date.now() + MAX_LOCK_MS) {
      if (usable !== null) return usable
      if (stored.rejected) throw providerFailure('provider_refused', { provider, operation: 'log-in' })
    } else if (await acquireTokenLease(name, stored.version, Date.now(), timeBudgets.tokenLockMs)) {
      return renew(shared, deadline, stored, { usable, isFresh })
    }
    if (Date.now() + timeBudgets.pollMs > deadline)
      throw providerFailure('provider_timeout', { provider, operation: 'log-in' })
    await sleep(timeBudgets.pollMs)
  }
}

interface Renewal {
  /** The old token, while it is valid. */
  usable: string | null
  /** Whether the old token was rejected within a minute. */
  isFresh: boolean
}

async function renew(
  { name, obtain }: SharedToken,
  deadline: number,
  stored: StoredToken,
  { usable, isFresh }: Renewal,
) {
  try {
    // While the old token is valid, a slow log-in must not use up the time of the call that needs it.
    const logInDeadline = usable === null ? deadline : Math.min(deadline, Date.now() + timeBudgets.earlyRenewalMs)
    const { secret, validUntil } = await obtain(logInDeadline, stored.secret)
    const now = Date.now()
    const renewAt = now + (validUntil - now) * 0.8
    await saveStoredToken(name, { secret, renewAt, validUntil, replacedAt: isFresh ? now : stored.replacedAt })
    cached.set(name, { secret, renewAt, validUntil })
    return secret
  } catch (error) {
    // Without the table the lease expires by itself; waiting for the table would use up the response's time.
    if (!isStorageFailure(error))
      await releaseTokenLease(name, rejectionStatus(error) === undefined ? undefined : Date.now() + REJECTED_MS)
    if (usable !== null) return usable
    throw error
  }
}
