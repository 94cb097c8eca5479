import * as z from 'zod'

export type JsonObject = Readonly<Record<string, unknown>>

const OPTIONS = {
  io: 'input',
  // What only code can check is said in words, in the descriptions.
  unrepresentable: 'any',
  override: ({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) => {
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    // zod's own patterns of well-known formats say nothing that the format does not.
    if (jsonSchema.format !== undefined) delete jsonSchema.pattern
  },
} as const

const object = z.record(z.string(), z.unknown())

/** What JSON Schema says of a zod schema's input. Schemas that have an `id` are referred to. */
export function jsonSchema(schema: z.core.$ZodType): JsonObject {
  const { properties } = z.toJSONSchema(z.object({ it: schema }), OPTIONS)
  return object.parse(JSON.parse(JSON.stringify(properties?.['it']).replaceAll('"#/$defs/', '"#/components/schemas/')))
}

/** All schemas that have an `id`, by that name. */
export function namedSchemas(): JsonObject {
  const { schemas } = z.toJSONSchema(z.globalRegistry, { ...OPTIONS, uri: (id) => `#/components/schemas/${id}` })
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _place, ...schema }]) => [id, schema]),
  )
}
