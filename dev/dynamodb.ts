import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTables } from './tables.ts'

/** The SDK requires credentials; the embedded DynamoDB ignores them. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

/** Environment variables that make the SDK use the embedded DynamoDB. */
export const localAws = (endpoint: string) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: 'local',
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
})

export interface LocalDynamoDb {
  endpoint: string
  /** Rejects when the database crashes. */
  broken: Promise<never>
  stop(): Promise<void>
}

/**
 * Starts an embedded DynamoDB, on disk if a folder is named, and creates the missing tables. Rejects if the files in the
 * folder are damaged or another process has them open.
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
  await Promise.race([prepareTables(endpoint, tables), broken])
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

/** Creates the tables that a local DynamoDB lacks. */
export async function prepareTables(endpoint: string, tables: readonly CreateTableCommandInput[]): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials: CREDENTIALS, maxAttempts: 1 })
  try {
    await createTables(client, tables)
  } finally {
    client.destroy()
  }
}
