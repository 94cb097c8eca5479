import { isStorageFailure, Problem } from '../core/problem.ts'
import { isConditionFailure } from '../dynamodb/client.ts'
import { delayAfter } from '../jobs/backoff.ts'
import { log } from '../observability/log.ts'
import { countMetric } from '../observability/metrics.ts'
import { rateLimitedMs, rejectionStatus } from '../providers/errors.ts'
import { isAccountFailure } from './account-session.ts'
import { type BatchPart, withoutParts } from './batch.ts'
import { shortDigest } from './box.ts'
import { type BoxOutcome, type LeasedBox, releaseLease } from './box-lease.ts'
import { discardedState } from './send-batch.ts'
import { parkBlock } from './store-due-blocks.ts'

/** Statuses that say that what was sent is at fault, and not where it was sent to. */
const AT_FAULT: Readonly<Record<string, readonly unknown[]>> = {
  measurements: [413, 422],
  'create-box': [400, 413, 422],
  'change-box': [400, 413, 422],
}
/** A block that is refused by itself will hardly ever be taken, and others wait behind it. */
const AT_FAULT_ATTEMPTS = 3
/** The call that finds out what became of a post. */
const LOOKING_BACK = 'box'
/** So much less than it says, since runs do not begin to the second. */
const EARLY_MS = 5_000
/** A mistake of ours: like all that fails, it is tried again, and keeps no other box waiting. */
const UNEXPECTED = new Problem('internal_error', 'Forwarding failed.')

/** Keeps how a turn at a box has failed, and when to try again; gives these blocks up when that was often enough. */
export async function handleFailure(
  claimed: LeasedBox,
  parts: readonly BatchPart[],
  error: unknown,
): Promise<BoxOutcome> {
  const { run, digest, state } = claimed
  run.ran.failed += 1
  log('forward_failed', { box: shortDigest(digest), cause: error })
  // With the table gone, or the claim, nothing can be kept: the claim ends by itself.
  if (isStorageFailure(error)) return 'stop'
  if (isConditionFailure(error)) return 'idle'
  const failing_since = state.failing_since ?? Date.now()
  const often = rateLimitedMs(error)
  if (often !== undefined) {
    await run.pause(often)
    return releaseLease(claimed, 'stop', { failing_since, reason: 'too_many_requests' })
  }
  const { code, facts, headers } = error instanceof Problem ? error : UNEXPECTED
  if (isAccountFailure(error)) return releaseLease(claimed, 'no account', { failing_since, reason: `account_${code}` })

  const operation = String(facts?.['operation'])
  const status = rejectionStatus(error)
  // A sensor that was asked for and is not there is one that openSenseMap did not like, either.
  const isAtFault =
    (AT_FAULT[operation] ?? []).includes(status) || (operation === 'change-box' && code === 'provider_answer_invalid')
  // Among several blocks one is at fault; half of them at a time, it is found.
  if (isAtFault && parts.length > 1) {
    // Whether a box was changed is not known where the answer makes no sense: the next run looks it up anew.
    return releaseLease(claimed, status === undefined ? 'idle' : 'more', { at_most: Math.ceil(parts.length / 2) })
  }

  const reason = status === undefined ? code : `refused_${operation}_${status}`
  // It may be another box than it was when it was looked up.
  const changes = { reason, failing_since, ...(status !== undefined && { sealed: undefined }) }
  const outcome = status === undefined ? 'failed' : 'idle'
  const failures = state.failures + 1
  const { OSEM_MAX_ATTEMPTS } = run.settings
  if (failures < (isAtFault ? Math.min(AT_FAULT_ATTEMPTS, OSEM_MAX_ATTEMPTS) : OSEM_MAX_ATTEMPTS)) {
    const wait = Math.max(delayAfter(failures - 1) - EARLY_MS, Number(headers['retry-after'] ?? 0) * 1_000)
    return releaseLease(claimed, outcome, { ...changes, failures, due_at: Date.now() + wait })
  }
  await parkBlocks(claimed, parts, reason)
  return releaseLease(claimed, outcome, {
    ...changes,
    // What became of a post cannot be found out: whoever redrives its blocks takes it to be lost.
    ...(operation === LOOKING_BACK && state.post && discardedState(state, state.post)),
    failures: 0,
    failing_since: undefined,
    at_most: undefined,
    due_at: 0,
  })
}

/** Takes blocks out of what is due, with a reason for whoever looks at them. */
export async function parkBlocks(claimed: LeasedBox, parts: readonly BatchPart[], reason: string): Promise<void> {
  for (const part of parts) await parkBlock(part, part.from, reason)
  log('block_parked', { box: shortDigest(claimed.digest), blocks: parts.length, reason })
  countMetric('BlockParked', { reason }, parts.length)
  await claimed.save({ begun: withoutParts(claimed.state.begun, parts) })
}
