import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inChunks, inParallel } from '../core/concurrency.ts'
import { documents } from '../dynamodb/client.ts'
import { boxDigest, shortDigest } from './box.ts'
import { PARKED } from './due-lists.ts'
import { findBox, retryBox } from './store-boxes.ts'
import { type BlockKey, dueBlocks, dueBoxes, parkedBlocks, parkedBoxes, redriveBlock } from './store-due-blocks.ts'

/** A box with due blocks. */
export interface WaitingBox {
  box: string
  failures: number
  /** A code: why it waits, or why the last attempt failed. */
  reason: string | undefined
  /** The id of the box in the log. */
  digest: string
  blocks: number
  /** When the last row of the oldest block was measured. */
  oldest: string
  /** UNIX milliseconds of the next attempt; null if the next run makes it. */
  nextAttempt: number | null
}

/** A box with parked blocks. */
export interface ParkedBox {
  box: string
  digest: string
  blocks: number
  /** The number of parked blocks by reason code. */
  reasons: Map<string, number>
  /** When the last row of the oldest block was measured. */
  oldest: string
}

const PAGE = 1_000
const AT_ONCE = 10
/** Each writes to `AT_ONCE` blocks, so this keeps within the sockets of the SDK. */
const BOXES_AT_ONCE = 5

/** A block's key starts with the time of its last row. */
const timeOf = (block: string): string => block.slice(0, block.indexOf('#'))

const byName = (a: { box: string }, b: { box: string }): number => (a.box < b.box ? -1 : 1)

/** All boxes with due blocks. */
export async function listWaiting(now: number): Promise<WaitingBox[]> {
  const boxes: WaitingBox[] = []
  await inParallel(await dueBoxes(Infinity), AT_ONCE, async ({ digest, hasPosition, first }) => {
    const state = await findBox(digest)
    const box = state?.box ?? (await findForwardingState(first))?.forward_box
    if (box === undefined) return
    const { failures = 0, reason, due_at = 0 } = state ?? {}
    const canBePlaced = reason === 'no_position' && hasPosition
    let blocks = 0
    let oldest = ''
    for await (const { block } of dueBlocks(digest)) {
      blocks += 1
      if (oldest === '') oldest = timeOf(block)
    }
    const nextAttempt = due_at > now && !canBePlaced ? due_at : null
    boxes.push({ box, digest: shortDigest(digest), failures, reason, blocks, oldest, nextAttempt })
  })
  return boxes.toSorted(byName)
}

/** All boxes with parked blocks. */
export async function listParked(pageSize = PAGE): Promise<ParkedBox[]> {
  const boxes = new Map<string, ParkedBox>()
  for await (const keys of inChunks(parkedBlocks(null, pageSize), pageSize))
    await inParallel(keys, AT_ONCE, async (key) => {
      const block = await findForwardingState(key)
      // The index lags behind the table, where the block may no longer be parked.
      if (block?.forward_list !== PARKED) return
      const { forward_box: box, forward_reason: reason } = block
      const time = timeOf(key.block)
      const parkedBox: ParkedBox = boxes.get(box) ?? {
        box,
        digest: shortDigest(boxDigest(box)),
        blocks: 0,
        reasons: new Map(),
        oldest: time,
      }
      parkedBox.blocks += 1
      parkedBox.reasons.set(reason, (parkedBox.reasons.get(reason) ?? 0) + 1)
      if (time < parkedBox.oldest) parkedBox.oldest = time
      boxes.set(box, parkedBox)
    })
  return [...boxes.values()].toSorted(byName)
}

/** Makes the parked blocks of these boxes due again. The next run retries the boxes without further wait. */
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

/** Returns the number of parked blocks that are due again; null if the box has neither parked nor due ones. */
async function redriveBox(box: string, pageSize: number): Promise<number | null> {
  const digest = boxDigest(box)
  let isKnown = (await dueBlocks(digest).next()).done !== true
  let redriven = 0
  for await (const keys of inChunks(parkedBlocks(digest, pageSize), pageSize)) {
    isKnown ||= keys.length > 0
    await inParallel(keys, AT_ONCE, async (key) => {
      if (await redriveBlock(key, box)) redriven += 1
    })
  }
  // Must be last: a run in between may fail, and the box would wait again.
  if (isKnown) await retryBox(digest)
  return isKnown ? redriven : null
}

/** Names of all boxes with parked or due blocks. */
export async function boxesWithBlocks(): Promise<string[]> {
  const names = new Set<string>()
  const boxes = (await Promise.all([parkedBoxes(), dueBoxes(Infinity)])).flat()
  await inParallel(boxes, AT_ONCE, async ({ digest, first }) => {
    const box = (await findBox(digest))?.box ?? (await findForwardingState(first))?.forward_box
    if (box !== undefined) names.add(box)
  })
  return [...names].toSorted()
}

const forwardingState = z.object({
  forward_list: z.string(),
  forward_box: z.string(),
  forward_reason: z._default(z.string(), '-'),
})

/** The forwarding attributes of a block; undefined if it is forwarded or deleted. */
async function findForwardingState(Key: BlockKey): Promise<z.output<typeof forwardingState> | undefined> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const ProjectionExpression = 'forward_list, forward_box, forward_reason'
  const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true, ProjectionExpression }))
  return forwardingState.safeParse(Item).data
}
