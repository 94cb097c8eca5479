import type { Settings } from '../config.ts'
import type { Forwarded } from '../log.ts'
import type { Box } from '../providers/opensensemap.ts'
import { type BoxState, claimBox, saveBox } from '../store/forwarding-boxes.ts'

/** What a run of forwarding shares among the boxes that it serves. */
export interface Run {
  /** UNIX milliseconds: when to begin no further post, and when nothing may last longer. */
  deadline: number
  limit: number
  settings: Settings<
    | 'OSEM_COLUMNS'
    | 'OSEM_DEFAULT_POSITION'
    | 'OSEM_MAX_ATTEMPTS'
    | 'OSEM_MAX_POSITION_CHANGE'
    | 'OSEM_MIN_SECONDS_BETWEEN_UPLOADS'
  >
  /** All boxes of the account, asked for once a run, and only where it is needed. */
  ownBoxes(): Promise<readonly Box[]>
  /** Waits until openSenseMap may be posted to; false when that is not before the deadline. */
  takeTurn(): Promise<boolean>
  /** Posts to nobody for so many milliseconds. */
  pause(ms: number): Promise<void>
  ran: Forwarded
}

/** A box that a run has claimed. */
export interface Claimed {
  run: Run
  digest: string
  state: BoxState
  /** Keeps what is different now, as long as the claim holds; undefined takes away. */
  save(changes: Partial<BoxState>): Promise<void>
}

/** Claims a box for a run; null when another has it. */
export async function claim(run: Run, digest: string, box: string): Promise<Claimed | null> {
  const state = await claimBox(digest, box, Date.now())
  if (!state) return null
  const claimed: Claimed = {
    run,
    digest,
    state,
    async save(changes) {
      claimed.state = { ...claimed.state, ...changes }
      await saveBox(digest, claimed.state)
    },
  }
  return claimed
}
