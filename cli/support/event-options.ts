import * as z from 'zod'
import { providerName } from '../../lib/config/webhook-schemas.ts'
import { EVENT_STATES } from '../../lib/jobs/event-states.ts'
import { parseRangeTime, type RangeSide } from '../../lib/measurements/time-range.ts'
import type { StageOptions } from './command.ts'
import { UsageError } from './error-message.ts'
import { useTables } from './stage.ts'
import { readStageSettings } from './stage-address.ts'
import { toApiTime } from './times.ts'

const rangeTime = (side: RangeSide) =>
  z
    .string()
    .transform((text) => parseRangeTime(toApiTime(text), side, Date.now()))
    .refine((time) => time !== null, 'must be a time such as 24h (24 hours ago) or 2026-03-02')
    .transform((time) => time ?? undefined)
    .optional()

/** Options that select events, as the parameters of `GET /events` do. */
export const eventFilterOptions = {
  provider: z
    .string()
    .refine((name) => providerName.safeParse(name).success, 'must be the name of a provider')
    .optional(),
  type: z.string().min(1, 'must not be empty').optional(),
  state: z.enum(EVENT_STATES, `must be ${EVENT_STATES.join(', ')}`).optional(),
  from: rangeTime('from'),
  to: rangeTime('to'),
}

/** Returns ids of events unchanged. Throws for other texts. */
export async function requireEventIds(ids: readonly string[]): Promise<readonly string[]> {
  const { eventIdSchema } = await import('../../lib/jobs/stored-event.ts')
  if (ids.some((id) => !eventIdSchema.safeParse(id).success))
    throw new UsageError('An id of an event is like stripe:evt_1: events list shows them.')
  return ids
}

/** As `useTables`, with the entries of webhooks.yml as the stage has them. */
export async function useEvents(where: StageOptions): Promise<void> {
  await useTables(where)
  Object.assign(process.env, await readStageSettings(where, 'events'))
}
