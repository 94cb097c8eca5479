import * as z from 'zod'
import type { ZodOpenApiExamplesObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi'
import { PROBLEMS, Problem } from '../core/problem.ts'
import { type InputSchemas, parseOrThrow } from '../http/input.ts'
import { errorsOf } from './errors.ts'
import { describedBody } from './fields.ts'
import { HEADERS } from './headers.ts'
import {
  type ErrorExample,
  type Example,
  problemOf,
  type RequestExample,
  type ResponseDescription,
  type RoutedOperation,
} from './operation.ts'
import { errorSchema, gatewayMessage } from './problems.ts'

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
export function describeResponses(operation: RoutedOperation, schemas: InputSchemas, hasBody: boolean) {
  const parts = [
    ...Object.entries(operation.responses).flatMap(([status, response]) =>
      successParts(operation, status, typeof response === 'string' ? { description: response } : response),
    ),
    ...errorParts(operation, schemas),
    ...Object.entries({ ...GATEWAY, ...(hasBody && TOO_LARGE) }).map(gatewayPart),
  ]
  const methodParts = operation.route.startsWith('HEAD ') ? parts.map(withoutBody) : parts
  const responsesByStatus: ZodOpenApiResponsesObject = {}
  for (const [status, group] of Map.groupBy(methodParts, (part) => part.status))
    Object.assign(responsesByStatus, { [status]: toResponse(group) })
  return responsesByStatus
}

function toResponse(parts: readonly Part[]): ZodOpenApiResponseObject {
  const names = new Set(parts.flatMap(({ headers, optionalHeaders }) => [...headers, ...optionalHeaders]))
  const headers = Object.entries(HEADERS).flatMap(([name, { name: header, ...description }]) => {
    const required = parts.every((part) => part.headers.includes(name))
    return names.has(name) ? [[header, { required, ...description }] as const] : []
  })
  const content = [...Map.groupBy(parts, ({ type }) => type)].flatMap(([type, group]) => {
    const schemas = group.flatMap(({ schema }) => (schema ? [schema] : []))
    const schema = schemas.length > 1 ? z.union(schemas) : schemas[0]
    return type === undefined || !schema ? [] : [[type, { schema, examples: mergeExamples(group) }] as const]
  })
  const examplesWithoutBody = mergeExamples(parts.filter(({ type }) => type === undefined))
  return {
    description: [...new Set(parts.map(({ description }) => description))].join('\n\n'),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(content.length > 0 && { content: Object.fromEntries(content) }),
    ...(Object.keys(examplesWithoutBody).length > 0 && { 'x-examples': examplesWithoutBody }),
  }
}

const mergeExamples = (parts: readonly Part[]): ZodOpenApiExamplesObject =>
  Object.assign({}, ...parts.map(({ examples }) => examples))

function successParts(operation: RoutedOperation, status: string, response: ResponseDescription): Part[] {
  const {
    description,
    fields = {},
    type: mediaType = 'application/json',
    headers = [],
    optionalHeaders = [],
  } = response
  const json = operation.handler.responses[Number(status)]
  const content = response.content ?? (json ? { [mediaType]: describedBody(json, fields) } : {})
  const [firstType] = Object.keys(content)
  const typeOf = ({ body, contentType }: Example) => {
    if (body === undefined) return undefined
    return contentType ?? (typeof body === 'object' && content['application/json'] ? 'application/json' : firstType)
  }
  const examples = Object.entries(operation.examples).filter(([, example]) => String(example.status ?? 200) === status)
  const part = { status, description, headers, optionalHeaders }
  const examplesOf = (type?: string) =>
    Object.fromEntries(
      examples
        .filter(([, example]) => typeOf(example) === type)
        .map(([name, { summary, sent, body }]) => [
          name,
          { summary, ...asRequest(withoutParameters(operation, sent)), value: body },
        ]),
    )
  const bodies = Object.entries(content).map(([type, schema]) => ({
    ...part,
    type,
    schema,
    examples: examplesOf(type),
  }))
  const isSometimesEmpty = bodies.length === 0 || examples.some(([, example]) => typeOf(example) === undefined)
  return isSometimesEmpty ? [...bodies, { ...part, examples: examplesOf() }] : bodies
}

function errorParts(operation: RoutedOperation, schemas: InputSchemas): Part[] {
  const counts = new Map<string, number>()
  const errors = [...errorsOf(operation, schemas), INTERNAL].map((example) => {
    const error = formatExample(operation, schemas, example)
    const count = (counts.get(error.code) ?? 0) + 1
    counts.set(error.code, count)
    return { ...error, name: count === 1 ? error.code : `${error.code}_${count}` }
  })
  return [...Map.groupBy(errors, ({ status }) => status)].map(([status, group]) => {
    const codes = [...new Set(group.map(({ code }) => code))]
    return {
      status: String(status),
      description: codes.map((code) => `\`${code}\``).join(', '),
      headers: Object.keys(HEADERS).filter((name) => group.every(({ headers }) => headers.includes(name))),
      optionalHeaders: group.flatMap(({ headers }) => headers),
      type: group[0]?.type ?? '',
      schema: errorSchema(group[0]?.example.value ?? {}, status, codes),
      examples: Object.fromEntries(group.map(({ name, example }) => [name, example])),
    }
  })
}

/** Returns an error as the handler formats it. */
function formatExample(operation: RoutedOperation, schemas: InputSchemas, error: ErrorExample) {
  const [firstExample] = Object.values(operation.examples)
  const sent = mergeRequests(firstExample?.sent ?? {}, error.sent ?? {})
  const problem = error.problem ?? problemOf(() => parseInput(schemas, sent))
  const { statusCode = 0, headers = {}, body = '' } = operation.handler.formatError(problem, REQUEST_ID)
  const example = {
    summary: error.summary ?? PROBLEMS[problem.code].title,
    ...asRequest(sent),
    value: z.looseObject({}).parse(JSON.parse(body)),
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
  const toStrings = (values: object) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : `${value}`]),
    )
  // A body that no schema reads may be text.
  const body = z.record(z.string(), z.unknown()).parse(json || form ? (sent.body ?? {}) : {})
  const parameters = toStrings(sent.query ?? {})
  if (path) parseOrThrow(path, sent.path)
  if (query) parseOrThrow(query, query === json ? { ...body, ...parameters } : parameters)
  if (json) parseOrThrow(json, body)
  if (form) parseOrThrow(form, toStrings(body))
}

/** How an example was sent, if the parameters and the body do not show it. */
const asRequest = (sent: RequestExample) => (Object.keys(sent).length > 0 ? { 'x-request': sent } : {})

function withoutParameters(
  { headers: parameters = {} }: RoutedOperation,
  { security, headers = {}, contentType, bytes }: RequestExample,
): RequestExample {
  const otherHeaders = Object.entries(headers).filter(([name]) => !Object.hasOwn(parameters, name))
  return {
    ...(security && { security }),
    ...(otherHeaders.length > 0 && { headers: Object.fromEntries(otherHeaders) }),
    ...(contentType !== undefined && bytes !== undefined && { contentType, bytes }),
  }
}

function mergeRequests(base: RequestExample, changes: RequestExample): RequestExample {
  const mergePart = (part: 'path' | 'query' | 'headers') => {
    const members = Object.entries({ ...base[part], ...changes[part] }).filter(([, value]) => value !== undefined)
    return members.length > 0 ? { [part]: Object.fromEntries(members) } : {}
  }
  const { path: _path, query: _query, headers: _headers, ...rest } = { ...base, ...changes }
  return { ...rest, ...mergePart('path'), ...mergePart('query'), ...mergePart('headers') }
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
