// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CreateTableCommandInput,
  type DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { databaseClient, type LocalDynamoDb, startDynamoDb } from '../../../dev/dynamodb.ts'
import { createTables } from '../../../dev/tables.ts'

const before: CreateTableCommandInput = {
  TableName: 'things',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
}
const after: CreateTableCommandInput = {
  ...before,
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'kind', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'kinds',
      KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
}

let folder: string
let database: LocalDynamoDb
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
})
afterEach(async () => {
  await database.stop()
  rmSync(folder, { recursive: true })
})

const put = (client: DynamoDBClient, TableName: string, id: string) =>
  client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, kind: { S: 'odd' } } }))
async function odd(client: DynamoDBClient): Promise<(string | undefined)[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: 'things',
      IndexName: 'kinds',
      KeyConditionExpression: 'kind = :odd',
      ExpressionAttributeValues: { ':odd': { S: 'odd' } },
    }),
  )
  return Items.map(({ id }) => id?.S).toSorted()
}
const names = async (client: DynamoDBClient) => (await client.send(new ListTablesCommand({}))).TableNames

it('adds a new index to a table of an older version, with all items', async () => {
  database = await startDynamoDb([before], { folder })
  const client = databaseClient(database)
  const ids = Array.from({ length: 60 }, (_, index) => `thing ${String(index).padStart(2, '0')}`)
  for (const id of ids) await put(client, 'things', id)
  await database.stop()
  database = await startDynamoDb([after], { folder })
  expect(await odd(databaseClient(database))).toEqual(ids)
  expect(await names(databaseClient(database))).toEqual(['things'])
})

it('recovers from a start that was interrupted during the rebuild', async () => {
  database = await startDynamoDb([before], { folder })
  const client = databaseClient(database)
  await put(client, 'things', 'a')
  // Interrupted while copying away: the copy is incomplete.
  await createTables(client, [{ ...after, TableName: 'things-rebuilt' }])
  await createTables(client, [after])
  expect(await odd(client)).toEqual(['a'])
  // Interrupted while copying back: the copy is complete.
  await createTables(client, [{ ...after, TableName: 'things-rebuilt' }])
  await put(client, 'things-rebuilt', 'b')
  await createTables(client, [after])
  expect(await odd(client)).toEqual(['a', 'b'])
  expect(await names(client)).toEqual(['things'])
})
