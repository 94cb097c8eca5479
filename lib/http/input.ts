import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { Problem, type ValidationIssue } from '../core/problem.ts'
import { maxString } from '../core/zod-helpers.ts'
import { decodedBody, type Request } from './request.ts'

// Default messages: without a locale, zod/mini says "Invalid input" for everything.
z.config(en())

/** The schemas by the part of the request that they read. The API description shows them. */
export type InputSchemas = Readonly<Partial<Record<'query' | 'json' | 'form' | 'path', z.core.$ZodType>>>

/** Returns what an endpoint needs from a request, or throws a `Problem`. Runs in parallel with the caller lookup. */
export interface Input<T> {
  (request: Request): T | Promise<T>
  /** Absent if no schema describes the input. */
  schemas?: InputSchemas
  /** By method, if each method has another input. */
  inputs?: Readonly<Record<string, Input<T>>>
}

/** An input with its schemas. */
export const withSchemas = <T>(schemas: InputSchemas, read: (request: Request) => T | Promise<T>): Input<T> =>
  Object.assign(read, { schemas })

/** The query, validated. Each parameter may appear once. */
export const fromQuery = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ query: schema }, (request) => parseOrThrow(schema, queryObject(request)))

/** The path parameters, validated. */
export const fromPath = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ path: schema }, (request) => parseOrThrow(schema, { ...request.pathParameters }))

function queryObject({ query, rawQuery }: Request): Record<string, string> {
  if (!isDecodable(rawQuery)) throw invalidParameter([{ field: 'query', detail: 'is not percent-encoded UTF-8' }])
  return rejectDuplicates([...query])
}

/** Parameters as an object; duplicates are ambiguous and rejected. */
export function rejectDuplicates(
  parameters: readonly (readonly [name: string, value: string])[],
): Record<string, string> {
  const names = parameters.map(([name]) => name)
  const repeated = names.filter((name, index) => names.indexOf(name) === index && names.lastIndexOf(name) > index)
  if (repeated.length > 0)
    throw invalidParameter(repeated.map((field) => ({ field, detail: 'is given more than once' })))
  return Object.fromEntries(parameters)
}

/** A name, an id or an address: a string of 1 to `longest` characters. */
export const boundedString = (longest: number) =>
  maxString(longest).check(
    z.minLength(1, 'must not be empty'),
    z.refine((value) => value.isWellFormed(), 'must be well-formed text'),
  )

/** URLSearchParams replaces invalid bytes; values that Latchkey returns unchanged must not contain any. */
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

/** A JSON body, validated; `content_type_unsupported` for other media types. */
export const fromJson = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ json: schema }, (request) => {
    if (!/^application\/json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw jsonTypeRequired()
    }
    return fromJsonText(schema)(request).value
  })

/** As `fromJson` for any Content-Type, because some pages send none. Returns the value and the text of the body. */
export const fromJsonText = <T>(schema: z.core.$ZodType<T>, bytes = JSON_BYTES) => {
  const read = (request: Request): { value: T; text: string } => {
    const body = decodedBody(request)
    if (body.length > bytes) throw jsonTooLarge(bytes)
    const { value, text } = parseJson(body)
    return { value: parseOrThrow(schema, value), text }
  }
  return Object.assign(read, { schemas: { json: schema } })
}

/** Parameters from the query and, if there is a body, from its JSON object. */
export const fromQueryAndJson = <T>(schema: z.core.$ZodType<T>): Input<T> =>
  withSchemas({ query: schema, json: schema }, (request) => {
    const inQuery = queryObject(request)
    const inBody = request.rawBody.length === 0 ? {} : fromJsonText(z.looseObject({}))(request).value
    const both = Object.keys(inQuery).filter((name) => Object.hasOwn(inBody, name))
    if (both.length > 0)
      throw invalidParameter(both.map((field) => ({ field, detail: 'is in the query and in the body' })))
    return parseOrThrow(schema, { ...inBody, ...inQuery })
  })

/** A different input for each method. */
export const byMethod = <T>(inputs: Readonly<Record<string, Input<T>>>): Input<T> =>
  Object.assign(
    (request: Request) => {
      const input = inputs[request.method]
      if (!input) throw new Problem('not_found', `This endpoint answers ${Object.keys(inputs).join(' and ')}.`)
      return input(request)
    },
    { inputs },
  )

function parseJson(bytes: Uint8Array): { value: unknown; text: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return { value: JSON.parse(text), text }
  } catch {
    // The message of the parser quotes the body, which may contain a secret.
    throw jsonInvalid()
  }
}

export const jsonTypeRequired = () =>
  new Problem('content_type_unsupported', 'Send Content-Type: application/json.', {
    headers: { accept: 'application/json' },
  })
export const jsonTooLarge = (bytes: number) => new Problem('body_too_large', `The body has more than ${bytes} bytes.`)
export const jsonInvalid = () =>
  new Problem('body_invalid', 'The body is not JSON in UTF-8.', {
    issues: [{ field: 'body', detail: 'is not JSON in UTF-8' }],
  })

/** Validates a value; throws `parameter_invalid` with the invalid fields. */
export function parseOrThrow<T>(schema: z.core.$ZodType<T>, value: unknown): T {
  const parsed = z.safeParse(schema, value, { reportInput: true })
  if (parsed.success) return parsed.data
  throw invalidParameter(parsed.error.issues.flatMap(toIssues))
}

function toIssues(issue: z.core.$ZodIssue): ValidationIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: key.slice(0, 128), detail: 'is not known here' }))
  }
  const field = String(issue.path[0] ?? 'body')
  if (issue.code !== 'invalid_type') return [{ field, detail: issue.message }]
  if (issue.input === undefined) return [{ field, detail: 'is missing' }]
  // zod's default messages are for developers.
  const isDefault = issue.message.startsWith('Invalid input')
  return [{ field, detail: isDefault ? `must be ${KINDS[issue.expected] ?? issue.expected}` : issue.message }]
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  object: 'a JSON object',
  array: 'a list',
}

/** A problem that names the invalid fields. */
export function invalidParameter(all: ValidationIssue[]): Problem {
  const issues = all.slice(0, MAX_ISSUES)
  const sentences = issues.map(({ field, detail }) => `${field} ${detail}`)
  return new Problem('parameter_invalid', `${sentences.join('; ')}.`, { issues })
}
