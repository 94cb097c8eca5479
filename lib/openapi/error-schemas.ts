import * as z from 'zod'
import type { ProblemCode } from '../core/problem.ts'
import { incodeProblem, oauthError, problem } from './problems.ts'

/** The schema of error responses with one status, which have one of these codes. */
export type ErrorSchema = (status: number, codes: readonly ProblemCode[]) => z.ZodType

const oneOf: ErrorSchema = (status, codes) => z.object({ status: z.literal(status), code: z.enum([...codes]) })

export const problemSchema: ErrorSchema = (status, codes) => z.intersection(problem, oneOf(status, codes))

/** Problem details with the members that Incode's sample pages read. */
export const incodeProblemSchema: ErrorSchema = (status, codes) => z.intersection(incodeProblem, oneOf(status, codes))

export const oauthErrorSchema: ErrorSchema = () => oauthError
