import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents } from '../dynamodb/client.ts'
import { isExpired } from '../dynamodb/expiry.ts'
import { shardsOf } from '../dynamodb/shards.ts'
import { jsonBytes, MAX_BODY_BYTES } from '../http/response.ts'
import { attemptItem, deleteAttempt, type SavedAttempt, startRemoval, UNFINISHED } from './attempts.ts'
import { hasParticipantLists } from './participant-backfill.ts'
import { participantEntries } from './participant-list.ts'
import { findManifest, findStoredManifest, listOfClient, removeContents } from './store.ts'
import { listOrder, type StoredSubmission, storedSubmission } from './submission.ts'

/** Items that one call reads at most. A manifest has up to about 110 kB. */
const MAX_ITEMS_READ = 1_000
const ITEMS_PER_QUERY = 100
const MANIFESTS_AT_ONCE = 20

export interface ListRequest {
  clientId: string
  participantId?: string | undefined
  /** ISO 8601, both inclusive. */
  from?: string | undefined
  to?: string | undefined
  number: number
  /** `next` of the previous page. */
  after?: string | undefined
  /** UNIX milliseconds after which no further item is read. */
  deadline: number
  /** Lists expired submissions too, which DynamoDB has not deleted yet. */
  withExpired?: boolean
}

const listedItem = z.extend(storedSubmission, { list_order: z.string(), expires_at: z.optional(z.number()) })

interface Range {
  list: string
  from: string
  to: string
  after?: string | undefined
  newestFirst: boolean
}

async function* queryList<T>(
  { list, from, to, after, newestFirst }: Range,
  schema: z.ZodMiniType<T>,
): AsyncGenerator<T> {
  const { SUBMISSIONS_TABLE } = await getSettings('SUBMISSIONS_TABLE')
  const last = after !== undefined && after < to ? after : to
  // DynamoDB rejects a range that ends before its start.
  if (from > last) return
  let start: Record<string, unknown> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await documents.send(
      new QueryCommand({
        TableName: SUBMISSIONS_TABLE,
        IndexName: 'listed',
        KeyConditionExpression: 'list_key = :list AND list_order BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':list': list, ':from': from, ':to': last },
        ScanIndexForward: !newestFirst,
        Limit: ITEMS_PER_QUERY,
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    for (const item of Items) yield schema.parse(item)
    start = LastEvaluatedKey
  } while (start)
}

/**
 * Lists the submissions of a client, the newest first. A short or empty page may have a `next`. New submissions may be
 * missing for a moment, because the index is eventually consistent.
 */
export async function listSubmissions(
  request: ListRequest,
): Promise<{ submissions: StoredSubmission[]; next: string | null }> {
  const { participantId, number, after, deadline, withExpired = false } = request
  const submissions: StoredSubmission[] = []
  let bytes = 0
  let itemsRead = 0
  let last: string | null = null
  for await (const { list_order, expires_at, ...candidate } of await candidates(request)) {
    if (list_order === after) continue
    const isVisible = withExpired || !isExpired(expires_at)
    const isMatch = isVisible && (participantId === undefined || candidate.participant_id === participantId)
    if (isMatch) bytes += jsonBytes(JSON.stringify(candidate))
    const isLate = last !== null && Date.now() > deadline
    if (submissions.length === number || itemsRead === MAX_ITEMS_READ || bytes > MAX_BODY_BYTES || isLate)
      return { submissions, next: last }
    itemsRead += 1
    last = list_order
    if (isMatch) submissions.push(candidate)
  }
  return { submissions, next: null }
}

/**
 * Submissions among which a list selects, the newest first: of the participant, or of the whole client. The latter also
 * while the lists of participants lack submissions of earlier versions. A list with expired submissions is that of a purge, which relies on no
 * other item.
 */
async function candidates(request: ListRequest): Promise<AsyncGenerator<z.output<typeof listedItem>>> {
  const { clientId, participantId: participant, from = '0', to = '9', number, after, withExpired } = request
  if (participant !== undefined && !withExpired && (await hasParticipantLists())) {
    const last = after !== undefined && after < `${to}~` ? after : `${to}~`
    return ofParticipant({ clientId, participant }, { from, to: last }, Math.min(number + 1, ITEMS_PER_QUERY))
  }
  return queryList({ list: listOfClient(clientId), from, to: `${to}~`, after, newestFirst: true }, listedItem)
}

async function* ofParticipant(
  owner: { clientId: string; participant: string },
  range: { from: string; to: string },
  perPage: number,
): AsyncGenerator<z.output<typeof listedItem>> {
  // DynamoDB rejects a range that ends before its start.
  if (range.from > range.to) return
  for await (const entries of participantEntries(owner, range, perPage)) {
    const manifests = new Map<string, z.output<typeof listedItem>>()
    await inParallel(entries, MANIFESTS_AT_ONCE, async ({ piece, id, attempt }) => {
      const manifest = await findStoredManifest(id, { isConsistent: false })
      // Another attempt has an entry of its own.
      if (manifest?.attempt !== attempt) return
      manifests.set(piece, listedItem.parse({ ...manifest, list_order: listOrder(manifest.received_at, id) }))
    })
    for (const { piece } of entries) {
      const manifest = manifests.get(piece)
      if (manifest) yield manifest
    }
  }
}

/** Attempts that started before a time (UNIX milliseconds) and have not ended, the oldest first. */
export async function* listUnfinished(before: number): AsyncGenerator<SavedAttempt> {
  const range = { from: '0', to: new Date(before).toISOString(), newestFirst: false }
  const shards = shardsOf(UNFINISHED).map((list) => queryList({ ...range, list }, attemptItem))
  const heads = await Promise.all(shards.map(async (shard) => ({ shard, next: await shard.next() })))
  for (;;) {
    const [oldest] = heads
      .flatMap((head) => (head.next.done ? [] : [{ head, item: head.next.value }]))
      .toSorted((one, other) => (one.item.list_order < other.item.list_order ? -1 : 1))
    if (!oldest) return
    yield oldest.item
    oldest.head.next = await oldest.head.shard.next()
  }
}

/** Removes the remains of attempts that started before `before`, until the deadline (both UNIX milliseconds). */
export async function removeUnfinishedSubmissions(before: number, deadline: number): Promise<void> {
  for await (const attempt of listUnfinished(before)) {
    if (Date.now() > deadline) return
    await settleAttempt(attempt)
  }
}

/** Settles an attempt whose call has ended. Removes its contents unless a manifest names them: then it has succeeded. */
export async function settleAttempt(attempt: SavedAttempt): Promise<void> {
  const manifest = await findManifest(attempt.id)
  if (manifest?.attempt === attempt.attempt) return deleteAttempt(attempt)
  // A retry may have continued it since it was read.
  if (await startRemoval(attempt)) await removeContents(attempt)
}
