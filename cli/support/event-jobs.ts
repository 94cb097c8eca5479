import { Problem } from '../../lib/core/problem.ts'
import type { EventFilter } from '../../lib/jobs/store-list.ts'
import type { StoredEvent } from '../../lib/jobs/stored-event.ts'
import type { RedriveRange } from '../../lib/webhooks/redrive.ts'
import type { CommandOutput, StageOptions } from './command.ts'
import { useEvents } from './event-options.ts'
import { useTables } from './stage.ts'

/** Events whose job is parked or due, the longest due first. */
export async function failedEvents(where: StageOptions, parked: boolean, due: boolean): Promise<StoredEvent[]> {
  await useTables(where)
  const { listEvents } = await import('../../lib/jobs/store-admin.ts')
  const lists = [...(parked ? (['parked'] as const) : []), ...(due ? (['due'] as const) : [])]
  return (await Promise.all(lists.map((list) => listEvents(list)))).flat()
}

/** Stored events of one provider or of all, the newest first. */
export async function storedEvents(
  where: StageOptions,
  { provider, ...filter }: EventFilter & { provider?: string | undefined },
  number: number,
): Promise<StoredEvent[]> {
  await useEvents(where)
  const { listStoredEvents } = await import('../../lib/jobs/store-list.ts')
  const { toEvent } = await import('../../lib/jobs/stored-event.ts')
  const { webhookProviders } = await import('../../lib/webhooks/providers.ts')
  const providers = provider === undefined ? [...(await webhookProviders()).keys()] : [provider]
  const events: StoredEvent[] = []
  for (let after: string | null | undefined; after !== null && events.length < number; ) {
    const left = number - events.length
    const page = await listStoredEvents({ ...filter, providers, number: left, after, deadline: Infinity })
    events.push(...page.events.map(toEvent))
    after = page.next
  }
  return events
}

interface Redriven {
  /** Public ids. */
  redriven: string[]
  /** Sentences by the ids of events that were not redriven. */
  failures: ReadonlyMap<string, string>
}

const AT_ONCE = 10

export async function redriveIds(where: StageOptions, ids: readonly string[]): Promise<Redriven> {
  await useEvents(where)
  const { inParallel } = await import('../../lib/core/concurrency.ts')
  const { redriveEvent } = await import('../../lib/webhooks/redrive.ts')
  const failures = new Map<string, string>()
  await inParallel(ids, AT_ONCE, async (id) => {
    await redriveEvent(id).catch((error: unknown) => {
      if (!isProblemOfEvent(error)) throw error
      failures.set(id, error.message)
    })
  })
  return { redriven: ids.filter((id) => !failures.has(id)), failures }
}

const isProblemOfEvent = (error: unknown): error is Problem =>
  error instanceof Problem && ['not_found', 'recipients_missing'].includes(error.code)

/** Redrives all parked events of all providers. */
export async function redriveParked(where: StageOptions): Promise<Redriven> {
  await useTables(where)
  const { inParallel } = await import('../../lib/core/concurrency.ts')
  const { redriveJob } = await import('../../lib/jobs/redrive.ts')
  const { listEvents } = await import('../../lib/jobs/store-admin.ts')
  const redriven: string[] = []
  await inParallel(await listEvents('parked'), AT_ONCE, async ({ id }) => {
    // Another operator may have redriven it in the meantime.
    if (await redriveJob(id, 'parked', Date.now())) redriven.push(id)
  })
  return { redriven, failures: new Map() }
}

/** Redrives the events of a provider that a filter selects. */
export async function redriveSelected(where: StageOptions, range: Omit<RedriveRange, 'deadline'>): Promise<Redriven> {
  await useEvents(where)
  const { redriveRange } = await import('../../lib/webhooks/redrive.ts')
  const redriven: string[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const part = await redriveRange({ ...range, after, deadline: Infinity })
    redriven.push(...part.redriven)
    after = part.next
  }
  return { redriven, failures: new Map() }
}

export function redriveOutput({ redriven, failures }: Redriven): CommandOutput {
  const reasons = [...failures].map(([id, reason]) => `${id}: ${reason}`)
  return {
    json: { redriven, skipped: [...failures.keys()] },
    text: `${redriven.length} ${redriven.length === 1 ? 'event is' : 'events are'} due again.`,
    ...(reasons.length > 0 && { fault: reasons.join('\n') }),
  }
}
