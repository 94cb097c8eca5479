import type { Settings } from '../config/settings.ts'
import type { MessageFacts } from '../observability/log.ts'
import { boxDigest } from './box.ts'
import type { Box } from './client.ts'
import { type BoxState, claimBox, saveBox } from './store-boxes.ts'

/** What a run of forwarding shares among the boxes that it serves. */
export interface ForwardingRun {
  /** UNIX milliseconds: when to begin no further post, and when nothing may last longer. */
  deadline: number
  limit: number
  settings: Settings<
    | 'OSEM_UPLOAD'
    | 'OSEM_CLIENTS'
    | 'OSEM_BOXES'
    | 'OSEM_COLUMNS'
    | 'OSEM_DEFAULT_POSITION'
    | 'OSEM_MAX_ATTEMPTS'
    | 'OSEM_MAX_POSITION_CHANGE'
    | 'OSEM_MIN_SECONDS_BETWEEN_UPLOADS'
  >
  /** A call with the account's JWT; once there is none to be had, none is made in this run any more. */
  asAccount<T>(call: (jwt: string) => Promise<T>): Promise<T>
  /** All boxes of the account, asked for once a run, and only where it is needed. */
  ownBoxes(): Promise<readonly Box[]>
  /** Waits until openSenseMap may be posted to; false when that is not before the deadline. */
  takeTurn(): Promise<boolean>
  /** Posts to nobody for so many milliseconds. */
  pause(ms: number): Promise<void>
  ran: MessageFacts<'forward_completed'>
}

/**
 * What came of a turn at a box: there is more to send, or nothing; it failed; none can be served that is not known yet;
 * none can be served at all.
 */
export type BoxOutcome = 'more' | 'idle' | 'failed' | 'no account' | 'stop'

/** A box that a run has claimed. */
export interface LeasedBox {
  run: ForwardingRun
  digest: string
  /** When it was served before this. */
  servedBefore: number
  state: BoxState
  /** Keeps what is different now, as long as the claim holds; undefined takes away. */
  save(changes: Partial<BoxState>): Promise<void>
}

/** Claims a box for a run; null when another has it. */
export async function claimDueBox(run: ForwardingRun, box: string, servedBefore: number): Promise<LeasedBox | null> {
  const digest = boxDigest(box)
  const state = await claimBox(digest, box, Date.now())
  if (!state) return null
  const claimed: LeasedBox = {
    run,
    digest,
    servedBefore,
    state,
    async save(changes) {
      const changed = { ...claimed.state, ...changes }
      await saveBox(digest, changed)
      claimed.state = changed
    },
  }
  return claimed
}

/** Ends a claim with what has come of it. A box whose turn did not come is not served later for that. */
export async function releaseLease(
  { save, servedBefore }: LeasedBox,
  outcome: BoxOutcome,
  changes: Partial<BoxState> = {},
): Promise<BoxOutcome> {
  await save({ ...changes, lease_until: 0, ...(outcome === 'stop' && { served_at: servedBefore }) })
  return outcome
}
