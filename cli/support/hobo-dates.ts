import { findDateOrder } from '../../lib/measurements/csv-hobo.ts'
import { CommandError } from './error-message.ts'
import type { FilePart } from './file-parts.ts'

const TIME_NAME = /Date[ -]Time(?:, GMT| \()/i
/** The date of a row, in its first column or after a row number. */
const DATE = /(?:^|[\r\n])(?:"?\d*"?[,;\t])?"?(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})\s/g

/**
 * Throws if a part of a HOBO file would be read in another order of day and month than the whole file. Latchkey finds the
 * order of dates for each request.
 */
export function checkDateOrder(parts: readonly FilePart[]): void {
  if (parts.length < 2 || !TIME_NAME.test(String(parts[0]?.body.subarray(0, 10_000)))) return
  const datesOfParts = parts.map(({ body }) =>
    [...body.toString('latin1').matchAll(DATE)].map((match) => match.slice(1)),
  )
  const order = findDateOrder(datesOfParts.flat())
  if (datesOfParts.every((dates) => dates.length === 0 || findDateOrder(dates) === order)) return
  throw new CommandError(
    'The dates of some parts of this file fit another order than the whole file: set --time-format, such as "%d/%m/%y %H:%M:%S".',
  )
}
