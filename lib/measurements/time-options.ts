import * as z from 'zod/mini'
import { parsedString } from '../core/zod-helpers.ts'
import type { Cell } from './cells.ts'
import { toColumnName } from './column-name.ts'
import type { Instant } from './instant.ts'
import { toMs } from './instant.ts'
import { compileTimeFormat, InvalidPattern, type TimeFormat } from './time-format.ts'
import { findTimeZone } from './time-zone.ts'
import { parseStoredTime, readTime } from './times.ts'

const timeFormatSchema = z.pipe(
  z.string(),
  z.transform((text, context): TimeFormat => {
    try {
      return compileTimeFormat(text)
    } catch (error) {
      if (!(error instanceof InvalidPattern)) throw error
      context.issues.push({ code: 'custom', input: text, message: error.message })
      return z.NEVER
    }
  }),
)

/** Parameters of an upload that say how to read its times. */
export const timeOptionsShape = {
  time_column: z.optional(
    parsedString((text) => toColumnName(text) || undefined, 'must be the name of a column of the upload'),
  ),
  time_format: z.optional(timeFormatSchema),
  tz: z.optional(parsedString(findTimeZone, 'must be an IANA time zone, such as Europe/Berlin')),
}

const timeOptionsSchema = z.object(timeOptionsShape)
export type TimeOptions = z.output<typeof timeOptionsSchema>

/** Reads a time. A number is UNIX milliseconds of a cell that is stored as sent; an `Instant` is stored as ISO text. */
export type TimeReader = (cell: Cell) => number | Instant | null

export function makeTimeReader({ time_format: format, tz }: TimeOptions): TimeReader {
  if (!format) return (cell) => readTime(cell, tz)
  return (cell) => {
    const instant = format(cell, tz)
    if (instant === null || typeof cell !== 'number') return instant
    const ms = toMs(instant)
    return parseStoredTime(cell) === ms ? ms : instant
  }
}
