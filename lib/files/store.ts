import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { documents, responseIfConditionHolds, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { isExpired } from '../dynamodb/expiry.ts'
import { type FileRecord, fileIdOf, fileKey, fileRecord, isOwnedBy, type VisibleFile } from './file.ts'
import { dueAttributes } from './work-store.ts'

/**
 * The bucket deletes the parts of an unfinished transfer after seven days. A completed one is assembled before.
 *
 * @limit Files | between the creation of a file and the last part
 */
export const TRANSFER_MS = 6 * 86_400_000

const keyOf = async (id: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: fileKey(id) },
})

/** A file that a caller creates. */
export type NewFile = Omit<FileRecord, 'state' | 'due_at' | 'expires_at'>

/**
 * Stores a new file, which waits for its parts. False if the id exists, which happens only to one that an Idempotency-Key
 * determines: nothing was written.
 */
export async function createFileItem(file: NewFile): Promise<boolean> {
  const { TableName } = await keyOf('')
  return sendIfConditionHolds(
    new PutCommand({
      TableName,
      Item: { ...file, state: 'waiting', ...dueAttributes(file.id, file.created_at + TRANSFER_MS) },
      // The SDK may retry after a lost response: then this transfer is already stored.
      // DynamoDB deletes an expired item late. Its object was deleted before.
      ConditionExpression: 'attribute_not_exists(id) OR transfer = :transfer OR expires_at <= :now',
      ExpressionAttributeValues: { ':transfer': file.transfer, ':now': unixSeconds(file.created_at) },
    }),
  )
}

/** A file by its id, of any owner; null if it does not exist, has expired, or is being removed. */
export async function findFile(id: string): Promise<VisibleFile | null> {
  const { Item } = await documents.send(new GetCommand({ ...(await keyOf(id)), ConsistentRead: true }))
  return Item ? toVisible(fileRecord.parse(Item)) : null
}

function toVisible(file: FileRecord): VisibleFile | null {
  const { state, expires_at } = file
  return state === 'removing' || isExpired(expires_at) ? null : { ...file, state }
}

export const fileNotFound = () => new Problem('not_found', 'There is no such file. It may have expired.')

/** A file of the caller. Throws `not_found`, also for files of others, so that their ids are not revealed. */
export async function requireFile(id: string, owner: DataOwner): Promise<VisibleFile> {
  const file = await findFile(id)
  if (!file || !isOwnedBy(file, owner)) throw fileNotFound()
  return file
}

/**
 * A file whose transfer has ended, although it was waiting when it was read: another request has completed it meanwhile.
 * Throws `not_found` if the transfer has expired.
 */
export async function requireLaterState(file: VisibleFile): Promise<VisibleFile> {
  const current = await findFile(fileIdOf(file))
  if (!current || current.state === 'waiting') throw fileNotFound()
  return current
}

/**
 * Marks a waiting file as completed: its work is due now. Returns the file, also if another request has completed it.
 * Throws `not_found` if it was removed meanwhile.
 */
export async function completeFileItem(file: VisibleFile, now: number): Promise<VisibleFile> {
  const { outbox, due_at } = dueAttributes(file.id, now)
  const response = await responseIfConditionHolds(
    new UpdateCommand({
      ...(await keyOf(fileIdOf(file))),
      UpdateExpression:
        'SET #state = :processing, completed_at = :now, outbox = :outbox, due_at = :due, attempts = :none REMOVE lease_id',
      ConditionExpression: '#state = :waiting',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':processing': 'processing',
        ':waiting': 'waiting',
        ':now': now,
        ':outbox': outbox,
        ':due': due_at,
        ':none': 0,
      },
      ReturnValues: 'ALL_NEW',
    }),
  )
  const completed = response ? toVisible(fileRecord.parse(response.Attributes)) : null
  return completed ?? requireLaterState(file)
}

/**
 * Marks a file for removal, which is due now. False if the file is being processed, or belongs to a submission: nothing
 * was written.
 */
export async function markForRemoval(id: string, now: number): Promise<boolean> {
  const { outbox, due_at } = dueAttributes(fileKey(id), now)
  return sendIfConditionHolds(
    new UpdateCommand({
      ...(await keyOf(id)),
      UpdateExpression: 'SET #state = :removing, outbox = :outbox, due_at = :due, attempts = :none REMOVE lease_id',
      ConditionExpression: '#state IN (:waiting, :stored, :failed, :removing) AND attribute_not_exists(attached_to)',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':removing': 'removing',
        ':waiting': 'waiting',
        ':stored': 'stored',
        ':failed': 'failed',
        ':outbox': outbox,
        ':due': due_at,
        ':none': 0,
      },
    }),
  )
}

/** Deletes the item of a file whose object is deleted. */
export async function deleteFileItem(id: string, lease: string): Promise<void> {
  await sendIfConditionHolds(
    new DeleteCommand({
      ...(await keyOf(id)),
      ConditionExpression: '#state = :removing AND lease_id = :lease',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':removing': 'removing', ':lease': lease },
    }),
  )
}
