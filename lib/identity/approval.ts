import * as z from 'zod/mini'
import { approveAnswer, approveSession, fetchScore } from '../providers/incode.ts'
import { asIncodeAdmin } from './admin-token.ts'
import { FINISHED, REJECTED, rankOf } from './statuses.ts'
import { advanceInterview, findInterview, saveApproval } from './store.ts'

export const APPROVAL = 'incode-approval'

/** Response of `/approve` with the identity that Incode created. */
export const approved = z.object({ success: z.literal(true), data: approveAnswer })

/** Response of `/approve` for a session without an identity. */
export const notApproved = z.object({ success: z.literal(false), error: z.string() })

/** Front ends show this text, so it must not change. */
const NOT_PASSED = JSON.stringify({ success: false, error: "Session didn't PASS, identity was not created" })

/**
 * Creates the identity of a finished session whose score is OK. Returns the response of `/approve` as JSON. A repeat
 * after a crash calls Incode again, which returns the same identity.
 */
export async function approveInterview(interviewId: string, deadline: number): Promise<string> {
  await advanceInterview(interviewId, FINISHED, rankOf(FINISHED) ?? 0, Date.now())
  // A rejection by a reviewer is final, even if an event arrives later.
  const interview = await findInterview(interviewId, Date.now())
  const isRejected = interview?.onboardingStatus === REJECTED
  const status = isRejected
    ? REJECTED
    : await asIncodeAdmin(deadline, (admin) => fetchScore(interviewId, admin, deadline))
  if (status !== 'OK') {
    await saveApproval(interviewId, false)
    return NOT_PASSED
  }
  const data = await asIncodeAdmin(deadline, (admin) => approveSession(interviewId, admin, deadline))
  await saveApproval(interviewId, true)
  return JSON.stringify({ success: true, data })
}
