import { setTimeout as sleep } from 'node:timers/promises'
import { isStorageFailure } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { providerFailure, rejectionStatus } from './errors.ts'
import {
  findStoredToken,
  lockStoredToken,
  MAX_LOCK_MS,
  type StoredToken,
  saveStoredToken,
  unlockStoredToken,
} from './shared-token-store.ts'

/** A log-in that was refused is not repeated before: providers lock accounts out. */
const REFUSED_MS = 60_000

export interface ObtainedToken {
  secret: string
  /** UNIX milliseconds. */
  validUntil: number
}

export interface SharedToken {
  /** Under this name it is kept: one name for each account at each provider. */
  name: string
  /** For people: Incode. */
  provider: string
  /** Asks the provider for a new one, given what was kept before. */
  obtain(deadline: number, before: string | null): Promise<ObtainedToken>
}

/** What this container has seen last; another may have renewed it since, which the provider will tell. */
const seen = new Map<string, ObtainedToken & { renewAt: number }>()

/**
 * A provider's credential that all functions share: kept sealed, renewed by one caller at a time when four fifths of
 * its life are over, while the others go on with the old one. `unwelcome` is one that the provider has just refused.
 */
export async function getSharedToken(shared: SharedToken, deadline: number, unwelcome?: string): Promise<string> {
  const usable: Usable = ({ secret, validUntil }) => secret !== unwelcome && validUntil > Date.now()
  const remembered = () => {
    const last = seen.get(shared.name)
    return last && usable(last) ? last : undefined
  }
  const last = remembered()
  if (last && last.renewAt > Date.now()) return last.secret
  try {
    return await currentCredential(shared, deadline, usable, unwelcome)
  } catch (error) {
    const good = remembered()
    if (good && isStorageFailure(error)) return good.secret
    throw error
  }
}

type Usable = (given: Pick<StoredToken, 'secret' | 'validUntil'>) => boolean

async function currentCredential(shared: SharedToken, deadline: number, usable: Usable, unwelcome?: string) {
  const { name, provider } = shared
  for (;;) {
    const kept = await findStoredToken(name)
    const good = kept.secret !== null && usable(kept) ? kept.secret : null
    if (good !== null) seen.set(name, { secret: good, renewAt: kept.renewAt, validUntil: kept.validUntil })
    if (good !== null && kept.renewAt > Date.now()) return good
    const renewed = kept.secret !== null && kept.secret === unwelcome && kept.obtainedAt > Date.now() - REFUSED_MS
    // It was got a moment ago and is not taken: another one would not be, either.
    if (renewed) throw providerFailure('provider_refused', { provider, operation: 'log-in' })
    if (kept.lockedUntil > Date.now() && kept.lockedUntil < Date.now() + MAX_LOCK_MS) {
      if (good !== null) return good
      if (kept.refused) throw providerFailure('provider_refused', { provider, operation: 'log-in' })
    } else if (await lockStoredToken(name, kept.version, Date.now(), timeBudgets.tokenLockMs)) {
      return renew(shared, deadline, kept, good)
    }
    if (Date.now() + timeBudgets.pollMs > deadline)
      throw providerFailure('provider_timeout', { provider, operation: 'log-in' })
    await sleep(timeBudgets.pollMs)
  }
}

async function renew({ name, obtain }: SharedToken, deadline: number, before: StoredToken, good: string | null) {
  try {
    // While the old one is good, a slow log-in must not take the time of what it is for.
    const patience = good === null ? deadline : Math.min(deadline, Date.now() + timeBudgets.earlyRenewalMs)
    const { secret, validUntil } = await obtain(patience, before.secret)
    const now = Date.now()
    const renewAt = now + (validUntil - now) * 0.8
    await saveStoredToken(name, secret, renewAt, validUntil)
    seen.set(name, { secret, renewAt, validUntil })
    return secret
  } catch (error) {
    // With the table gone, the lock ends by itself; waiting for it would take the time of the answer.
    if (!isStorageFailure(error))
      await unlockStoredToken(name, rejectionStatus(error) === undefined ? undefined : Date.now() + REFUSED_MS)
    if (good !== null) return good
    throw error
  }
}
