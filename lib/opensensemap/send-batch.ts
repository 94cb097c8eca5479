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

/** Begun blocks that are remembered with the box; for more, it is noted with the blocks themselves, at their price. */
const MOST_BEGUN = 20

/**
 * Posts a batch. What is posted is noted before, and that it has arrived afterwards, so that a crash at any point leads
 * to `settleBatch`, and to no loss. Columns for which the box has no room for a sensor are left out.
 */
export async function sendBatch(claimed: LeasedBox, box: KnownBox, batch: Batch): Promise<void> {
  const { run, save } = claimed
  const ids = new Map(batch.measurements.map(({ column }) => [column, sensorId(box, column)]))
  const sent = batch.measurements.filter(({ column }) => ids.get(column) !== undefined)
  run.ran.left_out += batch.measurements.length - sent.length
  const newest: Post['newest'] = {}
  for (const { column, time } of sent) {
    const id = ids.get(column) ?? ''
    newest[id] = Math.max(newest[id] ?? -Infinity, time)
  }
  const { parts } = batch
  // Of columns that get no sensor nothing is remembered: there may be any number of them.
  const last = Object.entries(batch.progress.last).filter(([key]) => Object.hasOwn(box.sensors, key))
  const progress = { ...batch.progress, last: Object.fromEntries(last) }
  const post: Post = { state: 'sent', box_id: box._id, parts, measurements: sent.length, newest, progress }
  if (sent.length === 0) return arrived(claimed, post)
  await save({ post })
  try {
    await postMeasurements(box, csvOf(sent, ids), run.limit)
  } catch (error) {
    // Refused, or asked too often: nothing of it has been stored. In all other cases nobody knows.
    const isKnown = rejectionStatus(error) !== undefined || rateLimitedMs(error) !== undefined
    if (isKnown) claimed.state = { ...claimed.state, post: undefined }
    throw error
  }
  run.ran.posts += 1
  await arrived(claimed, post)
}

/**
 * Finds out what became of a post that a run has left behind: openSenseMap stores all of it or nothing, and tells when
 * each sensor has measured last. Only where that is newer than all that had arrived of that sensor is it a proof;
 * without one, it counts as not arrived, and is sent again.
 */
export async function settleBatch(claimed: LeasedBox, post: Post): Promise<void> {
  if (post.state === 'arrived') return finishBatch(claimed, post.parts)
  const { state } = claimed
  const proofs = Object.entries(post.newest).filter(([sensor, time]) => time > (state.newest[sensor] ?? -Infinity))
  const sensors = proofs.length === 0 ? [] : await sensorsOf(claimed, post.box_id)
  const told = proofs.flatMap(([id, time]) => {
    const sensor = sensors?.find(({ _id }) => _id === id)
    return sensor ? [{ time, last: sensor.lastMeasurement ? Date.parse(sensor.lastMeasurement.createdAt) : 0 }] : []
  })
  if (told.some(({ time, last }) => time === last)) return arrived(claimed, post)
  // With something newer from elsewhere, or nothing readable, it may have arrived all the same.
  const isClear = told.some(({ time, last }) => last < time)
  await claimed.save({
    ...(isClear ? { post: undefined } : discardedState(state, post)),
    // A box or sensor that is gone may be why; it is looked up again.
    ...(told.length < proofs.length && { sealed: undefined }),
  })
}

/** Gives up finding out: what it holds may have arrived, so that it proves nothing any more. */
export const discardedState = ({ newest }: BoxState, post: Post): Partial<BoxState> => ({
  post: undefined,
  newest: latest(newest, post.newest),
})

function latest(one: Post['newest'], other: Post['newest']): Post['newest'] {
  const all = { ...one }
  for (const [sensor, time] of Object.entries(other)) all[sensor] = Math.max(all[sensor] ?? -Infinity, time)
  return all
}

async function sensorsOf({ run }: LeasedBox, boxId: string): Promise<Box['sensors'] | null> {
  try {
    return (await fetchPublicBox(boxId, run.limit)).sensors
  } catch (error) {
    // Only where it is none of ours any more, nobody can be told.
    if (rejectionStatus(error) === undefined || (await run.ownBoxes()).some(({ _id }) => _id === boxId)) throw error
    return null
  }
}

async function arrived(claimed: LeasedBox, post: Post): Promise<void> {
  const { run, state, save } = claimed
  run.ran.measurements += post.measurements
  if (post.measurements > 0) countMetric('MeasurementsForwarded', { provider: 'openSenseMap' }, post.measurements)
  await save({
    post: { ...post, state: 'arrived' },
    progress: post.progress,
    newest: latest(state.newest, post.newest),
    ...completedState(state, post.parts),
  })
  await finishBatch(claimed, post.parts)
}

/** Marks what is behind a box, once it is known to be. */
export async function finishBatch({ state, save }: LeasedBox, parts: readonly BatchPart[]): Promise<void> {
  await inParallel(parts, WRITES_AT_ONCE, async (part) => {
    if (part.whole) await markForwarded(part)
  })
  const rest = state.begun.slice(-MOST_BEGUN)
  await inParallel(withoutParts(state.begun, rest), WRITES_AT_ONCE, async (part) => void (await saveRowCount(part)))
  await save({ post: undefined, begun: rest })
}

/** What a box has come to when these parts are behind it. */
export const completedState = ({ begun }: BoxState, parts: readonly BatchPart[]): Partial<BoxState> => ({
  begun: [...withoutParts(begun, parts), ...parts.filter(({ whole }) => !whole)],
  failures: 0,
  reason: undefined,
  failing_since: undefined,
  at_most: undefined,
  due_at: 0,
})

const csvOf = (measurements: readonly Measurement[], ids: ReadonlyMap<string, string | undefined>): string =>
  measurements
    .map(({ column, value, time, position }) =>
      [ids.get(column), value, isoTime(time), ...(position ? coordinates(position) : [])].join(','),
    )
    .join('\n')
