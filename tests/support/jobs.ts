import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { vi } from 'vitest'
import type { JobHandler } from '../../lib/jobs/jobs.ts'
import type { ProviderEvent } from '../../lib/jobs/store.ts'

/** Modules of the outbox, loaded anew, so that they remember nothing; a Latchkey must have been started before. */
export async function outboxContainer() {
  vi.resetModules()
  const outbox = await import('../../lib/jobs/jobs.ts')
  const events = await import('../../lib/jobs/store.ts')
  const { Problem } = await import('../../lib/core/problem.ts')
  const { documents } = await import('../../lib/dynamodb/client.ts')
  return {
    ...outbox,
    ...events,
    /** A worker that always fails. */
    failing: () =>
      vi.fn<JobHandler>(async () => {
        throw new Problem('provider_unavailable', 'The detail.')
      }),
    deliver: (event: ProviderEvent, worker: JobHandler, deadline = Date.now() + 90_000) =>
      outbox.runJobOnce(event, event.provider, worker, deadline),
    sweep: (event: ProviderEvent, worker: JobHandler, deadline = Date.now() + 60_000) =>
      outbox.retryJobs({ [event.provider]: worker }, deadline),
    /** An event as it is kept. */
    async kept(event: ProviderEvent) {
      const Key = { id: events.eventId(event) }
      return (await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))).Item
    },
  }
}

export type OutboxContainer = Awaited<ReturnType<typeof outboxContainer>>

/** An event of a provider of its own, which names the kind of its work, too: a sweep meets the work of all tests. */
export const event = (more: Partial<ProviderEvent> = {}): ProviderEvent => ({
  provider: randomUUID(),
  delivery: 'delivery',
  subject: 'subject',
  body: '{"a":"as it came"}',
  receivedAt: Date.now(),
  ...more,
})

/** A worker that comes to this outcome, after some time. */
export const giving = (outcome: string, ms = 0) =>
  vi.fn<JobHandler>(async () => {
    await sleep(ms)
    return outcome
  })

/** A worker that goes on until it is told how to end. */
export function slow() {
  const begun = Promise.withResolvers<void>()
  const outcome = Promise.withResolvers<string>()
  const worker = vi.fn<JobHandler>(() => {
    begun.resolve()
    return outcome.promise
  })
  return { worker, begun: begun.promise, end: outcome.resolve, fail: outcome.reject }
}

/** Stops the clock; the function that it gives puts it so many milliseconds after that. */
export function clock() {
  const start = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  return (after: number) => vi.setSystemTime(start + after)
}
