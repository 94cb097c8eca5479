import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { randomSecret } from '../lib/crypto/secrets.ts'
import { type Credentials, LOCAL_REGION } from './signed-request.ts'
import { createTables } from './tables.ts'

/** How to reach an embedded DynamoDB. */
export interface DatabaseAccess {
  endpoint: string
  credentials: Credentials
}

/** The SDK requires credentials, also for an engine that ignores them. */
export const IGNORED_CREDENTIALS: Credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** Environment variables that make the SDK use an embedded DynamoDB. */
export const localAws = ({ endpoint, credentials }: DatabaseAccess) => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_REGION: LOCAL_REGION,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
})

export const databaseClient = ({ endpoint, credentials }: DatabaseAccess): DynamoDBClient =>
  new DynamoDBClient({ endpoint, region: LOCAL_REGION, credentials, maxAttempts: 1 })

export interface LocalDynamoDb extends DatabaseAccess {
  /** Rejects when the database crashes. */
  broken: Promise<never>
  stop(): Promise<void>
}

interface DatabaseOptions {
  /** Stores the data on disk. */
  folder?: string
  /** Serves every request, for benchmarks whose proxies change signed requests. */
  isOpen?: boolean
}

/**
 * Starts an embedded DynamoDB that serves only requests signed with its new credentials, and creates the missing tables.
 * Rejects if the files in the folder are damaged or another process has them open.
 */
export async function startDynamoDb(
  tables: readonly CreateTableCommandInput[],
  { folder, isOpen = false }: DatabaseOptions = {},
): Promise<LocalDynamoDb> {
  const credentials = isOpen ? IGNORED_CREDENTIALS : { accessKeyId: randomSecret(), secretAccessKey: randomSecret() }
  const worker = new Worker(new URL('dynamodb-worker.ts', import.meta.url), {
    workerData: { path: folder, credentials: isOpen ? null : credentials },
  })
  const broken = once(worker, 'error').then(([error]): never => {
    throw error
  })
  broken.catch(() => undefined)
  const [{ endpoint }] = await once(worker, 'message')
  await Promise.race([prepareTables({ endpoint, credentials }, tables), broken])
  return {
    endpoint,
    credentials,
    broken,
    async stop() {
      const ended = once(worker, 'exit')
      worker.postMessage('stop')
      await ended
    },
  }
}

/** Creates the tables that a local DynamoDB lacks. */
export async function prepareTables(access: DatabaseAccess, tables: readonly CreateTableCommandInput[]): Promise<void> {
  const client = databaseClient(access)
  try {
    await createTables(client, tables)
  } finally {
    client.destroy()
  }
}
