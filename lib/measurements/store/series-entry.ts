import * as z from 'zod/mini'
import { type Series, seriesWarning } from './series.ts'

/** Times of the first and last row only if one source is named; units and warnings only if there are any. */
export const seriesEntry = z.object({
  source: z.string(),
  participant_id: z.optional(z.string()),
  columns: z.array(z.string()),
  units: z.optional(z.record(z.string(), z.string())),
  warnings: z.optional(z.array(seriesWarning)),
  first: z.optional(z.iso.datetime()),
  last: z.optional(z.iso.datetime()),
})

/** The entry of a series in a list, without times. */
export const toSeriesEntry = ({ participant, source, columns, units, warnings }: Series) => ({
  source,
  ...(participant !== undefined && { participant_id: participant }),
  columns: [...columns].sort(),
  ...(Object.keys(units).length > 0 && { units }),
  ...(warnings.length > 0 && { warnings: [...warnings] }),
})
