import { GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { boundedCache } from '../core/bounded-cache.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents } from '../dynamodb/client.ts'
import { expiryWithSlack } from '../dynamodb/expiry.ts'
import { addToParticipant, removeFromParticipant } from './participant-list.ts'
import { findStoredManifest } from './store.ts'
import { submission } from './submission.ts'

/** Longer than a deployment shifts traffic, while earlier versions still store submissions without an entry. */
const WAIT_MS = 3_600_000
/** How long a container relies on the lists before it looks at the state again. */
const RECALL_MS = 5 * 60_000
const PAGE = 500
const AT_ONCE = 16

/** The item that says how far the lists of participants have the submissions of earlier versions. */
const KEY = { submission: 'participants', piece: 'backfill' }
const state = z.object({
  since: z.number(),
  start: z.optional(z.record(z.string(), z.unknown())),
  complete: z.optional(z.boolean()),
})
type State = z.output<typeof state>

const manifest = z.extend(submission, { attempt: z.string(), expires_at: z.optional(z.number()) })

const table = async () => (await getSettings('SUBMISSIONS_TABLE')).SUBMISSIONS_TABLE

async function readState(): Promise<State | undefined> {
  const { Item } = await documents.send(new GetCommand({ TableName: await table(), Key: KEY }))
  return Item && state.parse(Item)
}

const saveState = async (next: State): Promise<unknown> =>
  documents.send(new PutCommand({ TableName: await table(), Item: { ...KEY, ...next } }))

const complete = boundedCache<true>(1)

/** Whether the lists of participants have all submissions. */
export async function hasParticipantLists(): Promise<boolean> {
  if (complete.get('all')) return true
  const now = Date.now()
  const isComplete = (await readState())?.complete === true
  if (isComplete) complete.set('all', true, now, now + RECALL_MS)
  return isComplete
}

/**
 * Adds the submissions of earlier versions to the lists of their participants, until the deadline (UNIX milliseconds). A
 * later call continues; once all are listed, it costs half a read unit. Starts an hour after the first call.
 */
export async function backfillParticipantLists(deadline: number): Promise<void> {
  const now = Date.now()
  if (now > deadline) return
  const current = await readState()
  if (current?.complete) return
  if (!current) return void (await saveState({ since: now }))
  if (now < current.since + WAIT_MS) return
  let { start } = current
  do {
    if (Date.now() > deadline) return void (await saveState({ since: current.since, ...(start && { start }) }))
    start = await backfillPage(start)
  } while (start)
  await saveState({ since: current.since, complete: true })
}

async function backfillPage(start: State['start']): Promise<State['start']> {
  const { Items = [], LastEvaluatedKey } = await documents.send(
    new ScanCommand({
      TableName: await table(),
      IndexName: 'listed',
      FilterExpression: 'piece = :manifest AND attribute_exists(participant_id)',
      ExpressionAttributeValues: { ':manifest': 'manifest' },
      Limit: PAGE,
      ...(start && { ExclusiveStartKey: start }),
    }),
  )
  await inParallel(Items, AT_ONCE, async (item) => {
    const listed = manifest.parse(item)
    await addToParticipant(listed, expiryWithSlack(listed.expires_at))
    // It may have been deleted since the index was read.
    if ((await findStoredManifest(listed.id))?.attempt !== listed.attempt) await removeFromParticipant(listed)
  })
  return LastEvaluatedKey
}
