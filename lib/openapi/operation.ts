import type * as z from 'zod'
import type { Problem } from '../core/problem.ts'
import type { Handler } from '../http/endpoint.ts'
import type { InputSchemas } from '../http/input.ts'
import type { ErrorSchema } from './error-schemas.ts'
import type { Fields } from './fields.ts'
import type { HEADERS } from './headers.ts'
import type { Scheme } from './security.ts'
import type { Tag } from './tags.ts'

/** What the API description says about a route beyond the contract of its handler. */
export interface Operation {
  /** As in serverless.yml. */
  route: string
  handler: Handler | { handlers: Readonly<Record<string, Handler>> }
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
  /** By status. */
  responses: Readonly<Record<string, ResponseDescription>>
  /** Schema of the error responses; problem details by default. */
  errorSchema?: ErrorSchema
  errors: readonly ErrorExample[]
  /** By name: a request and its response. The tests send them. */
  examples: Readonly<Record<string, Example>>
}

export type Security = Readonly<Partial<Record<Scheme, readonly string[]>>>

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
