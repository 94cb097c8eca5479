import * as z from 'zod'
import { type ProblemCode, withExtra } from '../core/problem.ts'
import { problemAnswer, type Refusal } from '../http/response.ts'
import { incodeRefusal } from '../identity/refusal.ts'
import { oauthRefusal } from '../oauth/error-response.ts'
import { incodeProblem, oauthError, problem } from './problems.ts'

/** How an operation tells its refusals, and the schema of those of one status. */
export interface Telling {
  tell: Refusal
  schema(status: number, codes: readonly ProblemCode[]): z.ZodType
}

const oneOf = (status: number, codes: readonly ProblemCode[]) =>
  z.object({ status: z.literal(status), code: z.enum([...codes]) })

export const asProblem: Telling = {
  tell: problemAnswer,
  schema: (status, codes) => z.intersection(problem, oneOf(status, codes)),
}

export const asOAuthError: Telling = { tell: oauthRefusal, schema: () => oauthError }

/** With what Incode's sample pages read. */
export const asIncodeProblem: Telling = {
  tell: incodeRefusal,
  schema: (status, codes) => z.intersection(incodeProblem, oneOf(status, codes)),
}

/** As functions/incode-verify-login.ts tells it. */
export const asUnverified: Telling = {
  ...asIncodeProblem,
  tell: (refused, requestId) => incodeRefusal(withExtra(refused, { verified: false }), requestId),
}
