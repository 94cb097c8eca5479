import { scheduled } from '../lib/jobs/scheduled.ts'
import { removeUnfinishedSubmissions } from '../lib/submissions/store-list.ts'

/** Longer than any call may last, so that nothing is removed that is still being written. */
const ABANDONED_MS = 600_000

/** Every five minutes: removes what attempts to store or remove submissions have left behind when they were cut off. */
export const handler = scheduled((deadline) => removeUnfinishedSubmissions(Date.now() - ABANDONED_MS, deadline))
