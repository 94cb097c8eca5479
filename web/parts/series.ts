import './no-eval.ts'
import * as z from 'zod/mini'

/** The response of GET /series. Only a request for one series returns its first and last times. */
export const seriesList = z.object({
  series: z.array(
    z.object({
      source: z.string(),
      participant_id: z.optional(z.string()),
      columns: z.array(z.string()),
      units: z.optional(z.record(z.string(), z.string())),
      warnings: z.optional(z.array(z.object({ sentence: z.string(), received_at: z.string() }))),
      first: z.optional(z.string()),
      last: z.optional(z.string()),
      parked: z.optional(z.array(z.object({ first: z.string(), last: z.string(), reason: z.string() }))),
    }),
  ),
})
export type SeriesSummary = z.output<typeof seriesList>['series'][number]
