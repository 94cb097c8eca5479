import * as z from 'zod/mini'
import { Problem } from '../core/problem.ts'
import { maxString, parsedString } from '../core/zod-helpers.ts'
import { LIMITS } from './limits.ts'
import { parseRangeTime, type RangeSide } from './time-range.ts'

/** A limit of a time range; the output is UNIX milliseconds. */
export const rangeTimeSchema = (side: RangeSide) =>
  parsedString(
    (text) => parseRangeTime(text, side, Date.now()) ?? undefined,
    'must be a time: UNIX seconds, UNIX milliseconds, ISO 8601, a date, or a time ago such as -24h or -7d',
  )

/** A source or a participant id: both are names of series. */
export const sourceSchema = maxString(LIMITS.sourceCharacters).check(
  z.minLength(1, 'must not be empty'),
  z.refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
)

/** Error detail of a cursor that Latchkey did not issue. */
export const INVALID_CURSOR = 'must be copied from the Link header of the previous page'

/** Digest of a participant in a cursor. */
export const digestSchema = z.string().check(z.regex(/^[\w-]{43}$/))

/** A position in a result as the parameter `cursor`. Clients do not build cursors, so an error has no details. */
export const cursorSchema = <T>(position: z.ZodMiniType<T>) =>
  parsedString((text) => position.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data, INVALID_CURSOR)

export const encodeCursor = (position: object): string => Buffer.from(JSON.stringify(position)).toString('base64url')

/** The error for a parameter. */
export const parameterProblem = (field: string, detail: string): Problem =>
  new Problem('parameter_invalid', `${field} ${detail}.`, { issues: [{ field, detail }] })
