import * as z from 'zod'
import type { ZodOpenApiExamplesObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi'
import { PROBLEMS, Problem } from '../core/problem.ts'
import type { Handler } from '../http/endpoint.ts'
import { type InputSchemas, parseOrThrow } from '../http/input.ts'
import { problemSchema } from './error-schemas.ts'
import { problemOf } from './errors.ts'
import { describedBody } from './fields.ts'
import { HEADERS } from './headers.ts'
import type { ErrorExample, Operation, RequestExample, ResponseDescription } from './operation.ts'
import { gatewayMessage } from './problems.ts'

/** Id of the request in the examples of errors. */
const REQUEST_ID = 'c4e1f0b2-6d1f-4c55-9a54-0d2b1f6c7e88'

/** Responses of API Gateway itself, by status. */
const GATEWAY = { 429: 'Too Many Requests', 500: 'Internal Server Error', 503: 'Service Unavailable' }
const TOO_LARGE = { 413: 'Request Entity Too Large' }

const INTERNAL: ErrorExample = { problem: new Problem('internal_error', 'never shown') }

/** A response with one status, for one reason. */
interface Part {
  status: string
  description: string
  headers: readonly string[]
  optionalHeaders: readonly string[]
  /** Absent if there is no body. */
  type?: string
  schema?: z.core.$ZodType
  examples: ZodOpenApiExamplesObject
}

/** The responses of an operation: of its handler, its errors, and those of API Gateway. */
export function responses(operation: Operation, handler: Handler, schemas: InputSchemas, takesBody: boolean) {
  const parts = [
    ...Object.entries(operation.responses).flatMap(([status, response]) =>
      successParts(operation, handler, status, response),
    ),
    ...errorParts(operation, handler, schemas),
    ...Object.entries({ ...GATEWAY, ...(takesBody && TOO_LARGE) }).map(gatewayPart),
  ]
  const ofMethod = operation.route.startsWith('HEAD ') ? parts.map(withoutBody) : parts
  const byStatus = [...Map.groupBy(ofMethod, ({ status }) => status)]
  const all: ZodOpenApiResponsesObject = {}
  for (const [status, found] of byStatus) Object.assign(all, { [status]: toResponse(found) })
  return all
}

function toResponse(parts: readonly Part[]): ZodOpenApiResponseObject {
  const names = new Set(parts.flatMap(({ headers, optionalHeaders }) => [...headers, ...optionalHeaders]))
  const headers = Object.entries(HEADERS).flatMap(([name, { name: header, ...about }]) => {
    const required = parts.every((part) => part.headers.includes(name))
    return names.has(name) ? [[header, { required, ...about }] as const] : []
  })
  const content = [...Map.groupBy(parts, ({ type }) => type)].flatMap(([type, found]) => {
    const all = found.flatMap(({ schema }) => (schema ? [schema] : []))
    const schema = all.length > 1 ? z.union(all) : all[0]
    return type === undefined || !schema ? [] : [[type, { schema, examples: examplesOf(found) }] as const]
  })
  const bare = examplesOf(parts.filter(({ type }) => type === undefined))
  return {
    description: [...new Set(parts.map(({ description }) => description))].join('\n\n'),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(content.length > 0 && { content: Object.fromEntries(content) }),
    ...(Object.keys(bare).length > 0 && { 'x-examples': bare }),
  }
}

const examplesOf = (parts: readonly Part[]): ZodOpenApiExamplesObject =>
  Object.assign({}, ...parts.map(({ examples }) => examples))

function successParts(operation: Operation, handler: Handler, status: string, response: ResponseDescription): Part[] {
  const {
    description,
    fields = {},
    type: mediaType = 'application/json',
    headers = [],
    optionalHeaders = [],
  } = response
  const json = handler.responses[Number(status)]
  const content = response.content ?? (json ? { [mediaType]: describedBody(json, fields) } : {})
  const [usual] = Object.keys(content)
  const shown = Object.entries(operation.examples).filter(([, example]) => String(example.status ?? 200) === status)
  const part = { status, description, headers, optionalHeaders }
  const named = (type?: string) => {
    const found = shown.filter(([, { contentType = usual }]) => contentType === type)
    return Object.fromEntries(
      found.map(([name, { summary, sent, body }]) => [
        name,
        { summary, ...asRequest(withoutParameters(operation, sent)), value: body },
      ]),
    )
  }
  const bodies = Object.entries(content).map(([type, schema]) => ({ ...part, type, schema, examples: named(type) }))
  return bodies.length > 0 ? bodies : [{ ...part, examples: named() }]
}

function errorParts(operation: Operation, handler: Handler, schemas: InputSchemas): Part[] {
  const { errorSchema = problemSchema } = operation
  const seen = new Map<string, number>()
  const errors = [...operation.errors, INTERNAL].map((error) => {
    const shown = shownError(operation, handler, schemas, error)
    const count = (seen.get(shown.code) ?? 0) + 1
    seen.set(shown.code, count)
    return { ...shown, name: count === 1 ? shown.code : `${shown.code}_${count}` }
  })
  return [...Map.groupBy(errors, ({ status }) => status)].map(([status, found]) => {
    const codes = [...new Set(found.map(({ code }) => code))]
    return {
      status: String(status),
      description: codes.map((code) => `\`${code}\``).join(', '),
      headers: Object.keys(HEADERS).filter((name) => found.every(({ headers }) => headers.includes(name))),
      optionalHeaders: found.flatMap(({ headers }) => headers),
      type: found[0]?.type ?? '',
      schema: errorSchema(status, codes),
      examples: Object.fromEntries(found.map(({ name, example }) => [name, example])),
    }
  })
}

/** An error as the handler formats it. */
function shownError(operation: Operation, handler: Handler, schemas: InputSchemas, error: ErrorExample) {
  const [usual] = Object.values(operation.examples)
  const sent = merged(usual?.sent ?? {}, error.sent ?? {})
  const problem = error.problem ?? problemOf(() => parseInput(schemas, sent))
  const { statusCode = 0, headers = {}, body = '' } = handler.formatError(problem, REQUEST_ID)
  const example = {
    summary: error.summary ?? PROBLEMS[problem.code].title,
    ...asRequest(sent),
    value: z.unknown().parse(JSON.parse(body)),
  }
  return {
    code: problem.code,
    status: statusCode,
    type: String(headers['content-type']),
    headers: Object.keys(headers),
    example,
  }
}

/** Reads a request with the schemas of the handler. */
function parseInput({ path, query, json, form }: InputSchemas, sent: RequestExample): void {
  const texts = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, `${value}`]))
  const body = z.record(z.string(), z.unknown()).parse(sent.body ?? {})
  const inQuery = texts(sent.query ?? {})
  if (path) parseOrThrow(path, sent.path)
  if (query) parseOrThrow(query, query === json ? { ...body, ...inQuery } : inQuery)
  if (json) parseOrThrow(json, body)
  if (form) parseOrThrow(form, texts(body))
}

/** How an example was sent, if the parameters and the body do not show it. */
const asRequest = (sent: RequestExample) => (Object.keys(sent).length > 0 ? { 'x-request': sent } : {})

function withoutParameters(
  { headers: described = {} }: Operation,
  { security, headers = {}, contentType, bytes }: RequestExample,
): RequestExample {
  const others = Object.entries(headers).filter(([name]) => !Object.hasOwn(described, name))
  return {
    ...(security && { security }),
    ...(others.length > 0 && { headers: Object.fromEntries(others) }),
    ...(contentType !== undefined && bytes !== undefined && { contentType, bytes }),
  }
}

function merged(usual: RequestExample, sent: RequestExample): RequestExample {
  const both = (part: 'path' | 'query' | 'headers') => {
    const members = Object.entries({ ...usual[part], ...sent[part] }).filter(([, value]) => value !== undefined)
    return members.length > 0 ? { [part]: Object.fromEntries(members) } : {}
  }
  const { path: _path, query: _query, headers: _headers, ...rest } = { ...usual, ...sent }
  return { ...rest, ...both('path'), ...both('query'), ...both('headers') }
}

const gatewayPart = ([status, message]: [string, string]): Part => ({
  status,
  description: 'From API Gateway: the request did not reach a function, or the function did not respond.',
  headers: [],
  optionalHeaders: [],
  type: 'application/json',
  schema: gatewayMessage,
  examples: { gateway: { summary: 'From API Gateway', value: { message } } },
})

const withoutBody = ({ type: _type, schema: _schema, ...part }: Part): Part => part
