import { getTargetSecrets } from '../config/settings.ts'
import type { WebhookProvider } from '../config/webhook-schemas.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { eventId, providerOfKey, readBody } from '../jobs/events.ts'
import type { SendResult } from '../jobs/jobs.ts'
import type { Job } from '../jobs/store.ts'
import { eventRecord } from '../jobs/stored-event.ts'
import { withBreaker } from './breaker.ts'
import { webhookProviders } from './providers.ts'
import { putOnBus } from './put-on-bus.ts'
import type { OutgoingEvent } from './send-failure.ts'
import { sendToTarget } from './send-to-target.ts'

type Recipient = (event: OutgoingEvent, deadline: number) => Promise<void>

/** The recipients of a provider's events, by the names under which a job stores them. */
function recipientsOf({ name, target, bus }: WebhookProvider): ReadonlyMap<string, Recipient> {
  const recipients = new Map<string, Recipient>()
  if (target !== undefined)
    recipients.set('target', async (event, deadline) => {
      const secrets = await getTargetSecrets(name)
      await withBreaker(target, () => sendToTarget(event, target, secrets, deadline))
    })
  if (bus !== undefined)
    recipients.set('bus', (event, deadline) => withBreaker(bus, () => putOnBus(event, bus, deadline)))
  return recipients
}

/** Sends the event of a job to the recipients that have not got it, all at once. */
export async function sendEvent(job: Job, deadline: number): Promise<SendResult> {
  const provider = (await webhookProviders()).get(providerOfKey(job.id))
  const recipients = [...(provider ? recipientsOf(provider) : [])].filter(([name]) => !job.sentTo.includes(name))
  if (recipients.length === 0) return { sentTo: job.sentTo, failure: null }
  const event = await outgoingEvent(job)
  // The provider waits for the first attempt, which the scheduled ones do not have to be as quick as.
  const limit = job.attempts > 0 ? deadline : Math.min(deadline, Date.now() + timeBudgets.firstSendMs)
  const results = await Promise.allSettled(recipients.map(([, send]) => send(event, limit)))
  const sent = recipients.flatMap(([name], index) => (results[index]?.status === 'fulfilled' ? [name] : []))
  const failed = results.find((result) => result.status === 'rejected')
  return { sentTo: [...job.sentTo, ...sent], failure: failed ? failed.reason : null }
}

async function outgoingEvent({ id, item }: Job): Promise<OutgoingEvent> {
  const { provider, event_type, content_type, received_at } = eventRecord.parse(item)
  const body = await readBody(item)
  if (!body) throw new Error('the body of the event cannot be read')
  const contentType = content_type ?? 'application/json'
  return { id: eventId(id), provider, type: event_type ?? null, receivedAt: received_at, contentType, body }
}
