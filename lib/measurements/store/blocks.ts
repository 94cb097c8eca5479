import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import { inParallel } from '../../core/concurrency.ts'
import { timeBudgets } from '../../core/time-budgets.ts'
import { dynamodb, sendIfConditionHolds } from '../../dynamodb/client.ts'
import type { Block } from '../blocks.ts'
import type { Cell } from '../cells.ts'
import { decodeColumn, encodeColumns, LAYOUT, LAYOUTS_READ, type StoredAttribute } from '../columns.ts'
import { BLOCK_ROWS } from '../limits.ts'
import { saveSeries } from './catalog.ts'

/** What is kept beside a block's columns about how it came. */
export interface Receipt {
  /** UNIX milliseconds. */
  receivedAt: number
  matchedChecksums: readonly string[]
  failedChecksums: readonly string[]
  /** Whose token it came with: rows that name a box stand in the box's series, and are still that person's. */
  participantId?: string
}

/** A block as it is read back. */
export interface StoredBlock extends Receipt {
  source: string
  key: string
  timeColumn: string | null
  rows: number
  columns: Map<string, Cell[]>
}

/** Attributes of a block's item that belong to another domain, such as the mark of blocks to forward. */
type ExtraAttributes = Readonly<Record<string, { S: string }>>

interface StoreOptions {
  nameless: boolean
  /** UNIX milliseconds. */
  deadline: number
  attributesOf: (block: Block) => ExtraAttributes
}

/** Each holds a whole block in memory, several times over while it is sent. */
const WRITES_AT_ONCE = 16
/** Data columns carry this prefix, so that no column name can meet an attribute of ours. */
const COLUMN = 'c:'
/** Projections end at 4 KB of expression; past this many columns whole items are cheaper to ask for. */
const PROJECTED_AT_MOST = 100

export const seriesKey = (clientId: string, source: string): string => `${clientId}#${source}`

/**
 * Stores blocks, the catalog first. A block that exists already is left as it is: it is a retry of the same content.
 * When a write fails, nothing further begins and the upload may simply be repeated. Where only this request could know
 * its untimed blocks again (`nameless`: it had no Idempotency-Key), they are taken back, so that a repeat does not
 * double them. All writing ends at the deadline (UNIX milliseconds), so that there is time left for that. `attributesOf`
 * adds attributes to the item of a block.
 */
export async function storeBlocks(
  clientId: string,
  blocks: readonly Block[],
  receipt: Receipt,
  { nameless, deadline, attributesOf }: StoreOptions,
): Promise<void> {
  await saveSeries(clientId, blocks)
  try {
    const abortSignal = AbortSignal.timeout(Math.max(deadline - Date.now(), 0))
    await inParallel(blocks, WRITES_AT_ONCE, async (block) => {
      await putBlock(clientId, block, receipt, attributesOf(block), abortSignal)
    })
  } catch (error) {
    const abortSignal = AbortSignal.timeout(timeBudgets.rollbackMs)
    const orphans = nameless ? blocks.filter(({ timeColumn }) => timeColumn === null) : []
    // The failure itself is what the caller must hear of, whether or not taking back works.
    await inParallel(orphans, WRITES_AT_ONCE, (block) => deleteBlock(clientId, block, abortSignal)).catch(
      () => undefined,
    )
    throw error
  }
}

/** Writes one block, with further attributes on its item; false when it exists already. */
export async function putBlock(
  clientId: string,
  block: Block,
  receipt: Receipt,
  attributes: ExtraAttributes,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const columns = encodeColumns(block.columns, block.rows).map(([name, attribute]) => [COLUMN + name, attribute])
  return sendIfConditionHolds(
    dynamodb.send(
      new PutItemCommand({
        TableName: MEASUREMENTS_TABLE,
        Item: {
          series: { S: seriesKey(clientId, block.source) },
          block: { S: block.key },
          layout: { N: String(LAYOUT) },
          rows: { N: String(block.rows) },
          ...(block.timeColumn !== null && { time_column: { S: block.timeColumn } }),
          received_at: { N: String(receipt.receivedAt) },
          matched_checksums: { S: receipt.matchedChecksums.join(',') },
          failed_checksums: { S: receipt.failedChecksums.join(',') },
          ...(receipt.participantId !== undefined && { participant: { S: receipt.participantId } }),
          ...attributes,
          ...Object.fromEntries(columns),
        },
        ConditionExpression: 'attribute_not_exists(series)',
      }),
      { abortSignal },
    ),
  )
}

async function deleteBlock(clientId: string, block: Block, abortSignal: AbortSignal): Promise<void> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const Key = { series: { S: seriesKey(clientId, block.source) }, block: { S: block.key } }
  await dynamodb.send(new DeleteItemCommand({ TableName: MEASUREMENTS_TABLE, Key }), { abortSignal })
}

export interface BlockRange {
  clientId: string
  source: string
  /** Block keys, both inclusive. */
  from: string
  to: string
  /** Columns to read; null for all. */
  columns: readonly string[] | null
  /** As many rows will probably do. */
  likelyRows: number
}

/** Blocks asked for at once, at most: an answer of DynamoDB ends at a megabyte anyway. */
const BLOCKS_AT_ONCE = 256
const MORE_AT_ONCE = 4

/**
 * Reads the blocks of a range in the order of their keys, in steps: as many as the rows that are likely enough will be
 * in, since what DynamoDB reads beyond them is paid for; then more and more.
 */
export async function* readBlocks({
  clientId,
  source,
  from,
  to,
  columns,
  likelyRows,
}: BlockRange): AsyncGenerator<StoredBlock> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  // DynamoDB takes a range that ends before it begins for a mistake.
  if (from > to) return
  let start: Record<string, { S: string }> | undefined
  let limit = Math.min(Math.ceil(likelyRows / BLOCK_ROWS) + 1, BLOCKS_AT_ONCE)
  let [blocks, rows] = [0, 0]
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new QueryCommand({
        TableName: MEASUREMENTS_TABLE,
        ConsistentRead: true,
        KeyConditionExpression: '#series = :series AND #block BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':series': { S: seriesKey(clientId, source) },
          ':from': { S: from },
          ':to': { S: to },
        },
        ...projection(columns),
        Limit: limit,
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    for (const item of Items) {
      const block = toBlock(source, item)
      blocks += 1
      rows += block.rows
      yield block
    }
    const last = LastEvaluatedKey?.['block']?.S
    start = last === undefined ? undefined : { series: { S: seriesKey(clientId, source) }, block: { S: last } }
    // Of blocks like those so far, which the next may not be like; or, where these were not enough after all, twice as many.
    const next = rows < likelyRows ? Math.ceil((blocks * (likelyRows - rows)) / Math.max(rows, 1)) : limit * 2
    limit = Math.min(Math.max(next, 1), limit * MORE_AT_ONCE, BLOCKS_AT_ONCE)
  } while (start)
}

function projection(columns: readonly string[] | null) {
  // `block` is a reserved word.
  const keys = { '#series': 'series', '#block': 'block' }
  if (columns === null || columns.length > PROJECTED_AT_MOST) return { ExpressionAttributeNames: keys }
  const own = ['block', 'layout', 'rows', 'time_column', 'received_at', 'matched_checksums', 'failed_checksums']
  const names = [...own, ...columns.map((name) => COLUMN + name)]
  return {
    ProjectionExpression: names.map((_, index) => `#${index}`).join(','),
    ExpressionAttributeNames: { ...keys, ...Object.fromEntries(names.map((name, index) => [`#${index}`, name])) },
  }
}

/** A block as its item has it. */
export function toBlock(source: string, item: Record<string, StoredAttribute>): StoredBlock {
  const layout = Number(item['layout']?.N)
  if (!LAYOUTS_READ.includes(layout)) throw new Error(`a block has layout ${layout}, which this version does not read`)
  const split = (list = ''): string[] => list.split(',').filter((name) => name !== '')
  const columns = Object.entries(item).filter(([name]) => name.startsWith(COLUMN))
  return {
    source,
    key: item['block']?.S ?? '',
    timeColumn: item['time_column']?.S ?? null,
    rows: Number(item['rows']?.N),
    receivedAt: Number(item['received_at']?.N),
    matchedChecksums: split(item['matched_checksums']?.S),
    failedChecksums: split(item['failed_checksums']?.S),
    columns: new Map(columns.map(([name, stored]) => [name.slice(COLUMN.length), decodeColumn(stored)])),
  }
}
