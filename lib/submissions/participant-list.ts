import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { participantDigest } from '../core/identifiers.ts'
import { documents } from '../dynamodb/client.ts'
import { listOrder, type Submission } from './submission.ts'

/** What the entry of a submission in the list of its participant is made of. */
export type Listed = Pick<Submission, 'id' | 'client_id' | 'participant_id' | 'received_at'> & { attempt: string }

const entry = z.object({ piece: z.string(), id: z.string(), attempt: z.string() })
export type ListEntry = z.output<typeof entry>

const table = async () => (await getSettings('SUBMISSIONS_TABLE')).SUBMISSIONS_TABLE

const partitionOf = (clientId: string, participant: string): string =>
  `participant#${clientId}#${participantDigest(participant)}`

/** The key of an entry. Each attempt has its own, since a failed one removes it. Null without a participant. */
const entryKey = ({ id, client_id, participant_id, received_at, attempt }: Listed) =>
  participant_id === undefined
    ? null
    : { submission: partitionOf(client_id, participant_id), piece: `${listOrder(received_at, id)}#${attempt}` }

/**
 * Adds a submission to the list of its participant, if it has one. Call it before writing the manifest, so that the list
 * never lags. Entries without their manifest are ignored. `expiresAt` are UNIX seconds.
 */
export async function addToParticipant(
  listed: Listed,
  expiresAt: number | undefined,
  abortSignal?: AbortSignal,
): Promise<void> {
  const key = entryKey(listed)
  if (!key) return
  const { id, attempt } = listed
  const Item = { ...key, id, attempt, ...(expiresAt !== undefined && { expires_at: expiresAt }) }
  await documents.send(new PutCommand({ TableName: await table(), Item }), abortSignal && { abortSignal })
}

/** Removes a submission from the list of its participant. */
export async function removeFromParticipant(listed: Listed): Promise<void> {
  const Key = entryKey(listed)
  if (Key) await documents.send(new DeleteCommand({ TableName: await table(), Key }))
}

/** Pages of the entries of a participant from `from` to `to` (positions of `listOrder`), the newest first. */
export async function* participantEntries(
  { clientId, participant }: { clientId: string; participant: string },
  { from, to }: { from: string; to: string },
  perPage: number,
): AsyncGenerator<ListEntry[]> {
  let start: Record<string, unknown> | undefined
  do {
    const { Items, LastEvaluatedKey } = await documents.send(
      new QueryCommand({
        TableName: await table(),
        KeyConditionExpression: 'submission = :list AND piece BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':list': partitionOf(clientId, participant), ':from': from, ':to': to },
        ScanIndexForward: false,
        Limit: perPage,
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    yield z.array(entry).parse(Items)
    start = LastEvaluatedKey
  } while (start)
}
