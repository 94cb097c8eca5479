import * as z from 'zod/mini'
import { numericString, parsedString } from '../core/zod-helpers.ts'
import { AGGREGATES } from './aggregate.ts'
import { digestSchema, sourceSchema } from './parameters.ts'
import { findTimeZone } from './time-zone.ts'
import { canStartAt, MAX_WINDOW_YEARS, parseWindowLength } from './windows.ts'

/** @limit Downloads | points that `points` may request */
const MAX_POINTS = 10_000

const aggregate = z.enum(AGGREGATES)

/** Parameters of a download that aggregate rows. */
export const windowParameters = {
  every: z.optional(
    parsedString(
      parseWindowLength,
      `must be a length such as 5m, 1h, 1d, 1w or P1M, of at most ${MAX_WINDOW_YEARS} years`,
    ),
  ),
  agg: z.optional(
    parsedString(
      (text) => [...new Set(text.split(',').map((name) => aggregate.parse(name.trim())))],
      `must be of ${AGGREGATES.join(', ')}, separated by commas`,
    ),
  ),
  tz: z.optional(parsedString(findTimeZone, 'must be an IANA time zone, such as Europe/Berlin')),
  fill: z.optional(z.enum(['none', 'null'], 'must be none or null')),
  points: z.optional(
    numericString(/^\d+$/, `must be a whole number from 2 to ${MAX_POINTS}`).check(
      z.refine((number) => number >= 2 && number <= MAX_POINTS, `must be from 2 to ${MAX_POINTS}`),
    ),
  ),
}

/** A position among windows: the start of a page. */
export const windowPosition = z.strictObject({
  participant: z.optional(digestSchema),
  source: sourceSchema,
  /** UNIX milliseconds of the start of a window; absent for the start of the series. */
  from: z.optional(z.number().check(z.refine(canStartAt))),
  /** Whether the series has an earlier window, so that empty ones may follow. */
  follows: z.optional(z.boolean()),
  /** Milliseconds of the windows that `points` has chosen for the series. */
  width: z.optional(z.int().check(z.positive())),
})

export type WindowCursor = z.output<typeof windowPosition>
