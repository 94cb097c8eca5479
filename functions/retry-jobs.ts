import { APPROVAL, approveInterview } from '../lib/identity/approval.ts'
import { retryJobs } from '../lib/jobs/jobs.ts'
import { scheduled } from '../lib/jobs/scheduled.ts'

/** Every minute: finishes the work of events that neither its delivery nor the provider's retries have finished. */
export const handler = scheduled((deadline) => retryJobs({ [APPROVAL]: approveInterview }, deadline))
