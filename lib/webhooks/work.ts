import type { WebhookProvider } from '../config/webhook-schemas.ts'
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

/** The kind of a job, under which its item names its work, and that work. */
interface JobKind {
  kind: string
  work: JobWork
}

const processing = (provider: string, process: JobHandler): JobKind => ({
  kind: `process-${provider}`,
  work: { process, send: sendEvent },
})

/** As `sendEvent`, for an event that only has to be sent: without a recipient, it waits for one. Throws `recipients_missing`. */
async function sendToRecipients(job: Job, deadline: number): Promise<SendResult> {
  const provider = (await webhookProviders()).get(providerOfKey(job.id))
  if (!provider || !hasRecipients(provider)) throw recipientsMissing()
  return sendEvent(job, deadline)
}

const sending: JobKind = { kind: SENDING, work: { send: sendToRecipients } }

/** The job that an event of a provider starts; undefined if it is only stored. */
export function jobKindOf(provider: WebhookProvider): JobKind | undefined {
  const process = Object.hasOwn(PROCESSING, provider.name) ? PROCESSING[provider.name] : undefined
  if (process) return processing(provider.name, process)
  return hasRecipients(provider) ? sending : undefined
}

/** The work for every kind of job that `POST /webhook/{provider}` starts. */
export function webhookWork(): Record<string, JobWork> {
  const kinds = Object.entries(PROCESSING).map(([provider, process]) => processing(provider, process))
  return Object.fromEntries([sending, ...kinds].map(({ kind, work }) => [kind, work]))
}
