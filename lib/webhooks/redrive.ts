import { inParallel } from '../core/concurrency.ts'
import { Problem } from '../core/problem.ts'
import type { EventState } from '../jobs/event-states.ts'
import { redriveJob } from '../jobs/redrive.ts'
import { type EventFilter, listStoredEvents } from '../jobs/store-list.ts'
import { requireEvent, type StoredEvent, stateOfEvent, toEvent } from '../jobs/stored-event.ts'
import { hasRecipients, webhookProviders } from './providers.ts'

/** @limit Requests | events that one call of `POST /events/redrive` redrives */
export const MAX_REDRIVEN = 100
const AT_ONCE = 10

/**
 * Makes the job of an event due, and returns the event. An event that another request changes at the same time is returned
 * unchanged. Throws `not_found` and `recipients_missing`.
 */
export async function redriveEvent(id: string): Promise<StoredEvent> {
  const event = await requireEvent(id)
  const state = stateOfEvent(event)
  await requireRecipients(event.provider, state)
  return toEvent((await redriveJob(id, state, Date.now())) ?? (await requireEvent(id)))
}

export interface RedriveRange extends EventFilter {
  provider: string
  state: EventState
  /** `next` of the previous call. */
  after?: string | undefined
  /** UNIX milliseconds after which no further events are selected. */
  deadline: number
}

/**
 * Makes the jobs of a provider's events in one state due, the newest first. Returns the ids of the changed ones, and where
 * the next call continues. Throws `recipients_missing`.
 */
export async function redriveRange({
  provider,
  ...range
}: RedriveRange): Promise<{ redriven: string[]; next: string | null }> {
  await requireRecipients(provider, range.state)
  const { events, next } = await listStoredEvents({ ...range, providers: [provider], number: MAX_REDRIVEN })
  const redriven: string[] = []
  await inParallel(events.map(toEvent), AT_ONCE, async ({ id }) => {
    if (await redriveJob(id, range.state, Date.now())) redriven.push(id)
  })
  return { redriven, next }
}

/** Only events whose job is not done can be redriven without recipients. */
async function requireRecipients(name: string, state: EventState): Promise<void> {
  if (state === 'parked' || state === 'pending') return
  const provider = (await webhookProviders()).get(name)
  if (!provider || !hasRecipients(provider)) throw recipientsMissing()
}

export const recipientsMissing = () =>
  new Problem(
    'recipients_missing',
    'webhooks.yml has no target and no bus for this provider. Add one and deploy before you redrive events that are done.',
  )
