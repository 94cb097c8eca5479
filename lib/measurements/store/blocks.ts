import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../../config/settings.ts'
import type { DataOwner } from '../../core/caller.ts'
import { inParallel } from '../../core/concurrency.ts'
import { timeBudgets } from '../../core/time-budgets.ts'
import { dynamodb, sendIfConditionHolds, unixSeconds } from '../../dynamodb/client.ts'
import { firstRowTime } from '../block-key.ts'
import type { Block } from '../blocks.ts'
import { COLUMN_PREFIX, encodeColumns, LAYOUT } from '../columns.ts'
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
  const expiresAt = await blockExpiry()
  const columns = encodeColumns(block.columns, block.rows).map(([name, attribute]) => [COLUMN_PREFIX + name, attribute])
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
        ...(expiresAt !== undefined && { expires_at: { N: String(expiresAt) } }),
        ...attributes,
        ...Object.fromEntries(columns),
      },
      // DynamoDB deletes an expired block late; rows that are sent again must not disappear with it.
      ConditionExpression: 'attribute_not_exists(series) OR expires_at <= :now',
      ExpressionAttributeValues: { ':now': { N: String(unixSeconds(Date.now())) } },
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
