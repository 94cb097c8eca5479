import { type AttributeValue, BatchWriteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'

/** Maximum items of BatchWriteItem. */
const BATCH = 25
const BATCHES_AT_ONCE = 4

/**
 * Fills a table of the embedded DynamoDB with copies of one of its items, which the product has written. `differing`
 * returns the attributes that differ in each copy.
 */
export async function fillWithCopies(
  endpoint: string,
  TableName: string,
  count: number,
  differing: () => Record<string, AttributeValue>,
): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials })
  const { Items: [pattern] = [] } = await client.send(new ScanCommand({ TableName, Limit: 1 }))
  if (!pattern) throw new Error(`${TableName} contains no item to copy`)
  let remaining = count
  const write = async () => {
    while (remaining > 0) {
      const copies = Array.from({ length: Math.min(BATCH, remaining) }, () => ({ ...pattern, ...differing() }))
      remaining -= copies.length
      const requests = copies.map((Item) => ({ PutRequest: { Item } }))
      const command = new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } })
      const { UnprocessedItems = {} } = await client.send(command)
      if (Object.keys(UnprocessedItems).length > 0) throw new Error(`${TableName} did not store all copies`)
    }
  }
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, write))
  client.destroy()
}
