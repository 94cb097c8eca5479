import { type DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb'

interface LeasedItems {
  /** How the ids of the items start. */
  prefix: string
  /** The attribute with the end of the lease. */
  until: string
  /** Condition of items whose `until` is the end of a lease. */
  isLease?: string
}

/** Items that can be leased, by table. */
const LEASES = {
  sessions: [
    { prefix: 'event#', until: 'lease_until' },
    { prefix: 'forward#', until: 'lease_until' },
    // Without a lease, it is when the work is due.
    { prefix: 'file#', until: 'due_at', isLease: 'attribute_exists(lease_id)' },
    { prefix: 'export#', until: 'due_at', isLease: 'attribute_exists(lease_id)' },
    // With a result or a call, `until` is the end of that.
    { prefix: 'once#', until: 'until', isLease: 'attribute_not_exists(outcome)' },
    { prefix: 'pin#', until: 'until', isLease: 'attribute_not_exists(sealed)' },
  ],
  // After a rejected log-in, it is the end of a pause.
  tokens: [{ prefix: 'provider#', until: 'locked_until', isLease: 'NOT refused = :yes' }],
} satisfies Record<string, LeasedItems[]>

/**
 * Ends all leases in the tables of the local run, before it serves requests: the processes that held them have ended.
 * Otherwise repeated requests would wait until the leases expire.
 */
export async function releaseLeases(client: DynamoDBClient, tableName: (table: keyof typeof LEASES) => string) {
  await Promise.all([
    releaseItems(client, tableName('sessions'), LEASES.sessions),
    releaseItems(client, tableName('tokens'), LEASES.tokens),
  ])
}

async function releaseItems(client: DynamoDBClient, TableName: string, kinds: readonly LeasedItems[]): Promise<void> {
  const conditions = kinds.map(({ isLease }, index) =>
    [`begins_with(id, :prefix${index})`, `#until${index} > :now`, ...(isLease ? [isLease] : [])].join(' AND '),
  )
  const pages = paginateScan(
    { client },
    {
      TableName,
      FilterExpression: conditions.map((condition) => `(${condition})`).join(' OR '),
      ExpressionAttributeNames: Object.fromEntries(kinds.map(({ until }, index) => [`#until${index}`, until])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(kinds.map(({ prefix }, index) => [`:prefix${index}`, { S: prefix }])),
        ':now': { N: String(Date.now()) },
        ...(conditions.some((condition) => condition.includes(':yes')) && { ':yes': { BOOL: true } }),
      },
    },
  )
  for await (const { Items = [] } of pages) {
    for (const { id } of Items) {
      const kind = kinds.find(({ prefix }) => id?.S?.startsWith(prefix))
      if (!id || !kind) continue
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id },
          UpdateExpression: 'SET #until = :ended',
          ExpressionAttributeNames: { '#until': kind.until },
          ExpressionAttributeValues: { ':ended': { N: '0' } },
        }),
      )
    }
  }
}
