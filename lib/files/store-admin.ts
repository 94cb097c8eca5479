import { DeleteCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { documents, sendIfConditionHolds } from '../dynamodb/client.ts'
import type { PurgeItem } from '../dynamodb/purge-items.ts'
import { abortTransfer, deleteObject } from './bucket.ts'
import { type FileRecord, fileRecord, objectKey } from './file.ts'
import { dueAttributes, LEASE_MS } from './work-store.ts'

/**
 * Files of an owner, with the bytes of their content, also those of submissions. A client has those of its participants.
 * Without those whose content a purge has removed before.
 */
export async function* ownedFiles({ clientId, participant }: DataOwner): AsyncGenerator<PurgeItem> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const pages = paginateScan(
    { client: documents },
    {
      TableName: SESSIONS_TABLE,
      ConsistentRead: true,
      FilterExpression: 'begins_with(id, :prefix) AND client_id = :client AND attribute_not_exists(purged)',
      ExpressionAttributeValues: { ':prefix': 'file#', ':client': clientId },
    },
  )
  for await (const { Items = [] } of pages)
    for (const file of Items.map((item) => fileRecord.parse(item))) {
      if (participant !== undefined && file.participant_id !== participant) continue
      const { id, size, created_at, expires_at } = file
      yield {
        kind: 'files',
        key: `sessions ${id}`,
        // A file that expires has no object any longer.
        bytes: expires_at === undefined ? size : 0,
        first: created_at,
        last: created_at,
        remove: () => removeOwned(file),
      }
    }
}

/**
 * Removes the object of a file of any state, then its item. Callers no longer see it meanwhile, and after a crash, the
 * scheduled work continues. A run that processes it at this time can no longer save its progress, but may complete its
 * object. Then the item stays for minutes, until the scheduled work has deleted the object again.
 */
async function removeOwned(file: FileRecord): Promise<void> {
  const { id, state, transfer, due_at = 0 } = file
  const { SESSIONS_TABLE: TableName } = await getSettings('SESSIONS_TABLE')
  const now = Date.now()
  const isBusy = state === 'processing' || (state === 'removing' && due_at > now)
  if (state !== 'removing' && !(await markForRemoval(file, isBusy ? now + LEASE_MS : now))) return
  await abortTransfer(objectKey(file), transfer)
  await deleteObject(objectKey(file))
  if (!isBusy) return void (await documents.send(new DeleteCommand({ TableName, Key: { id } })))
  await sendIfConditionHolds(
    new UpdateCommand({
      TableName,
      Key: { id },
      UpdateExpression: 'SET purged = :yes',
      // The work may have removed it.
      ConditionExpression: 'attribute_exists(id)',
      ExpressionAttributeValues: { ':yes': true },
    }),
  )
}

/** False if the file has changed since it was read: a repeat of the purge finds it. */
async function markForRemoval({ id, state }: FileRecord, dueAt: number): Promise<boolean> {
  const { SESSIONS_TABLE: TableName } = await getSettings('SESSIONS_TABLE')
  const { outbox, due_at } = dueAttributes(id, dueAt)
  return sendIfConditionHolds(
    new UpdateCommand({
      TableName,
      Key: { id },
      UpdateExpression:
        'SET #state = :removing, outbox = :outbox, due_at = :due, attempts = :none REMOVE lease_id, expires_at',
      // The SDK may retry after a lost response: then the file is already marked.
      ConditionExpression: '#state IN (:state, :removing)',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':removing': 'removing',
        ':state': state,
        ':outbox': outbox,
        ':due': due_at,
        ':none': 0,
      },
    }),
  )
}
