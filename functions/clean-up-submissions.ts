import { scheduled } from '../lib/jobs/scheduled.ts'
import { backfillParticipantLists } from '../lib/submissions/participant-backfill.ts'
import { removeUnfinishedSubmissions } from '../lib/submissions/store-list.ts'

/** Longer than any request, so that no submission in progress is removed. */
const ABANDONED_MS = 600_000

/**
 * Every five minutes: removes the remains of submissions whose storage or deletion was interrupted. Once after an upgrade, it
 * adds the submissions of earlier versions to the lists of their participants.
 */
export const handler = scheduled(async (deadline) => {
  await removeUnfinishedSubmissions(Date.now() - ABANDONED_MS, deadline)
  await backfillParticipantLists(deadline)
})
