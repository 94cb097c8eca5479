import * as z from 'zod'
import { LIMITS } from './limits.ts'
import { parseTime } from './times.ts'

/** Parameters that several endpoints take. */

/** A moment, as UNIX milliseconds. */
export const time = z.string().transform((text, context) => {
  const ms = parseTime(text)
  if (ms !== null) return ms
  context.addIssue({ code: 'custom', message: 'must be a time: UNIX seconds, UNIX milliseconds or ISO 8601' })
  return z.NEVER
})

/** Not longer than any that was ever given out; whether there is such a client is for the table to say. */
export const clientId = z.string().min(1, 'must not be empty').max(64, 'is longer than any client id')

/** A source or a participant: both name series. */
export const source = z
  .string()
  .min(1, 'must not be empty')
  .max(LIMITS.sourceCharacters, `must have at most ${LIMITS.sourceCharacters} characters`)

/** A whole number of things on a page. */
export const pageSize = (least: number, most: number, usual: number, beyond: string) =>
  z
    .string()
    .regex(/^\d+$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, beyond)
    .default(usual)

/** What is wrong with a cursor that is none of ours. */
export const NOT_OUR_CURSOR = 'must be taken from the Link of the page before'
