import { providerOfKey } from '../jobs/events.ts'
import type { JobHandler, JobWork, SendResult } from '../jobs/jobs.ts'
import { SENDING } from '../jobs/redrive.ts'
import type { Job } from '../jobs/store.ts'
import { hasRecipients, webhookProviders } from './providers.ts'
import { recipientsMissing } from './redrive.ts'
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

/** As `sendEvent`, for an event that only has to be sent: without a recipient, it waits for one. Throws `recipients_missing`. */
export async function sendToRecipients(job: Job, deadline: number): Promise<SendResult> {
  const provider = (await webhookProviders()).get(providerOfKey(job.id))
  if (!provider || !hasRecipients(provider)) throw recipientsMissing()
  return sendEvent(job, deadline)
}

/** The work for every kind of job that `POST /webhook/{provider}` starts. */
export const webhookWork = (): Record<string, JobWork> => ({
  [SENDING]: { send: sendToRecipients },
  ...Object.fromEntries(
    Object.entries(PROCESSING).map(([provider, process]) => [kindOf(provider), { process, send: sendEvent }]),
  ),
})
