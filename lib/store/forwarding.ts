import { GetItemCommand, paginateQuery, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { settings } from '../config.ts'
import type { Part, Pending } from '../forwarding/batch.ts'
import { boxDigest } from '../forwarding/box.ts'
import { dynamodb, isConditionFailure } from './dynamodb.ts'
import { PARKED, SHARDS, shardOf } from './forward-index.ts'
import { toBlock } from './measurements.ts'

export interface DueBox {
  digest: string
  /** Whether a block of it tells where it is. */
  tellsPosition: boolean
  /** One of its blocks. */
  first: Place
}

/** A block's key in the table. */
export interface Place {
  series: string
  block: string
}

const placeOf = (item: Record<string, { S?: string | undefined }>): Place => ({
  series: item['series']?.S ?? '',
  block: item['block']?.S ?? '',
})

/** All boxes that have blocks due, a step each. */
export async function dueBoxes(until: number): Promise<DueBox[]> {
  return (await Promise.all(SHARDS.map((shard) => boxesOf(shard, until)))).flat()
}

/** All boxes that have parked blocks, a step each. */
export const parkedBoxes = (): Promise<DueBox[]> => boxesOf(PARKED, Infinity)

async function boxesOf(list: string, until: number): Promise<DueBox[]> {
  const found: DueBox[] = []
  let after = ' '
  while (Date.now() < until) {
    const { Items = [] } = await dynamodb.send(
      new QueryCommand({ ...(await range(list, 'forward_order > :after', { ':after': { S: after } })), Limit: 1 }),
    )
    const [item] = Items
    if (!item) break
    const [digest = '', rank] = item['forward_order']?.S?.split('#') ?? []
    found.push({ digest, tellsPosition: rank === '0', first: placeOf(item) })
    // The character after #: what follows is another box's.
    after = `${digest}$`
  }
  return found
}

/** Blocks of a box that are due, those that tell where it is first, then the oldest, so many at a time. */
export const dueBlocks = (digest: string, pageSize: number): AsyncGenerator<Place[]> =>
  blocksOf(shardOf(digest), digest, pageSize)

/** Blocks that were parked, of one box or of all, so many at a time. */
export const parkedBlocks = (digest: string | null, pageSize: number): AsyncGenerator<Place[]> =>
  blocksOf(PARKED, digest, pageSize)

async function* blocksOf(list: string, digest: string | null, pageSize: number): AsyncGenerator<Place[]> {
  const [begin, end] = digest === null ? [' ', '~'] : [`${digest}#`, `${digest}$`]
  const values = { ':begin': { S: begin }, ':end': { S: end } }
  const input = await range(list, 'forward_order BETWEEN :begin AND :end', values)
  for await (const { Items = [] } of paginateQuery({ client: dynamodb, pageSize }, input)) yield Items.map(placeOf)
}

async function range(list: string, condition: string, values: Record<string, { S: string }>) {
  const { MEASUREMENTS_TABLE } = await settings('MEASUREMENTS_TABLE')
  return {
    TableName: MEASUREMENTS_TABLE,
    IndexName: 'forward',
    KeyConditionExpression: `forward_list = :list AND ${condition}`,
    ExpressionAttributeValues: { ':list': { S: list }, ...values },
  }
}

/** A block that is still due, with how much of it has been forwarded; null when the index is behind, and it is not. */
export async function findDue({ series, block }: Place): Promise<(Pending & { box: string }) | null> {
  const { MEASUREMENTS_TABLE } = await settings('MEASUREMENTS_TABLE')
  const Key = { series: { S: series }, block: { S: block } }
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: MEASUREMENTS_TABLE, Key, ConsistentRead: true }))
  if (!Item?.['forward_list']?.S?.startsWith('due#')) return null
  const source = series.slice(series.indexOf('#') + 1)
  const sentRows = Number(Item['forward_rows']?.N ?? 0)
  return { ...toBlock(source, Item), series, sentRows, box: Item['forward_box']?.S ?? '' }
}

/** Notes that a block has been forwarded; nothing happens when that was noted before. */
export const markForwarded = (place: Place): Promise<boolean> =>
  change(
    place,
    'SET forwarded_at = :now REMOVE forward_list, forward_order, forward_box, forward_rows, forward_reason',
    {
      ':now': { N: String(Date.now()) },
    },
  )

/** Takes a block out of what is due, until somebody redrives it; `rows` of it have been forwarded. */
export const parkBlock = (place: Place, rows: number, reason: string): Promise<boolean> =>
  change(place, 'SET forward_list = :parked, forward_rows = :rows, forward_reason = :reason', {
    ':parked': { S: PARKED },
    ':rows': { N: String(rows) },
    ':reason': { S: reason },
  })

/** Keeps with a parked block how much of it has been forwarded after all. */
export const noteRows = ({ rows, ...place }: Pick<Part, 'series' | 'block' | 'rows'>): Promise<boolean> =>
  change(place, 'SET forward_rows = :rows', { ':rows': { N: String(rows) } })

/** Makes a parked block due again; false when it is not parked. */
export const redriveBlock = (place: Place, box: string): Promise<boolean> =>
  change(
    place,
    'SET forward_list = :shard REMOVE forward_reason',
    { ':shard': { S: shardOf(boxDigest(box)) }, ':parked': { S: PARKED } },
    'forward_list = :parked',
  )

async function change(
  { series, block }: Place,
  expression: string,
  values: Record<string, { S: string } | { N: string }>,
  condition = 'attribute_exists(forward_list)',
): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await settings('MEASUREMENTS_TABLE')
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: MEASUREMENTS_TABLE,
        Key: { series: { S: series }, block: { S: block } },
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
      }),
    )
    return true
  } catch (error) {
    if (isConditionFailure(error)) return false
    throw error
  }
}
