import { paginateScan } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { documents } from '../dynamodb/client.ts'
import type { PurgeItem } from '../dynamodb/purge-items.ts'
import { exportIdOf, exportRecord } from './export.ts'
import { markForRemoval } from './store.ts'

/**
 * Exports with rows of an owner, with the bytes of their files. Those of a client contain rows of its participants, so that
 * they are also removed with each of these.
 */
export async function* ownedExports({ clientId, participant }: DataOwner): AsyncGenerator<PurgeItem> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const pages = paginateScan(
    { client: documents },
    {
      TableName: SESSIONS_TABLE,
      ConsistentRead: true,
      FilterExpression: 'begins_with(id, :prefix) AND client_id = :client AND #state <> :removing',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':prefix': 'export#', ':client': clientId, ':removing': 'removing' },
    },
  )
  for await (const { Items = [] } of pages)
    for (const record of Items.map((item) => exportRecord.parse(item))) {
      const { participant_id = participant, written, converted, created_at } = record
      if (participant_id !== participant && participant !== undefined) continue
      yield {
        kind: 'exports',
        key: `sessions ${record.id}`,
        bytes: [...written, ...converted].reduce((sum, { size }) => sum + size, 0),
        rows: written.reduce((sum, { rows }) => sum + rows, 0),
        first: created_at,
        last: created_at,
        remove: () => markForRemoval(exportIdOf(record), Date.now()),
      }
    }
}
