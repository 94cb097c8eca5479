import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { makeTables } from './tables.ts'

/** Credentials that mean nothing: the embedded DynamoDB does not look at them, but the SDK wants some. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

/** What makes the SDK of a function use the embedded DynamoDB. */
export const localAws = (endpoint: string) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
})

export interface LocalDynamoDb {
  endpoint: string
  /** Settles, with a failure, when the database breaks while it is in use. */
  broken: Promise<never>
  stop(): Promise<void>
}

/**
 * Starts an embedded DynamoDB, on disk where a folder is given, and makes the tables that it does not have yet. Throws
 * when the folder cannot be used: its files are damaged, or another process has them open.
 */
export async function startDynamoDb(
  tables: readonly CreateTableCommandInput[],
  folder?: string,
): Promise<LocalDynamoDb> {
  const worker = new Worker(new URL('dynamodb-worker.ts', import.meta.url), {
    workerData: folder === undefined ? {} : { path: folder },
  })
  const broken = once(worker, 'error').then(([error]): never => {
    throw error
  })
  broken.catch(() => undefined)
  const [{ endpoint }] = await once(worker, 'message')
  await Promise.race([createTables(endpoint, tables), broken])
  return {
    endpoint,
    broken,
    async stop() {
      const ended = once(worker, 'exit')
      worker.postMessage('stop')
      await ended
    },
  }
}

/** Makes the tables that a local DynamoDB does not have yet. */
export async function createTables(endpoint: string, tables: readonly CreateTableCommandInput[]): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials: CREDENTIALS, maxAttempts: 1 })
  try {
    await makeTables(client, tables)
  } finally {
    client.destroy()
  }
}
