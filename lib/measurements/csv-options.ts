import * as z from 'zod/mini'
import { numericString, parsedString } from '../core/zod-helpers.ts'

const DELIMITERS: Readonly<Record<string, string>> = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' }

/** Parameters of an upload that describe its CSV. */
export const csvParameters = {
  delimiter: z.optional(
    parsedString(
      (text) => Object.entries(DELIMITERS).find((entry) => entry.includes(text))?.[1],
      'must be comma, semicolon, tab, pipe or the character',
    ),
  ),
  decimal: z.optional(z.enum(['point', 'comma'], 'must be point or comma')),
  header: z.optional(z.enum(['present', 'absent'], 'must be present or absent')),
  columns: z.optional(
    parsedString((text) => {
      const names = text.split(',').map((name) => name.trim())
      return names.includes('') ? undefined : names
    }, 'must be column names separated by commas'),
  ),
  skip: z.optional(numericString(/^\d{1,4}$/, 'must be a whole number of lines, at most 9999')),
}

const csvOptions = z.object(csvParameters)
export type CsvOptions = z.output<typeof csvOptions>

/** The first of these parameters that a caller has set; undefined if none is. */
export const findCsvParameter = (options: CsvOptions): string | undefined =>
  Object.entries(options).find(([name, value]) => value !== undefined && name in csvParameters)?.[0]

/** Why `header` and `columns` do not fit together; undefined if they do. */
export function findHeaderConflict({ header, columns }: CsvOptions): string | undefined {
  if (header === 'absent' && !columns) return 'must name the columns where header is absent'
  return header !== 'absent' && columns ? 'requires header=absent' : undefined
}
