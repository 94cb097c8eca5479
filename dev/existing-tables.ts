import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb'
import { type DataTemplate, isTable, type Table } from './data-template.ts'

/**
 * The tables of a template that exist, as they are. CloudFormation imports a table without changing it, and then assumes
 * that it is as its template. An update after the import sets what differs, for example in a restored table.
 */
export async function existingTables(
  client: DynamoDBClient,
  { Resources }: DataTemplate,
): Promise<Record<string, Table>> {
  const tables = await Promise.all(
    Object.entries(Resources).map(async ([id, resource]) =>
      isTable(resource) ? { id, table: await actualTable(client, resource) } : { id, table: null },
    ),
  )
  return Object.fromEntries(tables.flatMap(({ id, table }) => (table === null ? [] : [[id, table]])))
}

/** A table as it is; null if it does not exist. */
async function actualTable(client: DynamoDBClient, table: Table): Promise<Table | null> {
  const { TableName } = table.Properties
  const description = await describeTable(client, TableName)
  if (description === null) return null
  const [{ TimeToLiveDescription: ttl }, { ContinuousBackupsDescription: backups }] = await Promise.all([
    client.send(new DescribeTimeToLiveCommand({ TableName })),
    client.send(new DescribeContinuousBackupsCommand({ TableName })),
  ])
  const { PointInTimeRecoveryStatus: recovery } = backups?.PointInTimeRecoveryDescription ?? {}
  const hasTtl = /^ENABL/.test(ttl?.TimeToLiveStatus ?? '')
  return {
    ...table,
    Properties: {
      TableName,
      BillingMode: table.Properties['BillingMode'],
      ...keysAndIndexes(table, description),
      ...(hasTtl && { TimeToLiveSpecification: { AttributeName: ttl?.AttributeName, Enabled: true } }),
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: recovery === 'ENABLED' },
      DeletionProtectionEnabled: description.DeletionProtectionEnabled ?? false,
      SSESpecification: { SSEEnabled: description.SSEDescription?.Status === 'ENABLED' },
    },
  }
}

/** What the table has of its definition, in that order. CloudFormation ignores other indexes, and does not delete them. */
function keysAndIndexes({ Properties }: Table, description: TableDescription) {
  const attributes = new Map(description.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]))
  const indexes = (Properties.GlobalSecondaryIndexes ?? []).flatMap(({ IndexName }) => {
    const index = description.GlobalSecondaryIndexes?.find((one) => one.IndexName === IndexName)
    return index === undefined ? [] : [{ IndexName, KeySchema: index.KeySchema, Projection: index.Projection }]
  })
  return {
    AttributeDefinitions: Properties.AttributeDefinitions.flatMap(({ AttributeName }) =>
      attributes.has(AttributeName) ? [{ AttributeName, AttributeType: attributes.get(AttributeName) }] : [],
    ),
    KeySchema: description.KeySchema,
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  }
}

async function describeTable(client: DynamoDBClient, TableName: string): Promise<TableDescription | null> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }))
    return Table ?? null
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null
    throw error
  }
}
