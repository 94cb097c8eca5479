import * as z from 'zod'

// docs/contributing/decisions/0013-description-for-generators.md has the reason for each rule.

type Schema = Readonly<Record<string, unknown>>
type Direction = 'request' | 'response'

const record = z.record(z.string(), z.unknown())
const isRecord = (value: unknown): value is Schema => record.safeParse(value).success
const recordsOf = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isRecord) : [])

/** Members whose values are data, not schemas. */
const DATA = new Set(['example', 'examples', 'x-examples', 'x-request', 'default', 'enum', 'const'])
const FORMS = new Set(['multipart/form-data', 'application/x-www-form-urlencoded'])
/** What a schema keeps when it loses its type. */
const WORDS = ['description', 'examples']

/** Returns the description with simpler schemas, and without schemas that it does not use. */
export function simplifyForGenerators<Document extends object>(document: Document): Document {
  return withoutUnusedSchemas(simplify(document, 'response'))
}

function simplify<T>(value: T, direction: Direction): T
function simplify(value: unknown, direction: Direction): unknown {
  if (Array.isArray(value)) return value.map((item) => simplify(item, direction))
  if (!isRecord(value)) return value
  const members = Object.entries(value).map(([name, member]) => {
    const isRequest = name === 'requestBody' || name === 'parameters'
    if (FORMS.has(name) && isRecord(member)) return [name, withoutOtherFields(member)] as const
    if (name === 'security' && Array.isArray(member)) return [name, member.filter(isForGenerators)] as const
    if (name === 'securitySchemes' && isRecord(member)) return [name, omit(member, BOUND)] as const
    if (name === 'pattern' && typeof member === 'string')
      return [name, member.replaceAll('/', String.raw`\x2F`)] as const
    return [name, DATA.has(name) ? member : simplify(member, isRequest ? 'request' : direction)] as const
  })
  return simplifySchema(Object.fromEntries(members), direction)
}

function simplifySchema(schema: Schema, direction: Direction): Schema {
  if (Array.isArray(schema['allOf'])) return baseOf(schema)
  if (Array.isArray(schema['type'])) return withoutNull(schema, schema['type'], direction)
  if (Array.isArray(schema['anyOf'])) return withoutUnion(schema, recordsOf(schema['anyOf']), direction)
  if (typeof schema['const'] === 'boolean' || typeof schema['const'] === 'number') return omit(schema, 'const')
  if (isRecord(schema['properties'])) return simplifyObject(schema, schema['properties'])
  return schema
}

/** Generators reject forms with further fields, which a schema allows anyway. */
function withoutOtherFields(media: Schema): Schema {
  return { ...media, schema: omit(record.parse(media['schema']), 'additionalProperties') }
}

/** Errors are a named schema and the codes of one status. */
function baseOf(schema: Schema): Schema {
  return recordsOf(schema['allOf']).find((part) => '$ref' in part) ?? schema
}

/** A client need not send null. A response may have it, and few generators know a type with null. */
function withoutNull(schema: Schema, types: readonly unknown[], direction: Direction): Schema {
  const others = types.filter((type) => type !== 'null')
  return others.length === 1 && direction === 'request' ? { ...schema, type: others[0] } : pick(schema, WORDS)
}

function withoutUnion(schema: Schema, options: readonly Schema[], direction: Direction): Schema {
  const { anyOf: _anyOf, ...words } = schema
  const others = options.filter(({ type }) => type !== 'null')
  const [first = {}] = others
  if (others.every(({ $ref }) => $ref !== undefined)) return schema
  if (direction === 'request' && (others.length === 1 || others.every(isScalar))) return { ...first, ...words }
  if (others.length === options.length && others.every(({ properties }) => properties))
    return mergeObjects(others, words)
  return pick(words, WORDS)
}

/** Generated clients have one place for a token, and sign no proofs. The introduction describes the scheme. */
const BOUND = 'boundToken'
const isForGenerators = (alternative: unknown): boolean => !isRecord(alternative) || !(BOUND in alternative)

const isScalar = ({ type }: Schema): boolean => type === 'string' || type === 'number' || type === 'boolean'

/** An object that has the members of all, and requires those that all require. */
function mergeObjects(objects: readonly Schema[], words: Schema): Schema {
  const properties = Object.fromEntries(
    objects.toReversed().flatMap(({ properties }) => Object.entries(record.parse(properties))),
  )
  const required = objects
    .map((object) => z.array(z.string()).parse(object['required'] ?? []))
    .reduce((common, names) => common.filter((name) => names.includes(name)))
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...words,
  }
}

/**
 * A member without a type may be null, which generated classes accept only where it is optional. With further members,
 * the classes of Kotlin are maps, which lose the documented ones. A schema allows further members anyway.
 */
function simplifyObject(schema: Schema, properties: Schema): Schema {
  const isTyped = (name: unknown) => {
    const member = properties[String(name)]
    return !isRecord(member) || Object.keys(member).some((keyword) => !WORDS.includes(keyword))
  }
  const required = Array.isArray(schema['required']) ? schema['required'].filter(isTyped) : []
  return { ...omit(schema, 'required', 'additionalProperties'), ...(required.length > 0 && { required }) }
}

function withoutUnusedSchemas<Document extends object>(document: Document): Document {
  const { components } = record.parse(document)
  const { schemas, ...others } = record.parse(components)
  const used = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit)
    else if (isRecord(value)) {
      const name = /^#\/components\/schemas\/(.+)$/.exec(String(value['$ref']))?.[1]
      if (name !== undefined && !used.has(name)) {
        used.add(name)
        visit(record.parse(schemas)[name])
      }
      Object.values(value).forEach(visit)
    }
  }
  visit({ ...document, components: others })
  const left = Object.entries(record.parse(schemas)).filter(([name]) => used.has(name))
  return { ...document, components: { ...others, schemas: Object.fromEntries(left) } }
}

const omit = (schema: Schema, ...names: string[]): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([member]) => !names.includes(member)))
const pick = (schema: Schema, names: readonly string[]): Schema =>
  Object.fromEntries(Object.entries(schema).filter(([member]) => names.includes(member)))
