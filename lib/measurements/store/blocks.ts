import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { inParallel } from '../../core/concurrency.ts'
import { timeBudgets } from '../../core/time-budgets.ts'
import { dynamodb, readString, sendIfConditionHolds } from '../../dynamodb/client.ts'
import { type Block, firstRowTime } from '../blocks.ts'
import type { Cell } from '../cells.ts'
import { decodeColumn, encodeColumns, LAYOUT, READABLE_LAYOUTS, type StoredAttribute } from '../columns.ts'
import { BLOCK_ROWS } from '../limits.ts'
import { saveSeries } from './catalog.ts'
import { type SeriesId, seriesKey, toSeriesId } from './keys.ts'

/** How a block was received. */
export interface Receipt {
  /** UNIX milliseconds. */
  receivedAt: number
  matchedChecksums: readonly string[]
  failedChecksums: readonly string[]
}

/** A block as read from the table. */
export interface StoredBlock extends Receipt {
  source: string
  key: string
  timeColumn: string | null
  rows: number
  /** UNIX milliseconds. The last row is not later. */
  last: number
  columns: Map<string, Cell[]>
  /** See `Block`. */
  repeats?: readonly Cell[]
}

/** Attributes of a block's item that belong to another domain, such as the mark of blocks to forward. */
type ExtraAttributes = Readonly<Record<string, { S: string }>>

interface StoreOptions {
  /** Whether the upload has no Idempotency-Key, so that a retry cannot find its untimed blocks. */
  nameless: boolean
  /** UNIX milliseconds. */
  deadline: number
  attributesOf: (block: Block) => ExtraAttributes
}

/** Each write has several copies of its block in memory. */
const WRITES_AT_ONCE = 16
/** Prefix of data columns, so that a column name never equals another attribute. */
const COLUMN = 'c:'
/** Expressions are limited to 4 KB; with more columns, whole items are requested. */
const MAX_PROJECTED_COLUMNS = 100

/**
 * Stores blocks, after the catalog. An existing block stays unchanged: it has the same content. If a write fails, no
 * other write starts and the client may retry. The untimed blocks of `nameless` uploads are then deleted, so that a retry
 * does not duplicate them. Writing ends at the deadline, which leaves time for that. `attributesOf` adds attributes to
 * the item of a block.
 */
export async function storeBlocks(
  owner: DataOwner,
  blocks: readonly Block[],
  receipt: Receipt,
  { nameless, deadline, attributesOf }: StoreOptions,
): Promise<void> {
  await saveSeries(owner, blocks)
  try {
    const abortSignal = AbortSignal.timeout(Math.max(deadline - Date.now(), 0))
    await inParallel(blocks, WRITES_AT_ONCE, async (block) => {
      await putBlock(owner, block, receipt, attributesOf(block), abortSignal)
    })
  } catch (error) {
    const abortSignal = AbortSignal.timeout(timeBudgets.rollbackMs)
    const orphans = nameless ? blocks.filter(({ timeColumn }) => timeColumn === null) : []
    // The caller must receive the original error, even if the rollback fails.
    await inParallel(orphans, WRITES_AT_ONCE, (block) => deleteBlock(owner, block, abortSignal)).catch(() => undefined)
    throw error
  }
}

/** Writes one block, with further attributes on its item. False if it already exists. */
export async function putBlock(
  owner: DataOwner,
  block: Block,
  receipt: Receipt,
  attributes: ExtraAttributes,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const columns = encodeColumns(block.columns, block.rows).map(([name, attribute]) => [COLUMN + name, attribute])
  return sendIfConditionHolds(
    new PutItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Item: {
        ...blockKey(owner, block),
        layout: { N: String(LAYOUT) },
        rows: { N: String(block.rows) },
        last: { N: (firstRowTime(block.key) + block.span).toFixed(6) },
        ...Object.fromEntries(encodeColumns(new Map(block.repeats && [['repeats', block.repeats]]), block.rows)),
        ...(block.timeColumn !== null && { time_column: { S: block.timeColumn } }),
        received_at: { N: String(receipt.receivedAt) },
        matched_checksums: { S: receipt.matchedChecksums.join(',') },
        failed_checksums: { S: receipt.failedChecksums.join(',') },
        ...(owner.participant !== undefined && { participant: { S: owner.participant } }),
        ...attributes,
        ...Object.fromEntries(columns),
      },
      ConditionExpression: 'attribute_not_exists(series)',
    }),
    { abortSignal },
  )
}

async function deleteBlock(owner: DataOwner, block: Block, abortSignal: AbortSignal): Promise<void> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const Key = blockKey(owner, block)
  await dynamodb.send(new DeleteItemCommand({ TableName: MEASUREMENTS_TABLE, Key }), { abortSignal })
}

const blockKey = ({ clientId, participant }: DataOwner, { source, key }: Block) => ({
  series: { S: seriesKey(clientId, toSeriesId({ participant, source })) },
  block: { S: key },
})

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
  ...['block', 'layout', 'rows', 'last', 'repeats'],
  ...['time_column', 'received_at', 'matched_checksums', 'failed_checksums', `${COLUMN}time_upload_utc`],
]

function projectionOf(columns: readonly string[] | null) {
  // `block` is a reserved word.
  const keys = { '#series': 'series', '#block': 'block' }
  if (columns === null || columns.length > MAX_PROJECTED_COLUMNS) return { ExpressionAttributeNames: keys }
  const names = [...new Set([...BLOCK_ATTRIBUTES, ...columns.map((name) => COLUMN + name)])]
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
  const columns = Object.entries(item).filter(([name]) => name.startsWith(COLUMN))
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
    columns: new Map(columns.map(([name, stored]) => [name.slice(COLUMN.length), decodeColumn(stored)])),
  }
}
