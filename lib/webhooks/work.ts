import type { JobHandler, JobWork } from '../jobs/jobs.ts'
import { SENDING } from '../jobs/redrive.ts'
import { sendEvent } from './send.ts'

/**
 * What Latchkey itself does with the events of `POST /webhook/{provider}`, by the name of the provider. A handler gets the
 * id of the event. It runs again after a failure or a crash, so it must be idempotent.
 */
export const PROCESSING: Readonly<Record<string, JobHandler>> = {}

/** The kind of the jobs that process the events of a provider. */
const kindOf = (provider: string): string => `process-${provider}`

/** The kind of a provider's jobs and their work; undefined if its events are not processed here. */
export function processingOf(provider: string): { kind: string; work: JobWork } | undefined {
  const process = Object.hasOwn(PROCESSING, provider) ? PROCESSING[provider] : undefined
  return process && { kind: kindOf(provider), work: { process, send: sendEvent } }
}

/** The work for every kind of job that `POST /webhook/{provider}` starts. */
export const webhookWork = (): Record<string, JobWork> => ({
  [SENDING]: { send: sendEvent },
  ...Object.fromEntries(
    Object.entries(PROCESSING).map(([provider, process]) => [kindOf(provider), { process, send: sendEvent }]),
  ),
})
