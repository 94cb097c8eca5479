import { randomUUID } from 'node:crypto'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import type { DataOwner } from '../core/caller.ts'
import { participantDigest } from '../core/identifiers.ts'
import { Problem } from '../core/problem.ts'
import { documents, sendIfConditionHolds, unixSeconds } from '../dynamodb/client.ts'
import { EXPORT_MS, isInProgress } from './export.ts'
import { findStoredExport } from './store.ts'

/** @limit Exports | exports of a client that are in progress, with those of its participants */
export const MAX_OF_CLIENT = 10
/**
 * One participant cannot use up those of the others.
 * @limit Exports | exports of a participant that are in progress
 */
export const MAX_OF_PARTICIPANT = 2

/** An export without an item may still be created for this time. */
const REQUEST_MS = 60_000

const listRecord = z.object({
  exports: z._default(
    z.array(
      z.object({
        id: z.string(),
        /** Digest of the participant, because ids of participants may be personal; empty for the client itself. */
        participant: z.string(),
        /** UNIX milliseconds. */
        since: z.number(),
      }),
    ),
    [],
  ),
  version: z.optional(z.string()),
})
type Entry = z.output<typeof listRecord>['exports'][number]

/** One item of each client has its last exports. Finished ones are removed when the next one is created. */
const keyOf = async (clientId: string) => ({
  TableName: (await getSettings('SESSIONS_TABLE')).SESSIONS_TABLE,
  Key: { id: `exports#${clientId}` },
})

/**
 * Adds an export to those of its owner that are in progress, before it is stored. Throws `too_many_attempts` if they reach
 * a limit.
 */
export async function admitExport({ clientId, participant }: DataOwner, id: string, now: number): Promise<void> {
  const own = participant === undefined ? '' : participantDigest(participant)
  for (;;) {
    const { Item } = await documents.send(new GetCommand({ ...(await keyOf(clientId)), ConsistentRead: true }))
    const { exports, version } = listRecord.parse(Item ?? {})
    const others = exports.filter((entry) => entry.id !== id)
    const states = await Promise.all(others.map((entry) => isRunning(entry, now)))
    const running = others.filter((_, index) => states[index])
    if (running.length >= MAX_OF_CLIENT) throw tooManyExports(MAX_OF_CLIENT)
    const isFull = own !== '' && running.filter((entry) => entry.participant === own).length >= MAX_OF_PARTICIPANT
    if (isFull) throw tooManyExports(MAX_OF_PARTICIPANT)
    if (await saveList(clientId, [...running, { id, participant: own, since: now }], version, now)) return
  }
}

async function isRunning({ id, since }: Entry, now: number): Promise<boolean> {
  const record = await findStoredExport(id)
  return record ? isInProgress(record, now) : since > now - REQUEST_MS
}

/** False if another request has changed the list since it had this version. */
async function saveList(
  clientId: string,
  exports: readonly Entry[],
  version: string | undefined,
  now: number,
): Promise<boolean> {
  const { TableName, Key } = await keyOf(clientId)
  const next = randomUUID()
  return sendIfConditionHolds(
    new PutCommand({
      TableName,
      Item: { ...Key, exports, version: next, expires_at: unixSeconds(now + EXPORT_MS) },
      // The SDK may retry after a lost response: then this version is already stored.
      ConditionExpression: `${version === undefined ? 'attribute_not_exists(id)' : 'version = :version'} OR version = :next`,
      ExpressionAttributeValues: { ':next': next, ...(version !== undefined && { ':version': version }) },
    }),
  )
}

export const tooManyExports = (max: number) =>
  new Problem(
    'too_many_attempts',
    `Too many exports are in progress, at most ${max}: try again when one is ready, or delete one.`,
    {
      headers: { 'retry-after': '30' },
    },
  )
