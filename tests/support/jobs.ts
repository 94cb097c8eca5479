import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { vi } from 'vitest'
import type { ProviderEvent } from '../../lib/jobs/events.ts'
import type { JobHandler } from '../../lib/jobs/jobs.ts'

/** The modules of jobs as a new container loads them, without cached state. An instance must be running. */
export async function jobContainer() {
  vi.resetModules()
  const jobs = await import('../../lib/jobs/jobs.ts')
  const store = await import('../../lib/jobs/store.ts')
  const events = await import('../../lib/jobs/events.ts')
  const { Problem } = await import('../../lib/core/problem.ts')
  const { documents } = await import('../../lib/dynamodb/client.ts')
  return {
    ...jobs,
    ...store,
    ...events,
    /** A handler that always fails. */
    failing: () =>
      vi.fn<JobHandler>(async () => {
        throw new Problem('provider_unavailable', 'The detail.')
      }),
    deliver: (event: ProviderEvent, handler: JobHandler, deadline = Date.now() + 90_000) =>
      jobs.runJobOnce(event, event.provider, { process: handler }, deadline),
    retry: (event: ProviderEvent, handler: JobHandler, deadline = Date.now() + 60_000) =>
      jobs.retryJobs({ [event.provider]: { process: handler } }, deadline),
    /** The stored item of an event. */
    async item(event: ProviderEvent) {
      const Key = { id: events.eventKey(event) }
      return (await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))).Item
    },
  }
}

export type JobContainer = Awaited<ReturnType<typeof jobContainer>>

/** An event with a new provider name, which is also the kind of its job: a retry finds the jobs of every test. */
export const event = (more: Partial<ProviderEvent> = {}): ProviderEvent => ({
  provider: randomUUID(),
  delivery: 'delivery',
  subject: 'subject',
  type: null,
  time: null,
  contentType: 'application/json',
  verifiedBy: null,
  body: Buffer.from('{"a":"as it came"}'),
  receivedAt: Date.now(),
  ...more,
})

/** A handler that returns this outcome after some milliseconds. */
export const returning = (outcome: string, ms = 0) =>
  vi.fn<JobHandler>(async () => {
    await sleep(ms)
    return outcome
  })

/** A handler that runs until the test ends it. */
export function pending() {
  const started = Promise.withResolvers<void>()
  const outcome = Promise.withResolvers<string>()
  const handler = vi.fn<JobHandler>(() => {
    started.resolve()
    return outcome.promise
  })
  return { handler, started: started.promise, end: outcome.resolve, fail: outcome.reject }
}

/** Stops the clock, and returns a function that sets it to a number of milliseconds after that moment. */
export function clock() {
  const start = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  return (after: number) => vi.setSystemTime(start + after)
}
