import * as z from 'zod/mini'
import { approveAnswer, approveSession, fetchScore } from '../providers/incode.ts'
import { asIncodeAdmin } from './admin-token.ts'
import { FINISHED, REJECTED, rankOf } from './statuses.ts'
import { advanceInterview, findInterview, saveApproval } from './store.ts'

export const APPROVAL = 'incode-approval'

/** Response of `/approve` with the identity that Incode made. */
export const approved = z.object({ success: z.literal(true), data: approveAnswer })

/** Response of `/approve` for a session without an identity. */
export const notApproved = z.object({ success: z.literal(false), error: z.string() })

/** The seed's own words, which front ends show. */
const NOT_PASSED = JSON.stringify({ success: false, error: "Session didn't PASS, identity was not created" })

/**
 * Makes an identity of a finished session whose score is OK; gives the answer of `/approve`, as JSON. Done again after
 * a crash it asks Incode again, which answers with the identity that it has made before.
 */
export async function approveInterview(interviewId: string, deadline: number): Promise<string> {
  await advanceInterview(interviewId, FINISHED, rankOf(FINISHED) ?? 0, Date.now())
  // Whoever looked at it in person has the last word, however late an event comes.
  const before = await findInterview(interviewId, Date.now())
  const turnedAway = before?.onboardingStatus === REJECTED
  const status = turnedAway
    ? REJECTED
    : await asIncodeAdmin(deadline, (admin) => fetchScore(interviewId, admin, deadline))
  if (status !== 'OK') {
    await saveApproval(interviewId, false)
    return NOT_PASSED
  }
  const data = await asIncodeAdmin(deadline, (admin) => approveSession(interviewId, admin, deadline))
  const answer = JSON.stringify({ success: true, data })
  await saveApproval(interviewId, true)
  return answer
}
