import * as z from 'zod/mini'
import { clientIdSchema } from '../core/identifiers.ts'
import { booleanString, maxString } from '../core/zod-helpers.ts'
import { csvParameters, findHeaderConflict } from './csv-options.ts'
import { sourceSchema } from './parameters.ts'
import { timeOptionsShape } from './time-options.ts'

/** Options that a query has, or that are registered with a client. */
const optionsShape = {
  /** Rejects an upload with warnings. */
  strict: z.optional(booleanString),
  /** The box of rows that name none. */
  box: z.optional(sourceSchema),
  ...timeOptionsShape,
  ...csvParameters,
}
export const uploadOptions = z.strictObject(optionsShape)
export type UploadOptions = z.output<typeof uploadOptions>

/** Parameters of an upload. Unknown ones are rejected, because an ignored option would store wrong data. */
export const uploadQuery = z.strictObject({
  /** The client whose salt made a checksum. */
  client_id: z.optional(clientIdSchema),
  /** Parses and validates the upload, and stores nothing. */
  dry_run: z._default(booleanString, false),
  ...optionsShape,
})

/** @limit Uploads | characters of each upload option that is registered with a client */
const MAX_OPTION_CHARACTERS = 4_096

const optionText = z.optional(
  z.union([maxString(MAX_OPTION_CHARACTERS), z.number(), z.boolean()], {
    error: 'must be a string, a number, true or false',
  }),
)

/** Options of a client as texts, which is how they are stored: a parsed format of times is a function. */
export type ClientUploadOptions = Readonly<Record<string, string>>

/** Validates the upload options of a client exactly as query parameters. Returns their texts; undefined without any. */
export const clientUploadOptions = z.pipe(
  z.strictObject(Object.fromEntries(Object.keys(optionsShape).map((name) => [name, optionText]))),
  z.transform((options, context): ClientUploadOptions | undefined => {
    const sent = Object.entries(options).filter(([, value]) => value !== undefined)
    const texts = Object.fromEntries(sent.map(([name, value]) => [name, String(value)]))
    const { data, error } = uploadOptions.safeParse(texts)
    for (const { path, message } of error?.issues ?? [])
      context.issues.push({ code: 'custom', input: texts, path: [...path], message })
    const conflict = data && findHeaderConflict(data)
    if (conflict) context.issues.push({ code: 'custom', input: texts, path: ['columns'], message: conflict })
    return sent.length > 0 ? texts : undefined
  }),
)
