import { inParallel } from '../core/concurrency.ts'
import { coordinates } from '../core/position.ts'
import { isoTime } from '../measurements/times.ts'
import { countMetric } from '../observability/metrics.ts'
import { rateLimitedMs, rejectionStatus } from '../providers/errors.ts'
import { type Batch, type BatchPart, type Measurement, withoutParts } from './batch.ts'
import type { LeasedBox } from './box-lease.ts'
import { type Box, fetchPublicBox, postMeasurements } from './client.ts'
import { type KnownBox, sensorId } from './remote-box.ts'
import type { BoxState } from './store-boxes.ts'
import { markForwarded, saveRowCount } from './store-due-blocks.ts'

type Post = NonNullable<BoxState['post']>

const WRITES_AT_ONCE = 16

/** Partly delivered blocks that the box's item lists. Progress of further ones is stored with each block. */
const MAX_PARTLY_SENT = 20

/**
 * Posts a batch. The post is stored before, and its arrival afterwards, so that after a crash `settleBatch` prevents a
 * loss. Columns for which the box has no sensor are left out.
 */
export async function sendBatch(leased: LeasedBox, box: KnownBox, batch: Batch): Promise<void> {
  const { run, save } = leased
  const ids = new Map(batch.measurements.map(({ column }) => [column, sensorId(box, column)]))
  const sent = batch.measurements.filter(({ column }) => ids.get(column) !== undefined)
  run.summary.left_out += batch.measurements.length - sent.length
  const newest: Post['newest'] = {}
  for (const { column, time } of sent) {
    const id = ids.get(column) ?? ''
    newest[id] = Math.max(newest[id] ?? -Infinity, time)
  }
  const { parts } = batch
  // Columns without a sensor are not stored, because their number has no limit.
  const last = Object.entries(batch.progress.last).filter(([key]) => Object.hasOwn(box.sensors, key))
  const progress = { ...batch.progress, last: Object.fromEntries(last) }
  const post: Post = { state: 'sent', box_id: box._id, parts, measurements: sent.length, newest, progress }
  if (sent.length === 0) return recordArrival(leased, post)
  await save({ post })
  try {
    await postMeasurements(box, toCsv(sent, ids), run.limit)
  } catch (error) {
    // A rejected or rate-limited post was not stored. After other errors, it may have been.
    const isNotStored = rejectionStatus(error) !== undefined || rateLimitedMs(error) !== undefined
    if (isNotStored) leased.state = { ...leased.state, post: undefined }
    throw error
  }
  run.summary.posts += 1
  await recordArrival(leased, post)
}

/**
 * Checks whether the post of an earlier run has arrived. openSenseMap stores all of it or nothing, and returns when each
 * sensor last measured. This proves the arrival only for sensors whose posted measurement is newer than all earlier
 * ones. Without proof, the post is sent again.
 */
export async function settleBatch(leased: LeasedBox, post: Post): Promise<void> {
  if (post.state === 'arrived') return finishBatch(leased, post.parts)
  const { state } = leased
  const proofs = Object.entries(post.newest).filter(([sensor, time]) => time > (state.newest[sensor] ?? -Infinity))
  const sensors = proofs.length === 0 ? [] : await fetchSensors(leased, post.box_id)
  const comparisons = proofs.flatMap(([id, time]) => {
    const sensor = sensors?.find(({ _id }) => _id === id)
    return sensor ? [{ time, last: sensor.lastMeasurement ? Date.parse(sensor.lastMeasurement.createdAt) : 0 }] : []
  })
  if (comparisons.some(({ time, last }) => time === last)) return recordArrival(leased, post)
  // If a sensor has a newer measurement or an unreadable time, the post may have arrived.
  const isLost = comparisons.some(({ time, last }) => last < time)
  await leased.save({
    ...(isLost ? { post: undefined } : discardedState(state, post)),
    // The box or the sensor may have been deleted: the next run looks them up again.
    ...(comparisons.length < proofs.length && { sealed: undefined }),
  })
}

/** State after a post of unknown arrival. Its measurements cannot prove the arrival of later posts. */
export const discardedState = ({ newest }: BoxState, post: Post): Partial<BoxState> => ({
  post: undefined,
  newest: mergeNewest(newest, post.newest),
})

function mergeNewest(previous: Post['newest'], posted: Post['newest']): Post['newest'] {
  const merged = { ...previous }
  for (const [sensor, time] of Object.entries(posted)) merged[sensor] = Math.max(merged[sensor] ?? -Infinity, time)
  return merged
}

/** Sensors of a public box; null if the account no longer has the box. */
async function fetchSensors({ run }: LeasedBox, boxId: string): Promise<Box['sensors'] | null> {
  try {
    return (await fetchPublicBox(boxId, run.limit)).sensors
  } catch (error) {
    if (rejectionStatus(error) === undefined || (await run.accountBoxes()).some(({ _id }) => _id === boxId)) throw error
    return null
  }
}

async function recordArrival(leased: LeasedBox, post: Post): Promise<void> {
  const { run, state, save } = leased
  run.summary.measurements += post.measurements
  if (post.measurements > 0) countMetric('MeasurementsForwarded', { provider: 'openSenseMap' }, post.measurements)
  await save({
    post: { ...post, state: 'arrived' },
    progress: post.progress,
    newest: mergeNewest(state.newest, post.newest),
    ...completedState(state, post.parts),
  })
  await finishBatch(leased, post.parts)
}

/** Marks delivered blocks as forwarded, and removes the post from the state. */
export async function finishBatch({ state, save }: LeasedBox, parts: readonly BatchPart[]): Promise<void> {
  await inParallel(parts, WRITES_AT_ONCE, async (part) => {
    if (part.whole) await markForwarded(part)
  })
  const listed = state.begun.slice(-MAX_PARTLY_SENT)
  await inParallel(withoutParts(state.begun, listed), WRITES_AT_ONCE, async (part) => void (await saveRowCount(part)))
  await save({ post: undefined, begun: listed })
}

/** State of a box after these parts have arrived. */
export const completedState = ({ begun }: BoxState, parts: readonly BatchPart[]): Partial<BoxState> => ({
  begun: [...withoutParts(begun, parts), ...parts.filter(({ whole }) => !whole)],
  failures: 0,
  reason: undefined,
  failing_since: undefined,
  at_most: undefined,
  due_at: 0,
})

const toCsv = (measurements: readonly Measurement[], ids: ReadonlyMap<string, string | undefined>): string =>
  measurements
    .map(({ column, value, time, position }) =>
      [ids.get(column), value, isoTime(time), ...(position ? coordinates(position) : [])].join(','),
    )
    .join('\n')
