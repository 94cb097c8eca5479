import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ListTablesCommand,
} from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'

/** Credentials that mean nothing: the embedded DynamoDB does not look at them, but the SDK wants some. */
export const localAws = (endpoint: string) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
})

export interface LocalDynamoDb {
  endpoint: string
  stop(): Promise<void>
}

/** Starts an embedded DynamoDB, on disk where a folder is given, and makes the tables that it does not have yet. */
export async function startDynamoDb(
  tables: readonly CreateTableCommandInput[],
  folder?: string,
): Promise<LocalDynamoDb> {
  const server = dynalite({ createTableMs: 0, ...(folder !== undefined && { path: folder }) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new DynamoDBClient({
    endpoint,
    region: 'local',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}))
    for (const table of tables) {
      if (!TableNames.includes(table.TableName ?? '')) await client.send(new CreateTableCommand(table))
    }
  } finally {
    client.destroy()
  }
  return {
    endpoint,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
