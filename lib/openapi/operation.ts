import type * as z from 'zod'
import type { ProblemCode, ValidationIssue } from '../core/problem.ts'
import type { Input, InputSchemas } from '../http/input.ts'
import type { ErrorFormat } from './error-formats.ts'
import type { JsonObject } from './schema.ts'
import type { Scheme } from './security.ts'

interface Reading {
  input: Input<unknown>
}

/** A route as a stranger should know it: what its handler's schemas cannot say. */
export interface Operation {
  /** As in serverless.yml. */
  route: string
  handler: Reading | { handlers: Readonly<Record<string, Reading>> }
  id: string
  tag: string
  summary: string
  description: string
  /** Ways to prove who calls, of which one is enough; a way without schemes is that of anybody. */
  security: readonly Security[]
  /** What the parameters and the members of the body mean, by name. */
  fields?: Readonly<Record<string, Field>>
  /** Headers of the request. */
  headers?: Readonly<Record<string, Field>>
  /** Of a handler that says none: what it reads nevertheless. */
  schemas?: InputSchemas
  /** Bodies that no schema reads, by media type. */
  bodies?: Readonly<Record<string, z.core.$ZodType>>
  /** By status. */
  answers: Readonly<Record<string, ResponseDescription>>
  /** How the handler tells a refusal; as problem details, unless said. */
  telling?: ErrorFormat
  refused: readonly ErrorExample[]
  /** By name: a request that is carried out, and its answer. */
  examples: Readonly<Record<string, Example>>
}

export type Security = Readonly<Partial<Record<Scheme, readonly string[]>>>

/** A description, and what JSON Schema should have beyond, or instead of, what the zod schema gives. */
export type Field = string | { description: string; schema: JsonObject; required?: boolean }

export interface ResponseDescription {
  description: string
  /** By media type; nothing for an answer without a body. */
  content?: Readonly<Record<string, z.core.$ZodType>>
  /** Names out of `HEADERS` that the answer always has, and those that it may have. */
  always?: readonly string[]
  perhaps?: readonly string[]
}

/** What is sent. */
export interface RequestExample {
  /** The way in which the caller proves who it is; the operation's first, unless said. */
  security?: readonly Scheme[]
  path?: Readonly<Record<string, string>>
  query?: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
  contentType?: string
  /** As JSON has it; of a form an object of its fields. */
  body?: unknown
  /** A body that JSON cannot show, as a data: URI. */
  bytes?: string
}

export interface Example {
  summary: string
  sent: RequestExample
  /** 200, unless said. */
  status?: number
  contentType?: string
  headers?: Readonly<Record<string, string>>
  body?: unknown
}

/** A refusal, with the request that meets it. */
export interface ErrorExample {
  code: ProblemCode
  detail: string
  /** What is the matter; its problem's title, unless said. Two refusals of one code differ in it. */
  summary?: string
  /** What is sent otherwise than in the first example. */
  sent?: RequestExample
  issues?: ValidationIssue[]
  headers?: Record<string, string>
  extra?: Record<string, unknown>
}
