import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { Problem, type ValidationIssue } from '../core/problem.ts'
import { maxString } from '../core/zod-helpers.ts'
import { decodeBody, type Request } from './request.ts'

// The small build of Zod has no error messages, except "Invalid input".
z.config(en())

/** Schemas by the part of the request that they validate. The API description is made from them. */
export type InputSchemas = Readonly<Partial<Record<'query' | 'json' | 'form' | 'path', z.core.$ZodType>>>

/** Reads the input of an endpoint from a request, or throws a `Problem`. It runs in parallel with the caller lookup. */
export interface Input<T> {
  (request: Request): T | Promise<T>
  /** Absent if no schema describes the input. */
  schemas?: InputSchemas
  /** The inputs by method, if they differ. */
  inputs?: Readonly<Record<string, Input<T>>>
}

/** Adds the schemas of an input to it. */
export const withSchemas = <T>(schemas: InputSchemas, read: (request: Request) => T | Promise<T>): Input<T> =>
  Object.assign(read, { schemas })

/** Reads the query with a schema. Repeated parameters are rejected. */
export const fromQuery = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ query: schema }, (request) => parseOrThrow(schema, queryObject(request)))

/** Reads the parameters of the path with a schema. */
export const fromPath = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ path: schema }, (request) => parseOrThrow(schema, { ...request.pathParameters }))

/** The parameter that jQuery and others add to a GET, with a new value each time, so that no cache responds. */
const CACHE_BUSTER = '_'

function queryObject({ method, query, rawQuery }: Request): Record<string, string> {
  if (!isDecodable(rawQuery)) throw invalidParameter([{ field: 'query', detail: 'must be percent-encoded UTF-8' }])
  const isRead = method === 'GET' || method === 'HEAD'
  return rejectDuplicates([...query].filter(([name]) => !(isRead && name === CACHE_BUSTER)))
}

/** Returns parameters as an object. Throws `parameter_invalid` for repeated ones, because they are ambiguous. */
export function rejectDuplicates(
  parameters: readonly (readonly [name: string, value: string])[],
): Record<string, string> {
  const names = parameters.map(([name]) => name)
  const repeated = names.filter((name, index) => names.indexOf(name) === index && names.lastIndexOf(name) > index)
  if (repeated.length > 0) throw invalidParameter(repeated.map((field) => ({ field, detail: 'must appear only once' })))
  return Object.fromEntries(parameters)
}

/** A string from a caller, such as a name or an id, of 1 to `maxCharacters` characters. */
export const boundedString = (maxCharacters: number) =>
  maxString(maxCharacters).check(
    z.minLength(1, 'must not be empty'),
    z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode'),
  )

/** Whether a query is valid UTF-8. URLSearchParams would replace invalid bytes, so that returned values would differ. */
export function isDecodable(rawQuery: string): boolean {
  try {
    decodeURIComponent(rawQuery.replace(/%(?![0-9a-f]{2})/gi, '%25'))
    return true
  } catch {
    return false
  }
}

/** @limit Requests | bytes of a JSON body, except for `/upload` and `/submit` */
export const JSON_BYTES = 64_000

/** @limit Requests | invalid fields that one error lists */
const MAX_ISSUES = 20

/** Reads a JSON body with a schema, in which null is absent. Rejects other content types. */
export const fromJson = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ json: schema }, (request) => {
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw jsonTypeRequired()
    }
    return fromJsonText(schema)(request).value
  })

/** As `fromJson` for any content type, because some pages send none. Returns the original text too. */
export const fromJsonText = <T>(schema: z.core.$ZodType<T>, maxBytes = JSON_BYTES) => {
  const read = (request: Request): { value: T; text: string } => {
    const body = decodeBody(request)
    if (body.length > maxBytes) throw jsonTooLarge(maxBytes)
    const { value, text } = parseJsonBody(body)
    return { value: parseOrThrow(schema, value), text }
  }
  return Object.assign(read, { schemas: { json: schema } })
}

/** Reads parameters from the query and from a JSON object in the body, if there is a body. */
export const fromQueryAndJson = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ query: schema, json: schema }, (request) => {
    const inQuery = queryObject(request)
    const inBody = request.rawBody.length === 0 ? {} : fromJsonText(z.looseObject({}))(request).value
    const repeated = Object.keys(inQuery).filter((name) => Object.hasOwn(inBody, name))
    if (repeated.length > 0)
      throw invalidParameter(repeated.map((field) => ({ field, detail: 'must be in the query or the body, not both' })))
    return parseOrThrow(schema, { ...inBody, ...inQuery })
  })

/** Reads a different input for each method. */
export const byMethod = <T>(inputs: Readonly<Record<string, Input<T>>>): Input<T> =>
  Object.assign(
    (request: Request) => {
      const input = inputs[request.method]
      if (!input) throw new Problem('not_found', `The method must be ${Object.keys(inputs).join(' or ')}.`)
      return input(request)
    },
    { inputs },
  )

/** Levels of a body in which null is absent: more than any schema has, less than the stack. */
const NULL_LEVELS = 8

/** Removes the members that are null: many clients send absent values like that. */
function withoutNulls(value: unknown, levels = NULL_LEVELS): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || levels === 0) return value
  const present = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(present.map(([name, member]) => [name, withoutNulls(member, levels - 1)]))
}

function parseJsonBody(bytes: Uint8Array): { value: unknown; text: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { value: withoutNulls(JSON.parse(text)), text }
  } catch {
    // The message of the parser quotes the body, which may contain a secret.
    throw jsonInvalid()
  }
}

export const jsonTypeRequired = () =>
  new Problem('content_type_unsupported', 'Send Content-Type: application/json.', {
    headers: { accept: 'application/json' },
  })
export const jsonTooLarge = (maxBytes: number) =>
  new Problem('body_too_large', `The body must have at most ${maxBytes} bytes.`)
export const jsonInvalid = () =>
  new Problem('body_invalid', 'The body must be JSON in UTF-8.', {
    issues: [{ field: 'body', detail: 'must be JSON in UTF-8' }],
  })

/** Parses a value with a schema. Throws `parameter_invalid` with the invalid fields. */
export function parseOrThrow<T>(schema: z.core.$ZodType<T>, value: unknown): T {
  const parsed = z.safeParse(schema, value, { reportInput: true })
  if (parsed.success) return parsed.data
  throw invalidParameter(firstOfEachField(parsed.error.issues.flatMap(toIssues)))
}

/** A text where an array must be may have too many entries, too: only the first issue helps. */
const firstOfEachField = (issues: ValidationIssue[]): ValidationIssue[] =>
  issues.filter(({ field }, index) => issues.findIndex((other) => other.field === field) === index)

function toIssues(issue: z.core.$ZodIssue): ValidationIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldOf([...issue.path, key.slice(0, 128)]), detail: 'is unknown' }))
  }
  const field = fieldOf(issue.path)
  if (issue.code !== 'invalid_type') return [{ field, detail: issue.message }]
  if (issue.input === undefined) return [{ field, detail: 'is missing' }]
  // The default messages of Zod are for developers.
  const isDefault = issue.message.startsWith('Invalid input')
  return [{ field, detail: isDefault ? `must be ${KINDS[issue.expected] ?? issue.expected}` : issue.message }]
}

/** Names a member of an object in the body, such as `upload.tz`; an item of a list has the name of the list. */
const fieldOf = (path: readonly PropertyKey[]): string =>
  path.filter((part) => typeof part === 'string').join('.') || 'body'

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'a JSON object',
  array: 'an array',
}

/** Returns a `parameter_invalid` problem with the first issues. */
export function invalidParameter(allIssues: ValidationIssue[]): Problem {
  const issues = allIssues.slice(0, MAX_ISSUES)
  const clauses = issues.map(({ field, detail }) => `${field} ${detail}`)
  return new Problem('parameter_invalid', `${clauses.join('; ')}.`, { issues })
}
