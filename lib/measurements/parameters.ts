import * as z from 'zod/mini'
import { maxString, numericString, parsedString } from '../core/zod-helpers.ts'
import { LIMITS } from './limits.ts'
import { parseTime } from './times.ts'

/** Parameters that several endpoints take. */

/** A moment, as UNIX milliseconds. */
export const timeSchema = parsedString(
  (text) => parseTime(text) ?? undefined,
  'must be a time: UNIX seconds, UNIX milliseconds or ISO 8601',
)

/** Not longer than any that was ever given out; whether there is such a client is for the table to say. */
export const clientIdSchema = z
  .string()
  .check(z.minLength(1, 'must not be empty'), z.maxLength(64, 'is longer than any client id'))

/** A source or a participant: both name series. */
export const sourceSchema = maxString(LIMITS.sourceCharacters).check(z.minLength(1, 'must not be empty'))

/** A whole number of things on a page. */
export const pageSizeSchema = (least: number, most: number, usual: number, beyond: string) =>
  z._default(
    numericString(/^\d+$/, `must be a whole number from ${least} to ${most}`).check(
      z.refine((number) => number >= least && number <= most, beyond),
    ),
    usual,
  )

/** What is wrong with a cursor that is none of ours. */
export const INVALID_CURSOR = 'must be taken from the Link of the page before'
