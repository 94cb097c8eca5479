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
/** Items that one BatchWriteItem takes. */
const BATCH = 25

/**
 * Makes the tables that are not there yet. The embedded DynamoDB cannot add an index to a table that is, as AWS does:
 * such a table is copied into one that has it, and back under its name. A crash in between is made good by the next start.
 */
export async function makeTables(client: DynamoDBClient, tables: readonly CreateTableCommandInput[]): Promise<void> {
  const there = new Set<string>()
  for await (const { TableNames = [] } of paginateListTables({ client }, {}))
    for (const name of TableNames) there.add(name)
  await Promise.all(tables.map((table) => makeTable(client, table, there)))
}

async function makeTable(client: DynamoDBClient, table: CreateTableCommandInput, there: Set<string>): Promise<void> {
  const name = table.TableName ?? ''
  const copy = `${name}-rebuilt`
  if (there.has(name) && !(await hasIndexes(client, table))) {
    if (there.has(copy)) await drop(client, copy)
    await make(client, { ...table, TableName: copy })
    await copyItems(client, name, copy)
    await drop(client, name)
    there.delete(name)
    there.add(copy)
  }
  if (!there.has(name)) await make(client, table)
  if (!there.has(copy)) return
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

async function make(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(table))
  while ((await statusOf(client, table.TableName)) !== 'ACTIVE') await sleep(POLL_MS)
}

/** Deletes a table, and waits until it is gone: a new one may have its name. */
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
