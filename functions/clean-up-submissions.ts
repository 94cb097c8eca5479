import { scheduled } from '../lib/jobs/scheduled.ts'
import { removeUnfinishedSubmissions } from '../lib/submissions/store-list.ts'

/** Longer than any request, so that no submission in progress is removed. */
const ABANDONED_MS = 600_000

/** Every five minutes: removes the remains of submissions whose storage or deletion was interrupted. */
export const handler = scheduled((deadline) => removeUnfinishedSubmissions(Date.now() - ABANDONED_MS, deadline))
