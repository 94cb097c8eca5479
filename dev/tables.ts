import { setTimeout as sleep } from 'node:timers/promises'
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateListTables,
  paginateScan,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb'

const POLL_MS = 10
/** DynamoDB's limit of items in one BatchWriteItem. */
const BATCH = 25

/**
 * Creates the missing tables and indexes. The embedded DynamoDB cannot add an index to an existing table. So the table is
 * copied to one with the index, and back under its name. After a crash the next start completes the copy.
 */
export async function createTables(client: DynamoDBClient, tables: readonly CreateTableCommandInput[]): Promise<void> {
  const existing = new Set<string>()
  for await (const { TableNames = [] } of paginateListTables({ client }, {}))
    for (const name of TableNames) existing.add(name)
  await Promise.all(tables.map((table) => createTable(client, table, existing)))
}

async function createTable(
  client: DynamoDBClient,
  table: CreateTableCommandInput,
  existing: Set<string>,
): Promise<void> {
  const name = table.TableName ?? ''
  const copy = `${name}-rebuilt`
  if (existing.has(name) && !(await hasIndexes(client, table))) {
    if (existing.has(copy)) await drop(client, copy)
    await create(client, { ...table, TableName: copy })
    await copyItems(client, name, copy)
    await drop(client, name)
    existing.delete(name)
    existing.add(copy)
  }
  if (!existing.has(name)) await create(client, table)
  if (!existing.has(copy)) return
  await copyItems(client, copy, name)
  await drop(client, copy)
}

async function hasIndexes(client: DynamoDBClient, { TableName, GlobalSecondaryIndexes = [] }: CreateTableCommandInput) {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }))
  const names = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName))
  return GlobalSecondaryIndexes.every(({ IndexName }) => names.has(IndexName))
}

async function copyItems(client: DynamoDBClient, from: string, to: string): Promise<void> {
  for await (const { Items = [] } of paginateScan({ client }, { TableName: from })) {
    for (let start = 0; start < Items.length; start += BATCH) {
      const requests = Items.slice(start, start + BATCH).map((Item) => ({ PutRequest: { Item } }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [to]: requests } }))
    }
  }
}

async function create(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(table))
  while ((await statusOf(client, table.TableName)) !== 'ACTIVE') await sleep(POLL_MS)
}

/** Deletes a table and waits until it is gone, because a new one may need its name. */
async function drop(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(new DeleteTableCommand({ TableName }))
  while ((await statusOf(client, TableName)) !== 'gone') await sleep(POLL_MS)
}

async function statusOf(client: DynamoDBClient, TableName: string | undefined): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return 'gone'
    throw error
  }
}
