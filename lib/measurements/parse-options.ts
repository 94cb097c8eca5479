import type { CsvOptions } from './csv-options.ts'

/** How to parse a body, beyond its Content-Type. */
export interface ParseOptions extends CsvOptions {
  /** Columns that are text in addition to `box`. */
  textColumns?: readonly string[]
  /** Keeps the times of a HOBO file as text, for a `time_format` of the caller. */
  keepsTimes?: boolean
}
