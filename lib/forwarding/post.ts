import { isoTime } from '../measurements/times.ts'
import { count } from '../metrics.ts'
import { refusedWith, tooOftenFor } from '../providers/failure.ts'
import { type Box, postMeasurements, publicBox } from '../providers/opensensemap.ts'
import { inParallel } from '../store/dynamodb.ts'
import { markForwarded } from '../store/forwarding.ts'
import type { BoxState } from '../store/forwarding-boxes.ts'
import type { Batch, Measurement, Part } from './batch.ts'
import type { Claimed } from './claimed.ts'
import type { KnownBox } from './known-box.ts'
import { coordinates } from './position.ts'
import { sameSensor, sensorOf } from './sensors.ts'

type Post = NonNullable<BoxState['post']>

const WRITES_AT_ONCE = 16

/**
 * Posts a batch. What is posted is noted before, and that it has arrived afterwards, so that a crash at any point leads
 * to `settlePost`, and to no loss.
 */
export async function send(claimed: Claimed, box: KnownBox, batch: Batch): Promise<void> {
  const { run, save } = claimed
  const sensorIds = new Map<string, string>()
  for (const { column } of batch.measurements) if (!sensorIds.has(column)) sensorIds.set(column, sensorId(box, column))
  const newest = batch.measurements.reduce((one, other) => (other.time > one.time ? other : one))
  const post: Post = {
    state: 'sent',
    box_id: box._id,
    parts: batch.parts,
    measurements: batch.measurements.length,
    newest: newest.time,
    sensor: sensorIds.get(newest.column) ?? '',
    progress: batch.progress,
  }
  await save({ post })
  try {
    await postMeasurements(box, csvOf(batch.measurements, sensorIds), run.limit)
  } catch (error) {
    // Refused, or asked too often: nothing of it has been stored. In all other cases nobody knows.
    if (refusedWith(error) !== undefined || tooOftenFor(error) !== undefined)
      claimed.state = { ...claimed.state, post: undefined }
    throw error
  }
  await arrived(claimed, post)
}

/**
 * Finds out what became of a post that a run has left behind: openSenseMap stores all of it or nothing, and tells when
 * each sensor has measured last. Only where that is newer than all that had arrived before is it a proof; without one,
 * it counts as not arrived, and is sent again.
 */
export async function settlePost(claimed: Claimed, post: Post): Promise<void> {
  if (post.state === 'arrived') return finish(claimed, post.parts)
  const sensor = (await sensorsOf(claimed, post.box_id)).find(({ _id }) => _id === post.sensor)
  const last = Date.parse(sensor?.lastMeasurement?.createdAt ?? '')
  if (post.newest > claimed.state.newest && last === post.newest) return arrived(claimed, post)
  // A box or sensor that is gone may be why; it is looked up again.
  await claimed.save({ post: undefined, ...(sensor === undefined && { sealed: undefined }) })
}

async function sensorsOf({ run }: Claimed, boxId: string): Promise<Box['sensors']> {
  try {
    return (await publicBox(boxId, run.limit)).sensors
  } catch (error) {
    // Only where it is none of ours any more, nobody can be told.
    if (refusedWith(error) === undefined || (await run.ownBoxes()).some(({ _id }) => _id === boxId)) throw error
    return []
  }
}

async function arrived(claimed: Claimed, post: Post): Promise<void> {
  const { run, state, save } = claimed
  run.ran.posts += 1
  run.ran.measurements += post.measurements
  count('MeasurementsForwarded', { provider: 'openSenseMap' }, post.measurements)
  await save({
    post: { ...post, state: 'arrived' },
    progress: post.progress,
    newest: Math.max(state.newest, post.newest),
    ...dealtWith(state, post.parts),
  })
  await finish(claimed, post.parts)
}

async function finish({ save }: Claimed, parts: readonly Part[]): Promise<void> {
  await markWhole(parts)
  await save({ post: undefined })
}

/** What a box has come to when these parts are behind it. */
export const dealtWith = ({ begun }: BoxState, parts: readonly Part[]): Partial<BoxState> => ({
  begun: [...without(begun, parts), ...parts.filter(({ whole }) => !whole)],
  failures: 0,
  reason: undefined,
  failing_since: undefined,
  at_most: undefined,
  due_at: 0,
})

/** Those of these blocks that are none of the others. */
export const without = (parts: readonly Part[], others: readonly Part[]): Part[] =>
  parts.filter(({ series, block }) => !others.some((other) => other.series === series && other.block === block))

export const markWhole = (parts: readonly Part[]): Promise<void> =>
  inParallel(
    parts.filter(({ whole }) => whole),
    WRITES_AT_ONCE,
    async (part) => void (await markForwarded(part)),
  )

function sensorId({ sensors }: KnownBox, column: string): string {
  const wanted = sensorOf(column)
  const found = wanted && sameSensor(sensors, wanted)
  if (!found) throw new Error('a box lacks a sensor that was just added to it')
  return found._id
}

const csvOf = (measurements: readonly Measurement[], sensorIds: ReadonlyMap<string, string>): string =>
  measurements
    .map(({ column, value, time, position }) =>
      [sensorIds.get(column), value, isoTime(time), ...(position ? coordinates(position) : [])].join(','),
    )
    .join('\n')
