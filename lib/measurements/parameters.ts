import * as z from 'zod/mini'
import { maxString, numericString, parsedString } from '../core/zod-helpers.ts'
import { LIMITS } from './limits.ts'
import { parseTime } from './times.ts'

/** A time; the output is UNIX milliseconds. */
export const timeSchema = parsedString(
  (text) => parseTime(text) ?? undefined,
  'must be a time: UNIX seconds, UNIX milliseconds or ISO 8601',
)

/** A source or a participant id: both are names of series. */
export const sourceSchema = maxString(LIMITS.sourceCharacters).check(
  z.minLength(1, 'must not be empty'),
  z.refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
)

/** Number of items on a page. `tooLarge` is the error above `max`. */
export const pageSizeSchema = (min: number, max: number, initial: number, tooLarge: string) =>
  z._default(
    numericString(/^\d+$/, `must be a whole number from ${min} to ${max}`).check(
      z.refine((number) => number >= min && number <= max, tooLarge),
    ),
    initial,
  )

/** Error detail of a cursor that Latchkey did not issue. */
export const INVALID_CURSOR = 'must be copied from the Link header of the previous page'
