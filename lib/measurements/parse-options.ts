import type { CsvOptions } from './csv-options.ts'
import type { FilePart } from './file-part.ts'

/** How to parse a body, beyond its Content-Type. */
export interface ParseOptions extends CsvOptions {
  /** Columns that are text in addition to `box`. */
  textColumns?: readonly string[]
  /** The format of times that the caller declares. The times of a HOBO file then stay as they are. */
  time_format?: unknown
  /** The device that the header `X-Sensor` names. */
  sensor?: string | undefined
  /** The time zone of times without an offset. */
  tz?: string | undefined
  /** Set if the body is a part of a file. */
  part?: FilePart
}
