import { paginateQuery } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb } from '../dynamodb/client.ts'
import { firstRowTime } from '../measurements/block-key.ts'
import { parseSeriesKey } from '../measurements/store/keys.ts'
import { compareReceipt, numberRows } from '../measurements/store/numbered-rows.ts'
import { toBlock } from '../measurements/store/read-blocks.ts'
import { findSeries } from '../measurements/store/series.ts'
import { isoTime } from '../measurements/times.ts'
import type { PendingBlock } from './batch.ts'

/**
 * Indices of the rows of a due block that must not be forwarded, because another block contains them. That block was
 * forwarded, or was received earlier and is due. Reads all blocks of the series that overlap the due one.
 */
export async function findRepeatedRows(block: PendingBlock): Promise<ReadonlySet<number>> {
  const { MEASUREMENTS_TABLE } = await getSettings('MEASUREMENTS_TABLE')
  const { clientId, ...id } = parseSeriesKey(block.series)
  const { longestSpan = 0, keyDelay = 0 } = (await findSeries(clientId, id)) ?? {}
  const input = {
    TableName: MEASUREMENTS_TABLE,
    ConsistentRead: true,
    KeyConditionExpression: 'series = :series AND #block BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#block': 'block' },
    ExpressionAttributeValues: {
      ':series': { S: block.series },
      ':from': { S: isoTime(firstRowTime(block.key) - longestSpan) },
      ':to': { S: `${isoTime(block.last + keyDelay)}~` },
    },
  }
  const rows = new Map([...numberRows(block)].map(({ row, identity }) => [identity, row]))
  const repeated = new Set<number>()
  for await (const { Items = [] } of paginateQuery({ client: dynamodb }, input)) {
    for (const item of Items) {
      const other = toBlock(block.source, item)
      const isDue = item['forward_list'] !== undefined && compareReceipt(other, block) < 0
      if (item['forwarded_at'] === undefined && !isDue) continue
      for (const { identity } of numberRows(other)) {
        const row = rows.get(identity)
        if (row !== undefined) repeated.add(row)
      }
    }
  }
  return repeated
}
