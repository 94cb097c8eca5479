import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { documents } from '../dynamodb/client.ts'
import { jsonBytes, MAX_BODY_BYTES } from '../http/response.ts'
import { type Attempt, deleteAttempt, findManifest, listOfClient, removeContents, UNFINISHED } from './store.ts'
import { type Submission, submission } from './submission.ts'

/** Looked at for one answer, at most; more are on the next page. A manifest is up to some 110 kB. */
const LOOKED_AT = 1_000
const AT_ONCE = 100

export interface ListRequest {
  clientId: string
  participantId?: string | undefined
  /** ISO 8601, both inclusive. */
  from?: string | undefined
  to?: string | undefined
  number: number
  /** The last of the page before, as `next` has named it. */
  after?: string | undefined
  /** UNIX milliseconds after which the page ends. */
  deadline: number
}

const listed = z.extend(submission, { list_order: z.string() })
const unfinished = z.object({
  id: z.string(),
  attempt: z.string(),
  chunks: z.int(),
  list_order: z.string(),
  client_id: z.string(),
  participant_id: z.optional(z.string()),
})

interface Range {
  list: string
  from: string
  to: string
  after?: string | undefined
  newestFirst: boolean
}

async function* inList<T>({ list, from, to, after, newestFirst }: Range, schema: z.ZodMiniType<T>): AsyncGenerator<T> {
  const { SUBMISSIONS_TABLE } = await getSettings('SUBMISSIONS_TABLE')
  const last = after !== undefined && after < to ? after : to
  // DynamoDB takes a range that ends before it begins for a mistake.
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
        Limit: AT_ONCE,
        ...(start && { ExclusiveStartKey: start }),
      }),
    )
    for (const item of Items) yield schema.parse(item)
    start = LastEvaluatedKey
  } while (start)
}

/**
 * Submissions of a client, the newest first. A page may be short, even empty, and still have a `next`. What was
 * submitted a moment ago may not be listed yet: indexes follow their table.
 */
export async function listSubmissions(request: ListRequest): Promise<{ found: Submission[]; next: string | null }> {
  const { clientId, participantId, from = '0', to = '9', number, after, deadline } = request
  const found: Submission[] = []
  let bytes = 0
  let looked = 0
  let last: string | null = null
  const range = { list: listOfClient(clientId), from, to: `${to}~`, after, newestFirst: true }
  for await (const { list_order, ...each } of inList(range, listed)) {
    if (list_order === after) continue
    const isWanted = participantId === undefined || each.participant_id === participantId
    if (isWanted) bytes += jsonBytes(JSON.stringify(each))
    const isLate = last !== null && Date.now() > deadline
    if (found.length === number || looked === LOOKED_AT || bytes > MAX_BODY_BYTES || isLate)
      return { found, next: last }
    looked += 1
    last = list_order
    if (isWanted) found.push(each)
  }
  return { found, next: null }
}

/** What was begun before a moment (UNIX milliseconds) and has not ended, the oldest first. */
export const listUnfinished = (before: number): AsyncGenerator<z.output<typeof unfinished>> =>
  inList({ list: UNFINISHED, from: '0', to: new Date(before).toISOString(), newestFirst: false }, unfinished)

/** Removes what attempts have left behind that began before `before` (UNIX milliseconds), until the deadline. */
export async function removeLeftovers(before: number, deadline: number): Promise<void> {
  for await (const left of listUnfinished(before)) {
    if (Date.now() > deadline) return
    await settleAttempt(left)
  }
}

/** An attempt whose contents a manifest names has succeeded, whatever else was cut off. */
export async function settleAttempt(left: Attempt): Promise<void> {
  const manifest = await findManifest(left.id)
  await (manifest?.attempt === left.attempt ? deleteAttempt(left) : removeContents(left))
}
