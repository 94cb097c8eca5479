import * as z from 'zod'
import type { InputSchemas } from '../http/input.ts'
import type { Field, Operation } from './operation.ts'
import { responses } from './responses.ts'
import { type JsonObject, jsonSchema } from './schema.ts'
import { SECURITY_SCHEMES } from './security.ts'

const FORM = 'application/x-www-form-urlencoded'

/** Names of parameters and headers, by the security scheme that they are. */
const SCHEMES = new Map<string, string | undefined>(
  Object.entries(SECURITY_SCHEMES).map(([name, scheme]) => [name, 'name' in scheme ? scheme.name : undefined]),
)

/** Of a schema of parameters, one member each. */
const members = z.looseObject({
  properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
})

/** An operation as OpenAPI has it. */
export function describe(operation: Operation): JsonObject {
  const [method = ''] = operation.route.split(' ')
  const schemas = schemasOf(operation, method)
  const requestBody = method === 'POST' ? bodyOf(operation, schemas) : undefined
  return {
    tags: [operation.tag],
    operationId: operation.id,
    summary: operation.summary,
    description: [operation.description, ...aboutScopes(operation), ...aboutOthers(schemas.query)].join('\n\n'),
    security: operation.security,
    parameters: parametersOf(operation, schemas),
    ...(requestBody && { requestBody }),
    responses: responses(operation, requestBody !== undefined),
  }
}

/** The schemas by which the handler of an operation reads. */
function schemasOf({ handler, schemas }: Operation, method: string): InputSchemas {
  const { input } = 'handlers' in handler ? (handler.handlers[method] ?? { input: undefined }) : handler
  return schemas ?? (input?.inputs?.[method] ?? input)?.schemas ?? {}
}

function aboutScopes({ security }: Operation): string[] {
  const scopes = security.flatMap(({ authToken = [] }) => authToken)
  return scopes.length === 0
    ? []
    : [`An auth token needs the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`]
}

function aboutOthers(query: z.core.$ZodType | undefined): string[] {
  if (!query) return []
  const strict = members.parse(jsonSchema(query)).additionalProperties === false
  return [
    strict ? 'Parameters that are not listed are refused (400).' : 'Parameters that are not listed are passed over.',
  ]
}

function parametersOf(operation: Operation, { path, query }: InputSchemas): JsonObject[] {
  const { fields = {}, headers = {}, security } = operation
  // Credentials are described as such.
  const credentials = security.flatMap((way) => Object.keys(way)).map((name) => SCHEMES.get(name))
  const inPlace = (place: 'path' | 'query', schema: z.core.$ZodType | undefined) => {
    if (!schema) return []
    const { properties, required } = members.parse(jsonSchema(schema))
    return Object.entries(properties)
      .filter(([name]) => !credentials.includes(name))
      .map(([name, found]) => parameter(operation, place, name, fields[name], found, required.includes(name)))
  }
  return [
    ...inPlace('path', path),
    ...inPlace('query', query),
    ...Object.entries(headers).map(([name, field]) =>
      parameter(operation, 'headers', name, field, { type: 'string' }, false),
    ),
  ]
}

function parameter(
  { examples }: Operation,
  place: 'path' | 'query' | 'headers',
  name: string,
  field: Field | undefined,
  found: JsonObject,
  required: boolean,
): JsonObject {
  const values = Object.entries(examples).flatMap(([example, { summary, sent }]) => {
    const value = sent[place]?.[name]
    return value === undefined ? [] : [[example, { summary, value }] as const]
  })
  const { description, schema } = withField(found, field)
  const [shown] = values.map(([, { value }]) => value)
  return {
    name,
    in: place === 'headers' ? 'header' : place,
    required: isRequired(field, required),
    description,
    ...(schema['type'] === 'object' && { style: 'form', explode: true }),
    // Renderers show this one in the field.
    schema: { ...schema, ...(shown !== undefined && { examples: [shown] }) },
    ...(values.length > 0 && { examples: Object.fromEntries(values) }),
  }
}

const isRequired = (field: Field | undefined, required: boolean): boolean =>
  typeof field === 'object' ? (field.required ?? required) : required

/** What a zod schema says of a value, with what is said about it here. */
function withField(found: JsonObject, field: Field | undefined) {
  if (typeof field !== 'object') return { description: field, schema: found }
  // Another type has other keywords.
  const base = field.schema['type'] === undefined ? found : {}
  return { description: field.description, schema: { ...base, ...field.schema } }
}

function bodyOf({ fields = {}, bodies, examples }: Operation, { query, json, form }: InputSchemas) {
  const read = { ...(json && { 'application/json': json }), ...(form && { [FORM]: form }) }
  const media = Object.entries({ ...read, ...bodies })
  const [usual] = media.map(([type]) => type)
  if (usual === undefined) return undefined
  return {
    // What may stand in the query may be missing from the body.
    required: json === undefined || json !== query,
    content: Object.fromEntries(
      media.map(([type, schema]) => [
        type,
        { schema: withFields(jsonSchema(schema), fields), examples: sentAs(type, usual, examples) },
      ]),
    ),
  }
}

/** A JSON Schema of an object whose members are explained. */
function withFields(schema: JsonObject, fields: NonNullable<Operation['fields']>): JsonObject {
  if (schema['type'] !== 'object' || schema['properties'] === undefined) return schema
  const { properties, required } = members.parse(schema)
  const needed = Object.keys(properties).filter((name) => isRequired(fields[name], required.includes(name)))
  const explained = Object.entries(properties).map(([name, found]) => {
    const { description, schema } = withField(found, fields[name])
    return [name, { ...(description !== undefined && { description }), ...schema }] as const
  })
  return { ...schema, properties: Object.fromEntries(explained), ...(needed.length > 0 && { required: needed }) }
}

function sentAs(type: string, usual: string, examples: Operation['examples']): JsonObject {
  const shown = Object.entries(examples).flatMap(([name, { summary, sent }]) => {
    const { contentType = usual, body } = sent
    return contentType === type && body !== undefined ? [[name, { summary, value: body }] as const] : []
  })
  return Object.fromEntries(shown)
}
