import * as z from 'zod'
import { type ProblemCode, withExtra } from '../core/problem.ts'
import { type FormatError, problemResponse } from '../http/response.ts'
import { formatIncodeError } from '../identity/refusal.ts'
import { formatOAuthError } from '../oauth/error-response.ts'
import { incodeProblem, oauthError, problem } from './problems.ts'

/** How an operation tells its refusals, and the schema of those of one status. */
export interface ErrorFormat {
  tell: FormatError
  schema(status: number, codes: readonly ProblemCode[]): z.ZodType
}

const oneOf = (status: number, codes: readonly ProblemCode[]) =>
  z.object({ status: z.literal(status), code: z.enum([...codes]) })

export const problemFormat: ErrorFormat = {
  tell: problemResponse,
  schema: (status, codes) => z.intersection(problem, oneOf(status, codes)),
}

export const oauthErrorFormat: ErrorFormat = { tell: formatOAuthError, schema: () => oauthError }

/** With what Incode's sample pages read. */
export const incodeProblemFormat: ErrorFormat = {
  tell: formatIncodeError,
  schema: (status, codes) => z.intersection(incodeProblem, oneOf(status, codes)),
}

/** As functions/incode-verify-login.ts tells it. */
export const faceLoginProblemFormat: ErrorFormat = {
  ...incodeProblemFormat,
  tell: (refused, requestId) => formatIncodeError(withExtra(refused, { verified: false }), requestId),
}
