import { randomBytes } from 'node:crypto'
import { GetItemCommand, paginateQuery, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb, readString, sendIfConditionHolds } from '../dynamodb/client.ts'
import { isItemExpired } from '../dynamodb/expiry.ts'
import { parseSeriesKey } from '../measurements/store/keys.ts'
import { toBlock } from '../measurements/store/read-blocks.ts'
import type { BatchPart, PendingBlock } from './batch.ts'
import { boxDigest } from './box.ts'
import { PARKED, SHARDS, shardOf } from './due-lists.ts'

/** Keys per query. */
const PAGE = 100

export interface DueBox {
  digest: string
  /** Whether one of its blocks contains a position. */
  hasPosition: boolean
  /** One of its blocks. */
  first: BlockKey
}

/** A block's key in the table. */
export interface BlockKey {
  series: string
  block: string
}

const toBlockKey = (item: Record<string, { S?: string | undefined }>): BlockKey => ({
  series: readString(item, 'series'),
  block: readString(item, 'block'),
})

/**
 * Boxes with due blocks, one query each, as many as are found until `until` (UNIX milliseconds). The search starts at a
 * random box, so that another run finds the boxes that this one does not reach.
 */
export async function dueBoxes(until: number, from = randomBytes(6).toString('base64url')): Promise<DueBox[]> {
  const boxes = await Promise.all(
    SHARDS.flatMap((shard) => [findBoxes(shard, until, from, '~'), findBoxes(shard, until, ' ', from)]),
  )
  return boxes.flat()
}

/** All boxes with parked blocks, one query each. */
export const parkedBoxes = (): Promise<DueBox[]> => findBoxes(PARKED, Infinity, ' ', '~')

async function findBoxes(list: string, until: number, from: string, to: string): Promise<DueBox[]> {
  const boxes: DueBox[] = []
  let start = from
  // DynamoDB rejects a range whose end is before its start.
  while (Date.now() < until && start <= to) {
    const { Items = [] } = await dynamodb.send(new QueryCommand({ ...(await rangeQuery(list, start, to)), Limit: 1 }))
    const [item] = Items
    if (!item) break
    const [digest = '', rank] = readString(item, 'forward_order').split('#')
    boxes.push({ digest, hasPosition: rank === '0', first: toBlockKey(item) })
    // `$` is the character after `#`, so the next query starts at the next box.
    start = `${digest}$`
  }
  return boxes
}

/** Due blocks of a box, the oldest first. */
export async function* dueBlocks(digest: string): AsyncGenerator<BlockKey> {
  const positioned = listBlocks(shardOf(digest), `${digest}#0`)
  const unpositioned = listBlocks(shardOf(digest), `${digest}#1`)
  let [withPosition, withoutPosition] = await Promise.all([positioned.next(), unpositioned.next()])
  for (;;) {
    if (!withPosition.done && (withoutPosition.done || withPosition.value.block <= withoutPosition.value.block)) {
      yield withPosition.value
      withPosition = await positioned.next()
    } else if (!withoutPosition.done) {
      yield withoutPosition.value
      withoutPosition = await unpositioned.next()
    } else return
  }
}

/** The oldest due block of a box that contains a position; null without one. */
export async function findPositionedBlock(digest: string): Promise<BlockKey | null> {
  const { value, done } = await listBlocks(shardOf(digest), `${digest}#0`, 1).next()
  return done ? null : value
}

/** Parked blocks of one box, or of all if `digest` is null. */
export const parkedBlocks = (digest: string | null, pageSize?: number): AsyncGenerator<BlockKey> =>
  listBlocks(PARKED, digest === null ? '' : `${digest}#`, pageSize)

/** Blocks of a list whose sort key starts with `prefix`. */
async function* listBlocks(list: string, prefix: string, pageSize = PAGE): AsyncGenerator<BlockKey> {
  const input = await rangeQuery(list, prefix === '' ? ' ' : prefix, `${prefix}~`)
  for await (const { Items = [] } of paginateQuery({ client: dynamodb, pageSize }, input)) yield* Items.map(toBlockKey)
}

async function rangeQuery(list: string, start: string, end: string) {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  return {
    TableName: MEASUREMENTS_TABLE,
    IndexName: 'forward',
    KeyConditionExpression: 'forward_list = :list AND forward_order BETWEEN :start AND :end',
    ExpressionAttributeValues: { ':list': { S: list }, ':start': { S: start }, ':end': { S: end } },
  }
}

/**
 * A due block with the number of forwarded rows; null if it is no longer due, because the index lags behind. An expired
 * block is removed from the index, and is not forwarded.
 */
export async function findDueBlock({ series, block }: BlockKey): Promise<(PendingBlock & { box: string }) | null> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const Key = { series: { S: series }, block: { S: block } }
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key, ConsistentRead: true }))
  if (!Item?.['forward_list']?.S?.startsWith('due#')) return null
  if (isItemExpired(Item)) {
    await updateBlock({ series, block }, `REMOVE ${FORWARDING}`)
    return null
  }
  const sentRows = Number(Item['forward_rows']?.N ?? 0)
  return { ...toBlock(parseSeriesKey(series).source, Item), series, sentRows, box: readString(Item, 'forward_box') }
}

/** Attributes of a block that waits, or is parked. */
const FORWARDING = 'forward_list, forward_order, forward_box, forward_rows, forward_reason'

/** Marks a block as forwarded. A repeated call changes nothing. */
export const markForwarded = (key: BlockKey): Promise<boolean> =>
  updateBlock(key, `SET forwarded_at = :now REMOVE ${FORWARDING}`, {
    ':now': { N: String(Date.now()) },
  })

/** Parks a block until an operator redrives it. `rows` is the number of forwarded rows. */
export const parkBlock = (key: BlockKey, rows: number, reason: string): Promise<boolean> =>
  updateBlock(key, 'SET forward_list = :parked, forward_rows = :rows, forward_reason = :reason', {
    ':parked': { S: PARKED },
    ':rows': { N: String(rows) },
    ':reason': { S: reason },
  })

/** Stores the number of forwarded rows with a block. */
export const saveRowCount = ({ rows, ...key }: Pick<BatchPart, 'series' | 'block' | 'rows'>): Promise<boolean> =>
  updateBlock(key, 'SET forward_rows = :rows', { ':rows': { N: String(rows) } })

/** Makes a parked block due again. Returns false if it is not parked. */
export const redriveBlock = (key: BlockKey, box: string): Promise<boolean> =>
  updateBlock(
    key,
    'SET forward_list = :shard REMOVE forward_reason',
    { ':shard': { S: shardOf(boxDigest(box)) }, ':parked': { S: PARKED } },
    'forward_list = :parked',
  )

async function updateBlock(
  { series, block }: BlockKey,
  expression: string,
  values?: Record<string, { S: string } | { N: string }>,
  condition = 'attribute_exists(forward_list)',
): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  return sendIfConditionHolds(
    new UpdateItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Key: { series: { S: series }, block: { S: block } },
      UpdateExpression: expression,
      ConditionExpression: condition,
      ...(values && { ExpressionAttributeValues: values }),
    }),
  )
}
