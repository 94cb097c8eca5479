import { scheduled } from '../lib/jobs/scheduled.ts'
import { removeLeftovers } from '../lib/submissions/store-list.ts'

/** Longer than any request, so that data of a running request stays. */
const ABANDONED_MS = 600_000

/** Every five minutes: removes the data of interrupted attempts to store or delete submissions. */
export const handler = scheduled((deadline) => removeLeftovers(Date.now() - ABANDONED_MS, deadline))
