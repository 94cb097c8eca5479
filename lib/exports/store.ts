import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { dueAttributes } from '../files/work-store.ts'
import { EXPORT_MS, type ExportRecord, exportKey, exportRecord, hasEnded, type VisibleExport } from './export.ts'

const keyOf = async (id: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: exportKey(id) },
})

/** An export that a caller creates. */
export type NewExport = Pick<
  ExportRecord,
  'id' | 'client_id' | 'participant_id' | 'format' | 'query' | 'columns' | 'time_columns' | 'request' | 'created_at'
>

/**
 * Stores a new export, whose work is due now. False if the id exists, which happens only to one that an Idempotency-Key
 * determines: nothing was written.
 */
export async function createExportItem(item: NewExport): Promise<boolean> {
  const { TableName } = await keyOf('')
  return sendIfConditionHolds(
    new PutCommand({
      TableName,
      Item: {
        ...item,
        state: 'waiting',
        ...dueAttributes(item.id, item.created_at),
        // The work deletes it with its files before. The lifecycle of the bucket deletes them, too.
        expires_at: unixSeconds(item.created_at + 3 * EXPORT_MS),
      },
      ConditionExpression: 'attribute_not_exists(id)',
    }),
  )
}

/** An export by its id, of any owner, also one that has expired or is being removed. */
export async function findStoredExport(id: string): Promise<ExportRecord | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await keyOf(id)), ConsistentRead: true }))
  return Item ? exportRecord.parse(Item) : null
}

/** An export by its id, of any owner; null if it does not exist, has expired, or is being removed. */
export async function findExport(id: string): Promise<VisibleExport | null> {
  const record = await findStoredExport(id)
  if (!record || record.state === 'removing' || hasEnded(record, Date.now())) return null
  return { ...record, state: record.state }
}

/**
 * Marks an export for removal. It is due now, or at the end of the lease of a run that still writes its files. That can
 * save nothing more.
 */
export async function markForRemoval(id: string, now: number): Promise<void> {
  const { outbox, due_at } = dueAttributes(exportKey(id), now)
  const mark = async (condition: string, more: string, values: Readonly<Record<string, unknown>>) =>
    sendIfConditionHolds(
      new UpdateCommand({
        ...(await keyOf(id)),
        UpdateExpression: `SET #state = :removing${more}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':removing': 'removing', ':processing': 'processing', ...values },
      }),
    )
  if (await mark('#state = :processing', '', {})) return
  await mark(
    '#state <> :processing AND attribute_exists(id)',
    ', outbox = :outbox, due_at = :due, attempts = :none REMOVE lease_id',
    { ':outbox': outbox, ':due': due_at, ':none': 0 },
  )
}

/** Deletes the item of an export whose files are deleted. */
export async function deleteExportItem(id: string, lease: string): Promise<void> {
  await sendIfConditionHolds(
    new DeleteCommand({
      ...(await keyOf(id)),
      ConditionExpression: 'lease_id = :lease',
      ExpressionAttributeValues: { ':lease': lease },
    }),
  )
}
