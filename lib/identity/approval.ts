import { approveSession, score } from '../providers/incode.ts'
import { moveInterview, noteApproval } from '../store/interviews.ts'
import { asIncodeAdmin } from './admin-token.ts'
import { FINISHED, rankOf } from './statuses.ts'

export const APPROVAL = 'incode-approval'

/** The seed's own words, which front ends show. */
const NOT_PASSED = JSON.stringify({ success: false, error: "Session didn't PASS, identity was not created" })

/**
 * Makes an identity of a finished session whose score is OK; gives the answer of `/approve`, as JSON. Done again after
 * a crash it asks Incode again, which answers with the identity that it has made before.
 */
export async function approveInterview(interviewId: string, deadline: number): Promise<string> {
  await moveInterview(interviewId, FINISHED, rankOf(FINISHED) ?? 0, Date.now())
  const status = await asIncodeAdmin(deadline, (admin) => score(interviewId, admin, deadline))
  if (status !== 'OK') {
    await noteApproval(interviewId, false)
    return NOT_PASSED
  }
  const data = await asIncodeAdmin(deadline, (admin) => approveSession(interviewId, admin, deadline))
  await noteApproval(interviewId, true)
  return JSON.stringify({ success: true, data })
}
