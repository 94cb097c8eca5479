import type { Settings } from '../config/settings.ts'
import type { MessageFacts } from '../observability/log.ts'
import { boxDigest, type ForwardingFilters } from './box.ts'
import type { Box } from './client.ts'
import { type BoxState, claimBox, saveBox } from './store-boxes.ts'

/** What a forwarding run shares among its boxes. */
export interface ForwardingRun {
  /** UNIX milliseconds: when the last post may start, and when all calls must have ended. */
  deadline: number
  limit: number
  settings: ForwardingFilters &
    Settings<
      'OSEM_DEFAULT_POSITION' | 'OSEM_MAX_ATTEMPTS' | 'OSEM_MAX_POSITION_CHANGE' | 'OSEM_MIN_SECONDS_BETWEEN_UPLOADS'
    >
  /** Calls with the account's JWT. After a failed sign-in, every further call of this run fails with the same error. */
  asAccount<T>(call: (jwt: string) => Promise<T>): Promise<T>
  /** All boxes of the account, fetched at most once per run. */
  accountBoxes(): Promise<readonly Box[]>
  /** Waits until the rate limit allows a post. Returns false if that is after the deadline. */
  waitForSlot(): Promise<boolean>
  /** Pauses all posts, in milliseconds. */
  pause(ms: number): Promise<void>
  summary: MessageFacts<'forward_completed'>
}

/**
 * Outcome of one attempt at a box: it has more to send, or nothing, or it failed. After `no account` only known boxes
 * can continue, after `stop` none can.
 */
export type BoxOutcome = 'more' | 'idle' | 'failed' | 'no account' | 'stop'

/** A box of which this run holds the lease. */
export interface LeasedBox {
  run: ForwardingRun
  digest: string
  /** UNIX milliseconds of the attempt before this one. */
  previousServedAt: number
  state: BoxState
  /** Stores changes of the state; undefined removes an attribute. Throws if another caller has the lease. */
  save(changes: Partial<BoxState>): Promise<void>
}

/** Acquires the lease of a box for a run. Returns null if another caller has it. */
export async function claimDueBox(
  run: ForwardingRun,
  box: string,
  previousServedAt: number,
): Promise<LeasedBox | null> {
  const digest = boxDigest(box)
  const state = await claimBox(digest, box, Date.now())
  if (!state) return null
  const leased: LeasedBox = {
    run,
    digest,
    previousServedAt,
    state,
    async save(changes) {
      const changed = { ...leased.state, ...changes }
      await saveBox(digest, changed)
      leased.state = changed
    },
  }
  return leased
}

/** Releases the lease and stores the outcome. After `stop` the box keeps its place in the order of the next run. */
export async function releaseLease(
  { save, previousServedAt }: LeasedBox,
  outcome: BoxOutcome,
  changes: Partial<BoxState> = {},
): Promise<BoxOutcome> {
  await save({ ...changes, lease_until: 0, ...(outcome === 'stop' && { served_at: previousServedAt }) })
  return outcome
}
