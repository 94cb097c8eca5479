import * as z from 'zod'
import type { ZodOpenApiExampleObject } from 'zod-openapi'

type JsonObject = Readonly<Record<string, unknown>>

/** A description, and JSON Schema keywords for what only code checks. A `type` replaces the zod schema. */
type Field = string | { description: string; schema: JsonObject; required?: boolean }

/** By name of the parameter or member. */
export type Fields = Readonly<Record<string, Field>>

type Schema = z.core.$ZodType
type ObjectSchema = z.core.$ZodObject<Readonly<Record<string, Schema>>>

const isObject = (schema: Schema): schema is ObjectSchema => schema instanceof z.core.$ZodObject

/** The object whose members a schema reads, before it transforms them. */
function inputObject(schema: Schema): ObjectSchema | undefined {
  if (isObject(schema)) return schema
  if (!(schema instanceof z.core.$ZodPipe)) return undefined
  const { in: before, out: after } = schema._zod.def
  return inputObject(before instanceof z.core.$ZodTransform ? after : before)
}

/** Returns a sentence for the description of an operation. */
export const describeUnknownParameters = (query: Schema): string =>
  inputObject(query)?._zod.def.catchall instanceof z.core.$ZodNever
    ? 'Unknown parameters are rejected (400).'
    : 'Unknown parameters are ignored.'

/** A schema of parameters with their descriptions and examples; `hidden` are described elsewhere. */
export function describedParameters(
  schema: Schema,
  fields: Fields,
  hidden: readonly (string | undefined)[],
  examplesOf: (name: string) => Readonly<Record<string, ZodOpenApiExampleObject>>,
) {
  const members = Object.entries(inputObject(schema)?._zod.def.shape ?? {}).filter(([name]) => !hidden.includes(name))
  const described = members.map(([name, member]) => {
    const { description, keywords } = splitField(fields[name])
    const examples = examplesOf(name)
    const [first] = Object.values(examples)
    const param = {
      ...(description !== undefined && { description }),
      required: false,
      ...(keywords['type'] === 'object' && { style: 'form' as const, explode: true }),
      ...(first && { examples }),
    }
    // Renderers show the first example in the field.
    return [name, annotate(member, fields[name], first ? { examples: [first.value] } : {}, { param })] as const
  })
  return z.object(Object.fromEntries(described))
}

/** A body with descriptions of its members. A union describes each of its objects; other schemas stay as they are. */
export function describedBody(schema: Schema, fields: Fields): Schema {
  if (schema instanceof z.core.$ZodUnion)
    return z.union(schema._zod.def.options.map((option) => describedBody(option, fields)))
  const object = inputObject(schema)
  // Without anything to add it stays the same schema, which may have a name.
  if (!object || !Object.keys(object._zod.def.shape).some((name) => Object.hasOwn(fields, name))) return schema
  const members = Object.entries(object._zod.def.shape).map(([name, member]) => {
    const { description } = splitField(fields[name])
    return [name, description === undefined ? member : annotate(member, fields[name], {}, { description })] as const
  })
  return z.clone(object, { ...object._zod.def, shape: Object.fromEntries(members) })
}

/** Names a schema and describes its members, in place, so that every schema that contains it shows them. */
export function describeSchema(
  schema: ObjectSchema,
  { fields = {}, ...metadata }: { id?: string; description?: string; fields?: Readonly<Record<string, string>> },
): void {
  z.globalRegistry.add(schema, metadata)
  for (const [name, description] of Object.entries(fields)) {
    const member = schema._zod.def.shape[name]
    if (!member) throw new Error(`The schema has no member ${name}.`)
    z.globalRegistry.add(member, { description })
  }
}

function splitField(field: Field | undefined): { description: string | undefined; keywords: JsonObject } {
  return typeof field === 'object'
    ? { description: field.description, keywords: field.schema }
    : { description: field, keywords: {} }
}

/** Returns a copy of a schema with further keywords and separate metadata. */
function annotate(
  schema: Schema,
  field: Field | undefined,
  moreKeywords: JsonObject,
  metadata: z.core.GlobalMeta,
): Schema {
  const { keywords } = splitField(field)
  const required = typeof field === 'object' ? field.required : undefined
  const copy = z.clone(schema, schema._zod.def)
  const outer = required === undefined ? copy : required ? z.nonoptional(copy) : z.optional(copy)
  z.globalRegistry.add(outer, {
    ...metadata,
    override: ({ jsonSchema }) => {
      if (keywords['type'] !== undefined)
        for (const name of Object.keys(jsonSchema)) if (name !== 'description') delete jsonSchema[name]
      Object.assign(jsonSchema, keywords, moreKeywords)
    },
  })
  return outer
}
