import * as z from 'zod'
import { PROBLEMS, Problem } from '../core/problem.ts'
import { problemFormat } from './error-formats.ts'
import { HEADERS } from './headers.ts'
import type { ErrorExample, Operation, RequestExample, ResponseDescription } from './operation.ts'
import { gatewayMessage } from './problems.ts'
import { type JsonObject, jsonSchema } from './schema.ts'

/** Stands for the request in the examples of refusals. */
const REQUEST_ID = 'c4e1f0b2-6d1f-4c55-9a54-0d2b1f6c7e88'

/** What API Gateway answers when a function was not asked or did not answer, by status. */
const GATEWAY = { 429: 'Too Many Requests', 500: 'Internal Server Error', 503: 'Service Unavailable' }
const TOO_LARGE = { 413: 'Request Entity Too Large' }

const IN_TROUBLE: ErrorExample = { code: 'internal_error', detail: 'is not told' }

/** What may be answered with one status, for one reason. */
interface Part {
  status: string
  description: string
  /** Names of headers that it always has, and those that it may have. */
  always: readonly string[]
  perhaps: readonly string[]
  /** None for an answer without a body. */
  type?: string
  schema?: JsonObject
  /** By name. */
  examples: JsonObject
}

/** The answers of an operation: what it gives, what it refuses, and what API Gateway says. */
export function responses(operation: Operation, takesBody: boolean): JsonObject {
  const given = Object.entries(operation.answers).flatMap(([status, answer]) => givenParts(operation, status, answer))
  const gateway = Object.entries({ ...GATEWAY, ...(takesBody && TOO_LARGE) }).map(gatewayPart)
  const parts = [...given, ...refusedParts(operation), ...gateway]
  const ofMethod = operation.route.startsWith('HEAD ') ? parts.map(withoutBody) : parts
  const byStatus = Map.groupBy(ofMethod, ({ status }) => status)
  return Object.fromEntries([...byStatus].map(([status, found]) => [status, response(found)]))
}

function response(parts: readonly Part[]): JsonObject {
  const names = new Set(parts.flatMap(({ always, perhaps }) => [...always, ...perhaps]))
  const headers = [...names].flatMap((name) => {
    const { name: header = '', ...more } = HEADERS[name] ?? {}
    const required = parts.every(({ always }) => always.includes(name))
    return header === '' ? [] : [[header, { required, ...more }] as const]
  })
  const content = [...Map.groupBy(parts, ({ type }) => type)].flatMap(([type, found]) => {
    const [schema, ...others] = found.map((each) => each.schema)
    const media = { schema: others.length > 0 ? { anyOf: [schema, ...others] } : schema, examples: examplesOf(found) }
    return type === undefined ? [] : [[type, media] as const]
  })
  const bare = examplesOf(parts.filter(({ type }) => type === undefined))
  return {
    description: [...new Set(parts.map(({ description }) => description))].join('\n\n'),
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(content.length > 0 && { content: Object.fromEntries(content) }),
    ...(Object.keys(bare).length > 0 && { 'x-examples': bare }),
  }
}

const examplesOf = (parts: readonly Part[]): JsonObject => Object.assign({}, ...parts.map(({ examples }) => examples))

function givenParts(operation: Operation, status: string, answer: ResponseDescription): Part[] {
  const { description, content, always = [], perhaps = [] } = answer
  const [usual] = Object.keys(content ?? {})
  const shown = Object.entries(operation.examples).filter(([, example]) => String(example.status ?? 200) === status)
  const part = { status, description, always, perhaps }
  const named = (type?: string) => {
    const found = shown.filter(([, { contentType = usual }]) => contentType === type)
    return Object.fromEntries(
      found.map(([name, { summary, sent, body }]) => [
        name,
        { summary, ...requestOf(untold(operation, sent)), value: body },
      ]),
    )
  }
  const media = Object.entries(content ?? {}).map(([type, schema]) => ({
    type,
    schema: jsonSchema(schema),
    examples: named(type),
  }))
  return content ? media.map((each) => ({ ...part, ...each })) : [{ ...part, examples: named() }]
}

function refusedParts(operation: Operation): Part[] {
  const { telling = problemFormat, refused } = operation
  const told = [...refused, IN_TROUBLE].map((each, index, all) => {
    const before = all.slice(0, index).filter(({ code }) => code === each.code).length
    return { ...toldAs(operation, each), name: before === 0 ? each.code : `${each.code}_${before + 1}` }
  })
  return [...Map.groupBy(told, ({ status }) => status)].map(([status, found]) => {
    const codes = [...new Set(found.map(({ code }) => code))]
    return {
      status: String(status),
      description: codes.map((code) => `\`${code}\``).join(', '),
      always: HEADER_NAMES.filter((name) => found.every(({ headers }) => headers.includes(name))),
      perhaps: found.flatMap(({ headers }) => headers),
      type: found[0]?.type ?? '',
      schema: jsonSchema(telling.schema(status, codes)),
      examples: Object.fromEntries(found.map(({ name, example }) => [name, example])),
    }
  })
}

const HEADER_NAMES = Object.keys(HEADERS)

/** A refusal as the handler itself would tell it. */
function toldAs(
  { telling = problemFormat, examples }: Operation,
  { code, detail, summary, sent, ...more }: ErrorExample,
) {
  const problem = new Problem(code, detail, more)
  const { statusCode = 0, headers = {}, body = '' } = telling.tell(problem, REQUEST_ID)
  const [usual] = Object.values(examples)
  const example = {
    summary: summary ?? PROBLEMS[code].title,
    ...requestOf(merged(usual?.sent ?? {}, sent ?? {})),
    value: z.unknown().parse(JSON.parse(body)),
  }
  return { code, status: statusCode, type: String(headers['content-type']), headers: Object.keys(headers), example }
}

/** How an example was sent, where nothing else in the description tells. */
const requestOf = (sent: RequestExample) => (Object.keys(sent).length > 0 ? { 'x-request': sent } : {})

/** Of a request, what is told neither with the parameters nor with the body. */
function untold(
  { headers: told = {} }: Operation,
  { security, headers = {}, contentType, bytes }: RequestExample,
): RequestExample {
  const others = Object.entries(headers).filter(([name]) => !Object.hasOwn(told, name))
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
  description: 'API Gateway itself: the request did not reach a function, or the function did not answer.',
  always: [],
  perhaps: [],
  type: 'application/json',
  schema: jsonSchema(gatewayMessage),
  examples: { gateway: { summary: 'From API Gateway', value: { message } } },
})

const withoutBody = ({ type: _type, schema: _schema, ...part }: Part): Part => part
