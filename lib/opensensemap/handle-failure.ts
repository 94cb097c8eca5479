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

/** Statuses with which openSenseMap rejects the content of a request. */
const CONTENT_STATUSES: Readonly<Record<string, readonly unknown[]>> = {
  measurements: [413, 422],
  'create-box': [400, 413, 422],
  'change-box': [400, 413, 422],
}
/** Attempts with content that openSenseMap rejects: further ones rarely help, and other blocks wait behind it. */
const CONTENT_ATTEMPTS = 3
/** Operation that checks whether a post has arrived. */
const CHECK_OPERATION = 'box'
/** Margin of the backoff, because runs do not start at an exact second. */
const EARLY_MS = 5_000
/** Error for an exception in Latchkey itself. It is retried too, and does not block other boxes. */
const UNEXPECTED = new Problem('internal_error', 'Forwarding failed.')

/** Stores the failure of an attempt and the time of the next one. Parks the blocks after the last attempt. */
export async function handleFailure(
  leased: LeasedBox,
  parts: readonly BatchPart[],
  error: unknown,
): Promise<BoxOutcome> {
  const { run, digest, state } = leased
  run.summary.failed += 1
  log('forward_failed', { box: shortDigest(digest), cause: error })
  // Without the table or the lease, no state can be stored: the lease expires by itself.
  if (isStorageFailure(error)) return 'stop'
  if (isConditionFailure(error)) return 'idle'
  const failing_since = state.failing_since ?? Date.now()
  const pauseMs = rateLimitedMs(error)
  if (pauseMs !== undefined) {
    await run.pause(pauseMs)
    return releaseLease(leased, 'stop', { failing_since, reason: 'too_many_requests' })
  }
  const { code, facts, headers } = error instanceof Problem ? error : UNEXPECTED
  if (isAccountFailure(error)) return releaseLease(leased, 'no account', { failing_since, reason: `account_${code}` })

  const operation = String(facts?.['operation'])
  const status = rejectionStatus(error)
  // A changed box without the new sensor means that openSenseMap rejected the sensor.
  const isContentRejected =
    (CONTENT_STATUSES[operation] ?? []).includes(status) ||
    (operation === 'change-box' && code === 'provider_answer_invalid')
  // Halving the number of blocks isolates the invalid one.
  if (isContentRejected && parts.length > 1) {
    // After an invalid response, the box may have changed: the next run looks it up again.
    return releaseLease(leased, status === undefined ? 'idle' : 'more', { at_most: Math.ceil(parts.length / 2) })
  }

  const reason = status === undefined ? code : `refused_${operation}_${status}`
  // The box may have changed since it was looked up.
  const changes = { reason, failing_since, ...(status !== undefined && { sealed: undefined }) }
  const outcome = status === undefined ? 'failed' : 'idle'
  const failures = state.failures + 1
  const { OSEM_MAX_ATTEMPTS } = run.settings
  if (failures < (isContentRejected ? Math.min(CONTENT_ATTEMPTS, OSEM_MAX_ATTEMPTS) : OSEM_MAX_ATTEMPTS)) {
    const wait = Math.max(delayAfter(failures - 1) - EARLY_MS, Number(headers['retry-after'] ?? 0) * 1_000)
    return releaseLease(leased, outcome, { ...changes, failures, due_at: Date.now() + wait })
  }
  await parkBlocks(leased, parts, reason)
  return releaseLease(leased, outcome, {
    ...changes,
    // Whether the post arrived cannot be determined. A redrive of its blocks treats it as lost.
    ...(operation === CHECK_OPERATION && state.post && discardedState(state, state.post)),
    failures: 0,
    failing_since: undefined,
    at_most: undefined,
    due_at: 0,
  })
}

/** Parks blocks with a reason code, which the operator sees. */
export async function parkBlocks(leased: LeasedBox, parts: readonly BatchPart[], reason: string): Promise<void> {
  for (const part of parts) await parkBlock(part, part.from, reason)
  log('block_parked', { box: shortDigest(leased.digest), blocks: parts.length, reason })
  countMetric('BlockParked', { reason }, parts.length)
  await leased.save({ begun: withoutParts(leased.state.begun, parts) })
}
