import { randomUUID } from 'node:crypto'
import type { ProviderEvent } from '../../lib/jobs/events.ts'
import type { Job } from '../../lib/jobs/store.ts'
import { event, type JobContainer } from './jobs.ts'

type JobStore = Pick<JobContainer, 'claimFirst' | 'recordEvent' | 'rescheduleJob' | 'deadLetterJob' | 'finishJob'>

/** An event with a new id. */
export const newEvent = (provider: string, more: Partial<ProviderEvent> = {}): ProviderEvent =>
  event({ provider, delivery: `evt_${randomUUID()}`, type: 'invoice.paid', verifiedBy: 'hmac', ...more })

export const publicId = ({ provider, delivery }: ProviderEvent): string =>
  `${provider}:${delivery.replaceAll('#', ':')}`

/** Stores events in each state, by modules of lib/jobs. */
export function eventStore(jobs: JobStore) {
  /** Stores an event whose job runs. */
  async function running(one: ProviderEvent, kind = 'send'): Promise<Job> {
    const claim = await jobs.claimFirst(one, kind, Date.now())
    if (claim.state !== 'claimed') throw new Error(claim.state)
    return claim.job
  }
  const nothing = { outcome: null, sentTo: [] }
  return {
    running,
    stored: (one: ProviderEvent) => jobs.recordEvent(one),
    /** Its next attempt is due in an hour. */
    async pending(one: ProviderEvent) {
      await jobs.rescheduleJob(await running(one), Date.now() + 3_600_000, 'provider_timeout', nothing)
    },
    async parked(one: ProviderEvent, kind = 'send') {
      const job = await running(one, kind)
      await jobs.rescheduleJob(job, Date.now(), 'provider_timeout', nothing)
      await jobs.deadLetterJob(job)
    },
    async done(one: ProviderEvent, outcome: string | null = null, kind = 'send') {
      await jobs.finishJob(await running(one, kind), { outcome, sentTo: ['target'] })
    },
  }
}
