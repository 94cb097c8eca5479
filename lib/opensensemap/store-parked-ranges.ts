import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { dynamodb } from '../dynamodb/client.ts'
import { isItemExpired } from '../dynamodb/expiry.ts'
import { firstRowTime } from '../measurements/block-key.ts'
import { seriesKey, toSeriesId } from '../measurements/store/keys.ts'
import type { Series } from '../measurements/store/series.ts'
import { isoTime } from '../measurements/times.ts'
import { boxDigest, boxesOfSeries, isBoxSelected } from './box.ts'
import { PARKED } from './due-lists.ts'
import { type BlockKey, parkedBlocks } from './store-due-blocks.ts'

/** The times of a parked block, and a code for the reason. */
export const parkedRange = z.object({ first: z.iso.datetime(), last: z.iso.datetime(), reason: z.string() })
export type ParkedRange = z.output<typeof parkedRange>

/** @limit Downloads | time ranges of parked blocks that `GET /series` returns for a series, the newest */
const MAX_RANGES = 100
/** Keys that are read of a box: clients with equal names of boxes share it. */
const MAX_KEYS = 1_000
const AT_ONCE = 10

/**
 * The ranges of the parked blocks of a client's series in the order of their times, at most the newest 100. Looks at
 * 1,000 parked blocks of its box. Empty without a query if the settings forward nothing of the series.
 */
export async function findParkedRanges(
  clientId: string,
  series: Pick<Series, 'source' | 'participant' | 'columns'>,
): Promise<ParkedRange[]> {
  const filters = await getSettings('OSEM_UPLOAD', 'OSEM_CLIENTS', 'OSEM_BOXES')
  const boxes = boxesOfSeries(series).filter((box) => isBoxSelected(clientId, box, filters))
  const partition = seriesKey(clientId, toSeriesId(series))
  const keys = (await Promise.all(boxes.map((box) => parkedKeys(box, partition)))).flat()
  const newest = keys.toSorted((a, b) => (a.block < b.block ? 1 : -1)).slice(0, MAX_RANGES)
  const ranges: ParkedRange[] = []
  await inParallel(newest, AT_ONCE, async (key) => {
    const range = await findRange(key)
    if (range) ranges.push(range)
  })
  return ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))
}

async function parkedKeys(box: string, partition: string): Promise<BlockKey[]> {
  const keys: BlockKey[] = []
  let read = 0
  for await (const key of parkedBlocks(boxDigest(box), MAX_KEYS)) {
    if (key.series === partition) keys.push(key)
    read += 1
    if (read === MAX_KEYS) break
  }
  return keys
}

/** The range of a block; null if it is no longer parked, because the index lags behind the table. */
async function findRange({ series, block }: BlockKey): Promise<ParkedRange | null> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await dynamodb.send(
    new GetItemCommand({
      TableName: MEASUREMENTS_TABLE,
      Key: { series: { S: series }, block: { S: block } },
      ProjectionExpression: 'forward_list, forward_reason, #last, expires_at',
      ExpressionAttributeNames: { '#last': 'last' },
    }),
  )
  if (Item?.['forward_list']?.S !== PARKED || isItemExpired(Item)) return null
  const first = firstRowTime(block)
  const last = Number(Item['last']?.N ?? first)
  return { first: isoTime(first), last: isoTime(last), reason: Item['forward_reason']?.S ?? '-' }
}
