import * as z from 'zod/mini'
import type { JobWork } from '../jobs/jobs.ts'
import { rejectionStatus } from '../providers/errors.ts'
import { approveAnswer, approveSession, fetchScore } from '../providers/incode.ts'
import { sendEvent } from '../webhooks/send.ts'
import { asIncodeAdmin } from './admin-token.ts'
import { FINISHED, REJECTED, rankOf } from './statuses.ts'
import { advanceInterview, findInterview, saveApproval } from './store.ts'

export const APPROVAL = 'incode-approval'

/** The work for the event of a finished session. */
export const approval = { process: approveInterview, send: sendEvent } satisfies JobWork

/** Response of `/approve` with the identity that Incode created. */
export const approved = z.object({ success: z.literal(true), data: approveAnswer })

/** Response of `/approve` for a session without an identity. Status 200, because Incode retries after any other. */
export const notApproved = z.object({ success: z.literal(false), error: z.string() })

/** Front ends show these texts, so they must not change. */
const NOT_PASSED = "Session didn't PASS, identity was not created"
export const UNKNOWN_SESSION = 'Incode does not know this session, identity was not created'

/** The status of a session that Incode does not know. */
const UNKNOWN = 'UNKNOWN_SESSION'

/**
 * Creates the identity of a finished session whose score is OK. Returns the response of `/approve` as JSON. A repeat
 * after a crash calls Incode again, which returns the same identity.
 */
async function approveInterview(interviewId: string, deadline: number): Promise<string> {
  await advanceInterview(interviewId, FINISHED, rankOf(FINISHED) ?? 0, Date.now())
  // A rejection by a reviewer is final, even if an event arrives later.
  const interview = await findInterview(interviewId, Date.now())
  const isRejected = interview?.onboardingStatus === REJECTED
  const status = isRejected ? REJECTED : await fetchStatus(interviewId, Boolean(interview?.start), deadline)
  if (status !== 'OK') {
    await saveApproval(interviewId, false)
    return JSON.stringify({ success: false, error: status === UNKNOWN ? UNKNOWN_SESSION : NOT_PASSED })
  }
  const data = await asIncodeAdmin(deadline, (admin) => approveSession(interviewId, admin, deadline))
  await saveApproval(interviewId, true)
  return JSON.stringify({ success: true, data })
}

/** Returns the status of a session's score, or `UNKNOWN`, which is final. Throws other errors, which are retried. */
function fetchStatus(interviewId: string, startedHere: boolean, deadline: number): Promise<string> {
  return asIncodeAdmin(deadline, async (admin) => {
    try {
      return await fetchScore(interviewId, admin, deadline)
    } catch (error) {
      // Incode also returns 400 for other reasons; a session that was started here exists.
      const status = rejectionStatus(error)
      if (status === 404 || (status === 400 && !startedHere)) return UNKNOWN
      throw error
    }
  })
}
