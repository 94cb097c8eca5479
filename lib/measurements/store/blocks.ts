import { type AttributeValue, DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { inParallel } from '../../core/concurrency.ts'
import { remainingMs } from '../../core/deadline.ts'
import { dynamodb, sendIfConditionHolds, unixSeconds } from '../../dynamodb/client.ts'
import { isItemExpired } from '../../dynamodb/expiry.ts'
import { firstRowTime } from '../block-key.ts'
import type { Block } from '../blocks.ts'
import { COLUMN_PREFIX, columnBytes, encodeColumns, LAYOUT } from '../columns.ts'
import { saveSeries } from './catalog.ts'
import { blockExpiry } from './expiry.ts'
import { seriesKey, toSeriesId } from './keys.ts'

/** How a block was received. */
export interface Receipt {
  /** UNIX milliseconds. */
  receivedAt: number
  matchedChecksums: readonly string[]
  failedChecksums: readonly string[]
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

/**
 * A larger block is looked for before it is written, because a write that fails its condition costs as much as one that
 * succeeds. The retry of a throttled upload then writes only the blocks that are missing.
 */
const LOOK_UP_BYTES = 8_192

/**
 * Stores blocks, after the catalog. An existing block stays unchanged: it has the same content. If a write fails, no
 * other write starts and the client may retry. The untimed blocks of `nameless` uploads are then deleted, so that a retry
 * does not duplicate them. `attributesOf` adds attributes to the item of a block.
 */
export async function storeBlocks(
  owner: DataOwner,
  blocks: readonly Block[],
  receipt: Receipt,
  { nameless, deadline, attributesOf }: StoreOptions,
): Promise<void> {
  await saveSeries(owner, blocks)
  const isOrphan = ({ timeColumn }: Block) => nameless && timeColumn === null
  const started: Block[] = []
  try {
    const abortSignal = AbortSignal.timeout(writingMs(deadline, blocks.some(isOrphan)))
    await inParallel(blocks, WRITES_AT_ONCE, async (block) => {
      started.push(block)
      await putBlock(owner, block, receipt, attributesOf(block), abortSignal)
    })
  } catch (error) {
    // The caller must receive the original error, even if the rollback fails.
    await inParallel(started.filter(isOrphan), WRITES_AT_ONCE, (block) => deleteBlock(owner, block)).catch(
      () => undefined,
    )
    throw error
  }
}

/** Milliseconds for writing. A rollback consumes the same write units, and gets twice the time. */
function writingMs(deadline: number, canRollBack: boolean): number {
  const left = deadline - Date.now()
  return Math.max(Math.floor(canRollBack ? Math.min(left, remainingMs() / 3) : left), 0)
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
  const expiresAt = await blockExpiry()
  const Key = blockKey(owner, block)
  const columns = encodeColumns(block.columns, block.rows)
  const bytes = columns.reduce((sum, [name, column]) => sum + columnBytes(block.columns.get(name) ?? [], column), 0)
  if (bytes > LOOK_UP_BYTES && (await isStored(Key, abortSignal))) return false
  return sendIfConditionHolds(
    new PutItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Item: {
        ...Key,
        layout: { N: String(LAYOUT) },
        rows: { N: String(block.rows) },
        last: { N: (firstRowTime(block.key) + block.span).toFixed(6) },
        ...Object.fromEntries(encodeColumns(new Map(block.repeats && [['repeats', block.repeats]]), block.rows)),
        ...(block.timeColumn !== null && { time_column: { S: block.timeColumn } }),
        received_at: { N: String(receipt.receivedAt) },
        matched_checksums: { S: receipt.matchedChecksums.join(',') },
        failed_checksums: { S: receipt.failedChecksums.join(',') },
        ...(owner.participant !== undefined && { participant: { S: owner.participant } }),
        ...(expiresAt !== undefined && { expires_at: { N: String(expiresAt) } }),
        ...attributes,
        ...Object.fromEntries(columns.map(([name, attribute]) => [COLUMN_PREFIX + name, attribute])),
      },
      // DynamoDB deletes an expired block late; rows that are sent again must not disappear with it.
      ConditionExpression: 'attribute_not_exists(series) OR expires_at <= :now',
      ExpressionAttributeValues: { ':now': { N: String(unixSeconds(Date.now())) } },
    }),
    { abortSignal },
  )
}

/** Whether a block exists. Reading costs a read unit if it does not, otherwise one for each 4 kB of its item. */
async function isStored(Key: Record<string, AttributeValue>, abortSignal: AbortSignal): Promise<boolean> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName, Key, ConsistentRead: true, ProjectionExpression: 'series, expires_at' }),
    { abortSignal },
  )
  return Item !== undefined && !isItemExpired(Item)
}

async function deleteBlock(owner: DataOwner, block: Block): Promise<void> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  await dynamodb.send(new DeleteItemCommand({ TableName: MEASUREMENTS_TABLE, Key: blockKey(owner, block) }))
}

const blockKey = ({ clientId, participant }: DataOwner, { source, key }: Block) => ({
  series: { S: seriesKey(clientId, toSeriesId({ participant, source })) },
  block: { S: key },
})
