import { randomUUID } from 'node:crypto'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../../config/settings.ts'
import { documents, sendIfConditionHolds } from '../../dynamodb/client.ts'

const record = z.object({
  /** Counts of rows at which the file ended when it was imported, each time: there, its last blocks were cut short. */
  ends: z.array(z.number()),
  /** So many blocks, from the first on, are stored; their keys make this digest. */
  blocks: z.number(),
  digest: z.string(),
  /** Columns in which times of rows were looked for. */
  time_columns: z.array(z.string()),
  /** Changes with every write. */
  version: z.string(),
})

/** How far the import of a file has come. It stands beside what was imported, so that it is gone when that is. */
export type ImportState = z.output<typeof record>

export const importsKey = (clientId: string): string => `import#${clientId}`

const key = (clientId: string, file: string) => ({ series: importsKey(clientId), block: file })

/** How the import of a file, named by a digest, stands; null for one that was never begun. */
export async function findImport(clientId: string, file: string): Promise<ImportState | null> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const { Item } = await documents.send(new GetCommand({ TableName, Key: key(clientId, file), ConsistentRead: true }))
  return Item ? record.parse(Item) : null
}

/** Keeps how an import stands, and gives its new version; null when another has changed it since it had `before`. */
export async function saveImport(
  clientId: string,
  file: string,
  state: Omit<ImportState, 'version'>,
  before: string | undefined,
): Promise<string | null> {
  const { MEASUREMENTS_TABLE: TableName } = await getSettings('MEASUREMENTS_TABLE')
  const version = randomUUID()
  const held = await sendIfConditionHolds(
    documents.send(
      new PutCommand({
        TableName,
        Item: { ...key(clientId, file), ...state, version },
        // Or it is this very state: the answer to a write may be lost, and the SDK then sends it once more.
        ConditionExpression: `${before === undefined ? 'attribute_not_exists(series)' : 'version = :before'} OR version = :version`,
        ExpressionAttributeValues: { ':version': version, ...(before !== undefined && { ':before': before }) },
      }),
    ),
  )
  return held ? version : null
}
