import { withExtra } from '../core/problem.ts'
import { problemAnswer, type Refusal, shownDetail } from '../http/response.ts'

/** Problem details that also have what Incode's sample front ends read. */
export const incodeRefusal: Refusal = (problem, requestId) =>
  problemAnswer(withExtra(problem, { success: false, error: shownDetail(problem), ...problem.extra }), requestId)
