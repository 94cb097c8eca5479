import * as z from 'zod/mini'
import { clientIdSchema } from '../core/identifiers.ts'
import { booleanString } from '../core/zod-helpers.ts'
import { csvParameters } from './csv-options.ts'
import { timeOptionsShape } from './time-options.ts'

const flag = z._default(booleanString, false)

/** Parameters of an upload. Unknown ones are rejected, because an ignored option would store wrong data. */
export const uploadQuery = z.strictObject({
  /** The client whose salt made a checksum. */
  client_id: z.optional(clientIdSchema),
  /** Parses and validates the upload, and stores nothing. */
  dry_run: flag,
  /** Rejects an upload with warnings. */
  strict: flag,
  ...timeOptionsShape,
  ...csvParameters,
})
