import { randomBytes } from 'node:crypto'
import { GetItemCommand, paginateQuery, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb, sendIfConditionHolds } from '../dynamodb/client.ts'
import { toBlock } from '../measurements/store/blocks.ts'
import type { BatchPart, PendingBlock } from './batch.ts'
import { boxDigest } from './box.ts'
import { PARKED, SHARDS, shardOf } from './due-index.ts'

/** Keys asked for at once. */
const PAGE = 100

export interface DueBox {
  digest: string
  /** Whether a block of it tells where it is. */
  tellsPosition: boolean
  /** One of its blocks. */
  first: BlockKey
}

/** A block's key in the table. */
export interface BlockKey {
  series: string
  block: string
}

const placeOf = (item: Record<string, { S?: string | undefined }>): BlockKey => ({
  series: item['series']?.S ?? '',
  block: item['block']?.S ?? '',
})

/**
 * Boxes that have blocks due, a step each, as many as are found until a moment (UNIX milliseconds). It begins anywhere,
 * so that those for which there was no time are found by another run.
 */
export async function dueBoxes(until: number, from = randomBytes(6).toString('base64url')): Promise<DueBox[]> {
  const found = await Promise.all(
    SHARDS.flatMap((shard) => [boxesOf(shard, until, from, '~'), boxesOf(shard, until, ' ', from)]),
  )
  return found.flat()
}

/** All boxes that have parked blocks, a step each. */
export const parkedBoxes = (): Promise<DueBox[]> => boxesOf(PARKED, Infinity, ' ', '~')

async function boxesOf(list: string, until: number, from: string, to: string): Promise<DueBox[]> {
  const found: DueBox[] = []
  let begin = from
  // DynamoDB takes a range that ends before it begins for a mistake.
  while (Date.now() < until && begin <= to) {
    const { Items = [] } = await dynamodb.send(new QueryCommand({ ...(await range(list, begin, to)), Limit: 1 }))
    const [item] = Items
    if (!item) break
    const [digest = '', rank] = item['forward_order']?.S?.split('#') ?? []
    found.push({ digest, tellsPosition: rank === '0', first: placeOf(item) })
    // The character after #: what follows is another box's.
    begin = `${digest}$`
  }
  return found
}

/** Blocks of a box that are due, the oldest first. */
export async function* dueBlocks(digest: string): AsyncGenerator<BlockKey> {
  const placed = eachOf(shardOf(digest), `${digest}#0`)
  const others = eachOf(shardOf(digest), `${digest}#1`)
  let [one, other] = await Promise.all([placed.next(), others.next()])
  for (;;) {
    if (!one.done && (other.done || one.value.block <= other.value.block)) {
      yield one.value
      one = await placed.next()
    } else if (!other.done) {
      yield other.value
      other = await others.next()
    } else return
  }
}

/** The oldest due block of a box that tells where it is. */
export async function toBlockKey(digest: string): Promise<BlockKey | null> {
  const { value, done } = await eachOf(shardOf(digest), `${digest}#0`, 1).next()
  return done ? null : value
}

/** Blocks that were parked, of one box or of all. */
export const parkedBlocks = (digest: string | null, pageSize?: number): AsyncGenerator<BlockKey> =>
  eachOf(PARKED, digest === null ? '' : `${digest}#`, pageSize)

/** Blocks of a list whose place in it begins so. */
async function* eachOf(list: string, prefix: string, pageSize = PAGE): AsyncGenerator<BlockKey> {
  const input = await range(list, prefix === '' ? ' ' : prefix, `${prefix}~`)
  for await (const { Items = [] } of paginateQuery({ client: dynamodb, pageSize }, input)) yield* Items.map(placeOf)
}

async function range(list: string, begin: string, end: string) {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  return {
    TableName: MEASUREMENTS_TABLE,
    IndexName: 'forward',
    KeyConditionExpression: 'forward_list = :list AND forward_order BETWEEN :begin AND :end',
    ExpressionAttributeValues: { ':list': { S: list }, ':begin': { S: begin }, ':end': { S: end } },
  }
}

/** A block that is still due, with how much of it has been forwarded; null when the index is behind, and it is not. */
export async function findDue({ series, block }: BlockKey): Promise<(PendingBlock & { box: string }) | null> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const Key = { series: { S: series }, block: { S: block } }
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key, ConsistentRead: true }))
  if (!Item?.['forward_list']?.S?.startsWith('due#')) return null
  const source = series.slice(series.indexOf('#') + 1)
  const sentRows = Number(Item['forward_rows']?.N ?? 0)
  return { ...toBlock(source, Item), series, sentRows, box: Item['forward_box']?.S ?? '' }
}

/** Notes that a block has been forwarded; nothing happens when that was noted before. */
export const markForwarded = (place: BlockKey): Promise<boolean> =>
  change(
    place,
    'SET forwarded_at = :now REMOVE forward_list, forward_order, forward_box, forward_rows, forward_reason',
    {
      ':now': { N: String(Date.now()) },
    },
  )

/** Takes a block out of what is due, until somebody redrives it; `rows` of it have been forwarded. */
export const parkBlock = (place: BlockKey, rows: number, reason: string): Promise<boolean> =>
  change(place, 'SET forward_list = :parked, forward_rows = :rows, forward_reason = :reason', {
    ':parked': { S: PARKED },
    ':rows': { N: String(rows) },
    ':reason': { S: reason },
  })

/** Keeps with a parked block how much of it has been forwarded after all. */
export const saveRowCount = ({ rows, ...place }: Pick<BatchPart, 'series' | 'block' | 'rows'>): Promise<boolean> =>
  change(place, 'SET forward_rows = :rows', { ':rows': { N: String(rows) } })

/** Makes a parked block due again; false when it is not parked. */
export const redriveBlock = (place: BlockKey, box: string): Promise<boolean> =>
  change(
    place,
    'SET forward_list = :shard REMOVE forward_reason',
    { ':shard': { S: shardOf(boxDigest(box)) }, ':parked': { S: PARKED } },
    'forward_list = :parked',
  )

async function change(
  { series, block }: BlockKey,
  expression: string,
  values: Record<string, { S: string } | { N: string }>,
  condition = 'attribute_exists(forward_list)',
): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  return sendIfConditionHolds(
    dynamodb.send(
      new UpdateItemCommand({
        TableName: MEASUREMENTS_TABLE,
        Key: { series: { S: series }, block: { S: block } },
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
      }),
    ),
  )
}
