import { APPROVAL, approval } from '../lib/identity/approval.ts'
import { retryJobs } from '../lib/jobs/jobs.ts'
import { scheduled } from '../lib/jobs/scheduled.ts'
import { webhookWork } from '../lib/webhooks/work.ts'

/** Every minute: retries the jobs of events that no delivery has completed. */
export const handler = scheduled((deadline) => retryJobs({ [APPROVAL]: approval, ...webhookWork() }, deadline))
