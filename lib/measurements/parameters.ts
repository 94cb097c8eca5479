import * as z from 'zod/mini'
import { maxString, numericString, parsedString } from '../core/zod-helpers.ts'
import { LIMITS } from './limits.ts'
import { parseTime } from './times.ts'

/** A time; the output is UNIX milliseconds. */
export const timeSchema = parsedString(
  (text) => parseTime(text) ?? undefined,
  'must be a time: UNIX seconds, UNIX milliseconds or ISO 8601',
)

/** A source or a participant id: both name series. */
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
