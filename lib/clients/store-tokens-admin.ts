import { DeleteItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { dynamodb, readString } from '../dynamodb/client.ts'
import { itemBytes, type PurgeItem } from '../dynamodb/purge-items.ts'

/** Returns the records of an owner's auth tokens. Without its record, a token is no longer valid. */
export async function* listOwnedTokens({
  clientId,
  participant,
}: DataOwner): AsyncGenerator<PurgeItem & { jti: string }> {
  const { TOKENS_TABLE: TableName } = await getSettings('TOKENS_TABLE')
  const input = {
    TableName,
    ConsistentRead: true,
    FilterExpression: `begins_with(id, :jti) AND client_id = :client${participant === undefined ? '' : ' AND participant_id = :participant'}`,
    ExpressionAttributeValues: {
      ':jti': { S: 'jti#' },
      ':client': { S: clientId },
      ...(participant !== undefined && { ':participant': { S: participant } }),
    },
  }
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, input)) {
    for (const item of Items) {
      const id = readString(item, 'id')
      yield {
        kind: 'tokens',
        key: `tokens ${id}`,
        jti: id.slice('jti#'.length),
        bytes: itemBytes(item),
        remove: async () => {
          await dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: id } } }))
        },
      }
    }
  }
}
