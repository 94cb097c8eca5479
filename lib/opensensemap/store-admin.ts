import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inChunks, inParallel } from '../core/concurrency.ts'
import { documents } from '../dynamodb/client.ts'
import { boxDigest, shortDigest } from './box.ts'
import { PARKED } from './due-index.ts'
import { findBox, retryBox } from './store-boxes.ts'
import { type BlockKey, dueBlocks, dueBoxes, parkedBlocks, parkedBoxes, redriveBlock } from './store-due-blocks.ts'

/** A box that has blocks due. */
export interface WaitingBox {
  box: string
  failures: number
  /** A code: why it waits, or why the last attempt failed. */
  reason: string | undefined
  /** As the log names it. */
  digest: string
  blocks: number
  /** When the last row of the oldest block was measured. */
  oldest: string
  /** UNIX milliseconds: when it is tried next; null when the next run does it. */
  nextAttempt: number | null
}

/** A box that has blocks which were given up. */
export interface ParkedBox {
  box: string
  digest: string
  blocks: number
  /** Codes, and how many blocks were parked for each. */
  reasons: Map<string, number>
  /** When the last row of the oldest block was measured. */
  oldest: string
}

const PAGE = 1_000
const AT_ONCE = 10
/** Each writes to `AT_ONCE` blocks: with all of them, the SDK's sockets would not suffice. */
const BOXES_AT_ONCE = 5

/** A block's key begins with the time of its last row. */
const timeOf = (block: string): string => block.slice(0, block.indexOf('#'))

const byName = (one: { box: string }, other: { box: string }): number => (one.box < other.box ? -1 : 1)

/** All boxes that have something due, and what the next run makes of them. */
export async function listWaiting(now: number): Promise<WaitingBox[]> {
  const found: WaitingBox[] = []
  await inParallel(await dueBoxes(Infinity), AT_ONCE, async ({ digest, tellsPosition, first }) => {
    const state = await findBox(digest)
    const box = state?.box ?? (await findMarks(first))?.forward_box
    if (box === undefined) return
    const { failures = 0, reason, due_at = 0 } = state ?? {}
    const isPlaced = reason === 'no_position' && tellsPosition
    let blocks = 0
    let oldest = ''
    for await (const { block } of dueBlocks(digest)) {
      blocks += 1
      if (oldest === '') oldest = timeOf(block)
    }
    const nextAttempt = due_at > now && !isPlaced ? due_at : null
    found.push({ box, digest: shortDigest(digest), failures, reason, blocks, oldest, nextAttempt })
  })
  return found.toSorted(byName)
}

/** All boxes that have parked blocks. */
export async function listParked(pageSize = PAGE): Promise<ParkedBox[]> {
  const found = new Map<string, ParkedBox>()
  for await (const places of inChunks(parkedBlocks(null, pageSize), pageSize))
    await inParallel(places, AT_ONCE, async (place) => {
      const marks = await findMarks(place)
      // The index lags behind the table: what was redriven meanwhile is parked no more.
      if (marks?.forward_list !== PARKED) return
      const { forward_box: box, forward_reason: reason } = marks
      const time = timeOf(place.block)
      const own: ParkedBox = found.get(box) ?? {
        box,
        digest: shortDigest(boxDigest(box)),
        blocks: 0,
        reasons: new Map(),
        oldest: time,
      }
      own.blocks += 1
      own.reasons.set(reason, (own.reasons.get(reason) ?? 0) + 1)
      if (time < own.oldest) own.oldest = time
      found.set(box, own)
    })
  return [...found.values()].toSorted(byName)
}

/** Makes what is parked of these boxes due again, and has them tried at the next run, whatever they wait for. */
export async function redriveBoxes(boxes: readonly string[], pageSize = PAGE) {
  const redriven: { box: string; blocks: number }[] = []
  const skipped: string[] = []
  await inParallel(boxes, BOXES_AT_ONCE, async (box) => {
    const blocks = await redriveBox(box, pageSize)
    if (blocks === null) skipped.push(box)
    else redriven.push({ box, blocks })
  })
  return { redriven: redriven.toSorted(byName), skipped: skipped.toSorted() }
}

/** How many parked blocks of a box are due again; null when it has neither parked nor due ones. */
async function redriveBox(box: string, pageSize: number): Promise<number | null> {
  const digest = boxDigest(box)
  let isKnown = (await dueBlocks(digest).next()).done !== true
  let redriven = 0
  for await (const places of inChunks(parkedBlocks(digest, pageSize), pageSize)) {
    isKnown ||= places.length > 0
    await inParallel(places, AT_ONCE, async (place) => {
      if (await redriveBlock(place, box)) redriven += 1
    })
  }
  // Comes last: a run in between may fail once more, and the box would wait with its blocks.
  if (isKnown) await retryBox(digest)
  return isKnown ? redriven : null
}

/** Names of all boxes that have something parked or due. */
export async function boxesWithBlocks(): Promise<string[]> {
  const names = new Set<string>()
  const found = (await Promise.all([parkedBoxes(), dueBoxes(Infinity)])).flat()
  await inParallel(found, AT_ONCE, async ({ digest, first }) => {
    const box = (await findBox(digest))?.box ?? (await findMarks(first))?.forward_box
    if (box !== undefined) names.add(box)
  })
  return [...names].toSorted()
}

const marks = z.object({
  forward_list: z.string(),
  forward_box: z.string(),
  forward_reason: z._default(z.string(), '-'),
})

/** What is noted with a block for forwarding, without the block; undefined when it is forwarded, or gone. */
async function findMarks(Key: BlockKey): Promise<z.output<typeof marks> | undefined> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const ProjectionExpression = 'forward_list, forward_box, forward_reason'
  const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true, ProjectionExpression }))
  return marks.safeParse(Item).data
}
