import { withExtra } from '../core/problem.ts'
import { type FormatError, problemResponse, publicDetail } from '../http/response.ts'

/** Problem details with the additional members that Incode's sample front ends read. */
export const formatIncodeError: FormatError = (problem, requestId) =>
  problemResponse(withExtra(problem, { success: false, error: publicDetail(problem), ...problem.extra }), requestId)
