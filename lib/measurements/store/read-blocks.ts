import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { dynamodb, readString } from '../../dynamodb/client.ts'
import { isItemExpired } from '../../dynamodb/expiry.ts'
import { firstRowTime } from '../block-key.ts'
import type { Cells } from '../cells.ts'
import {
  type BlockColumns,
  COLUMN_PREFIX,
  decodeColumn,
  decodeColumns,
  READABLE_LAYOUTS,
  type StoredAttribute,
} from '../columns.ts'
import { BLOCK_ROWS } from '../limits.ts'
import type { Receipt } from './blocks.ts'
import { type SeriesId, seriesKey } from './keys.ts'

/** A block as read from the table. */
export interface StoredBlock extends Receipt {
  source: string
  key: string
  timeColumn: string | null
  rows: number
  /** UNIX milliseconds. The last row is not later. */
  last: number
  columns: BlockColumns
  /** See `Block`. */
  repeats?: Cells
}

/** Expressions are limited to 4 KB; with more columns, whole items are requested. */
const MAX_PROJECTED_COLUMNS = 100

export interface BlockRange {
  clientId: string
  series: SeriesId
  /** Block keys, both inclusive. */
  from: string
  to: string
  /** Columns to read; null for all. */
  columns: readonly string[] | null
  /** Rows that are probably needed. */
  likelyRows: number
}

/** A response of DynamoDB is limited to one megabyte anyway. */
const MAX_BLOCKS_PER_QUERY = 256
const MAX_GROWTH = 4

/**
 * Reads the blocks of a range in the order of their keys. The first query requests enough blocks for the rows that are
 * probably needed, because DynamoDB bills what it reads. Later queries request more.
 */
export async function* readBlocks({
  clientId,
  series,
  from,
  to,
  columns,
  likelyRows,
}: BlockRange): AsyncGenerator<StoredBlock> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  // DynamoDB rejects a range that ends before its start.
  if (from > to) return
  const partition = seriesKey(clientId, series)
  let start: Record<string, { S: string }> | undefined
  let limit = Math.min(Math.ceil(likelyRows / BLOCK_ROWS) + 1, MAX_BLOCKS_PER_QUERY)
  let [blocks, rows] = [0, 0]
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({
        TableName: MEASUREMENTS_TABLE,
        ConsistentRead: true,
        KeyConditionExpression: '#series = :series AND #block BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':series': { S: partition },
          ':from': { S: from },
          ':to': { S: to },
        },
        ...projectionOf(columns),
        Limit: limit,
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    for (const item of Items) {
      if (isItemExpired(item)) continue
      const block = toBlock(series.source, item)
      blocks += 1
      rows += block.rows
      yield block
    }
    const last = LastEvaluatedKey?.['block']?.S
    start = last === undefined ? undefined : { series: { S: partition }, block: { S: last } }
    // Assumes that further blocks are like the previous ones. If the estimate was too low, doubles the number.
    const next = rows < likelyRows ? Math.ceil((blocks * (likelyRows - rows)) / Math.max(rows, 1)) : limit * 2
    limit = Math.min(Math.max(next, 1), limit * MAX_GROWTH, MAX_BLOCKS_PER_QUERY)
  } while (start)
}

/** `last` is absent from the blocks of earlier layouts, whose key has the time of the last row. */
const BLOCK_ATTRIBUTES = [
  ...['block', 'layout', 'rows', 'last', 'repeats', 'expires_at'],
  ...['time_column', 'received_at', 'matched_checksums', 'failed_checksums', `${COLUMN_PREFIX}time_upload_utc`],
]

function projectionOf(columns: readonly string[] | null) {
  // `block` is a reserved word.
  const keys = { '#series': 'series', '#block': 'block' }
  if (columns === null || columns.length > MAX_PROJECTED_COLUMNS) return { ExpressionAttributeNames: keys }
  const names = [...new Set([...BLOCK_ATTRIBUTES, ...columns.map((name) => COLUMN_PREFIX + name)])]
  return {
    ProjectionExpression: names.map((_, index) => `#${index}`).join(','),
    ExpressionAttributeNames: { ...keys, ...Object.fromEntries(names.map((name, index) => [`#${index}`, name])) },
  }
}

/** Decodes a block's item. */
export function toBlock(source: string, item: Record<string, StoredAttribute>): StoredBlock {
  const layout = Number(item['layout']?.N)
  if (!READABLE_LAYOUTS.includes(layout))
    throw new Error(`a block has layout ${layout}, which this version does not read`)
  const splitList = (list = ''): string[] => list.split(',').filter((name) => name !== '')
  const columns = new Map<string, StoredAttribute>()
  for (const [name, stored] of Object.entries(item))
    if (name.startsWith(COLUMN_PREFIX)) columns.set(name.slice(COLUMN_PREFIX.length), stored)
  const key = readString(item, 'block')
  return {
    source,
    key,
    last: item['last']?.N === undefined ? firstRowTime(key) + 1 : Number(item['last'].N),
    ...(item['repeats'] && { repeats: decodeColumn(item['repeats']) }),
    timeColumn: item['time_column']?.S ?? null,
    rows: Number(item['rows']?.N),
    receivedAt: Number(item['received_at']?.N),
    matchedChecksums: splitList(item['matched_checksums']?.S),
    failedChecksums: splitList(item['failed_checksums']?.S),
    columns: decodeColumns(columns),
  }
}
