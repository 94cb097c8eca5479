import { randomUUID } from 'node:crypto'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../../config/settings.ts'
import { documents, sendIfConditionHolds } from '../../dynamodb/client.ts'

const record = z.object({
  /** Number of rows in the file at each import. The last blocks were cut there. */
  ends: z.array(z.number()),
  /** Number of stored blocks, from the first on. */
  blocks: z.number(),
  /** Digest of the keys of these blocks. */
  digest: z.string(),
  /** Candidate time columns of the import. */
  time_columns: z.array(z.string()),
  /** How its times are stored; texts by the first versions. */
  times: z._default(z.enum(['text', 'seconds']), 'text'),
  /** Changes with every write. */
  version: z.string(),
})

/** Progress of a file's import. It is in the table of the measurements, so that both are removed together. */
export type ImportState = z.output<typeof record>

export const importsKey = (clientId: string): string => `import#${clientId}`

const key = (clientId: string, file: string) => ({ series: importsKey(clientId), block: file })

/** The state of the import of a file, named by a digest; null before its first import. */
export async function findImport(clientId: string, file: string): Promise<ImportState | null> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await documents.send(new GetCommand({ TableName, Key: key(clientId, file), ConsistentRead: true }))
  return Item ? record.parse(Item) : null
}

/** Stores the state of an import and returns its new version; null if its version is no longer `before`. */
export async function saveImport(
  clientId: string,
  file: string,
  state: Omit<ImportState, 'version'>,
  before: string | undefined,
): Promise<string | null> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const version = randomUUID()
  const isSaved = await sendIfConditionHolds(
    new PutCommand({
      TableName,
      Item: { ...key(clientId, file), ...state, version },
      // The SDK may retry after a lost response; then this version is already stored.
      ConditionExpression: `${before === undefined ? 'attribute_not_exists(series)' : 'version = :before'} OR version = :version`,
      ExpressionAttributeValues: { ':version': version, ...(before !== undefined && { ':before': before }) },
    }),
  )
  return isSaved ? version : null
}
