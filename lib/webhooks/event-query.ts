import * as z from 'zod/mini'
import { providerName } from '../config/webhook-schemas.ts'
import { boundedString } from '../http/input.ts'
import { EVENT_STATES } from '../jobs/event-states.ts'
import { eventPosition } from '../jobs/store-list.ts'

/** What selects events in requests, without their times. */
export const eventFilterFields = {
  provider: providerName,
  type: z.optional(boundedString(128)),
  state: z.enum(EVENT_STATES, `must be ${EVENT_STATES.join(', ')}`),
}

/** A position in a list of events as callers see it. */
export const encodeCursor = (position: string): string => Buffer.from(position).toString('base64url')

/** Parses a cursor to a position. `invalid` is the error for a text that Latchkey did not issue. */
export const eventCursor = (invalid: string) =>
  z
    .pipe(
      z.string(),
      z.transform((text) => Buffer.from(text, 'base64url').toString()),
    )
    .check(z.refine((text) => eventPosition.safeParse(text).success, invalid))
