import { withExtra } from '../core/problem.ts'
import { type FormatError, problemResponse, publicDetail } from '../http/response.ts'

/** Problem details that also have what Incode's sample front ends read. */
export const formatIncodeError: FormatError = (problem, requestId) =>
  problemResponse(withExtra(problem, { success: false, error: publicDetail(problem), ...problem.extra }), requestId)
