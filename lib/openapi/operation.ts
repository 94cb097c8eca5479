import type * as z from 'zod'
import type { Scope } from '../clients/scopes.ts'
import { Problem } from '../core/problem.ts'
import type { Handler } from '../http/endpoint.ts'
import type { InputSchemas } from '../http/input.ts'
import type { Fields } from './fields.ts'
import type { HEADERS } from './headers.ts'
import type { Scheme } from './security.ts'
import type { Tag } from './tags.ts'

/** Operations by route, as in serverless.yml. */
export type Operations = Readonly<Record<string, Operation>>

/** An operation with its route and its handler. */
export interface RoutedOperation extends Operation {
  route: string
  /** That of its method, if a Lambda has one for each. */
  handler: Handler
}

/** What the API description says about a route beyond the contract of its handler. */
export interface Operation {
  id: string
  tag: Tag
  summary: string
  description: string
  /** Ways to authenticate, of which one is enough. A way without schemes needs no credentials. */
  security: readonly Security[]
  /** Parameters and members of the body, by name. */
  fields?: Fields
  /** Request headers, by name. */
  headers?: Fields
  /** Schemas of what the handler reads without a schema of its own. */
  schemas?: InputSchemas
  /** Bodies that the handler reads without a schema, by media type. */
  bodies?: Readonly<Record<string, z.core.$ZodType>>
  /** By status. A string is the description. */
  responses: Readonly<Record<string, string | ResponseDescription>>
  /** Errors that `errorsOf` in errors.ts cannot derive. Absent if the operation always succeeds. */
  errors?: readonly ErrorExample[]
  /** Whether it works without the database. */
  needsNoTables?: true
  /** By name: a request and its response. The tests send them. */
  examples: Readonly<Record<string, Example>>
}

/** Where `authToken` is one way, `boundToken` is another: no operation names it. */
export type Security = Readonly<Partial<Record<Exclude<Scheme, 'authToken' | 'boundToken'>, readonly never[]>>> & {
  readonly authToken?: readonly Scope[]
}

type HeaderName = keyof typeof HEADERS

export interface ResponseDescription {
  description: string
  /** Descriptions of the members of the JSON body that the contract has for this status. */
  fields?: Readonly<Record<string, string>>
  /** Media type of that body; `application/json` by default. */
  type?: string
  /** Schemas by media type, if the body is not the JSON body of the contract. */
  content?: Readonly<Record<string, z.core.$ZodType>>
  headers?: readonly HeaderName[]
  optionalHeaders?: readonly HeaderName[]
}

export interface RequestExample {
  /** The way to authenticate; the first one of the operation by default. */
  security?: readonly Scheme[]
  path?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
  contentType?: string
  /** A JSON value; the fields of a form as an object. */
  body?: unknown
  /** A body that is not JSON, as a data: URI. */
  bytes?: string
}

export interface Example {
  summary: string
  sent: RequestExample
  /** 200 by default. */
  status?: number
  contentType?: string
  body?: unknown
}

/** An error response, with the request that causes it. */
export interface ErrorExample {
  /** The problem that the code throws. By default, the one that the input schemas throw for this request. */
  problem?: Problem
  /** The title of the problem by default. Two errors with the same code need different summaries. */
  summary?: string
  /** Changes to the request of the first example. */
  sent?: RequestExample
}

export const example = (
  summary: string,
  sent: RequestExample,
  body?: unknown,
  response: Pick<Example, 'status' | 'contentType'> = {},
): Example => ({ summary, sent, ...(body !== undefined && { body }), ...response })

/** HEAD of a path that has this GET: the same response without its body. */
export function headOf(get: Operation, path: string, id: string): Operation {
  const examples = Object.entries(get.examples).map(([name, { body: _body, ...others }]) => [name, others] as const)
  return {
    ...get,
    id,
    summary: `${get.summary}, without its body`,
    description: `As \`GET ${path}\`, without the body.`,
    examples: Object.fromEntries(examples),
  }
}

/** An error: a problem, or code that throws it. */
export const failure = (
  problem: Problem | (() => unknown),
  sent: RequestExample = {},
  summary?: string,
): ErrorExample => ({
  problem: typeof problem === 'function' ? problemOf(problem) : problem,
  sent,
  ...(summary !== undefined && { summary }),
})

/** Returns the problem that `run` throws. */
export function problemOf(run: () => unknown): Problem {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('The example does not throw a problem.')
}
