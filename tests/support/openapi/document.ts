import * as z from 'zod'

const json = z.record(z.string(), z.unknown())
const texts = z.record(z.string(), z.string())

/** The request in `x-request`. */
const sent = z.strictObject({
  security: z.array(z.string()).optional(),
  path: texts.optional(),
  query: json.optional(),
  headers: texts.optional(),
  contentType: z.string().optional(),
  body: z.unknown().optional(),
  bytes: z.string().optional(),
})
export type Sent = z.output<typeof sent>

export const readSent = (value: unknown): Sent => sent.parse(value)

const example = z.strictObject({
  summary: z.string(),
  value: z.unknown().optional(),
  'x-request': sent.optional(),
})
const examples = z.record(z.string(), example).default({})
const media = z.strictObject({ schema: json, examples })
const content = z.record(z.string(), media).default({})

const parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string(),
  schema: json,
  style: z.literal('form').optional(),
  explode: z.literal(true).optional(),
  examples,
})

const operation = z.strictObject({
  tags: z.tuple([z.string()]),
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(parameter),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string(),
    z.strictObject({
      description: z.string(),
      headers: z.record(z.string(), z.looseObject({ required: z.boolean(), schema: json })).default({}),
      content,
      'x-examples': examples,
    }),
  ),
})
export type DescribedOperation = z.output<typeof operation> & { method: string; path: string }

const document = z.looseObject({
  openapi: z.literal('3.1.1'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), json),
    securitySchemes: z.record(
      z.string(),
      z.looseObject({
        type: z.enum(['http', 'apiKey']),
        scheme: z.string().optional(),
        in: z.enum(['header', 'query']).optional(),
        name: z.string().optional(),
      }),
    ),
  }),
})
export type Document = z.output<typeof document>

/** An API description in the style of this project. Unknown members are errors. */
export const readDocument = (text: string): Document => document.parse(JSON.parse(text))

export const operationsOf = ({ paths }: Document): DescribedOperation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, found]) => ({ ...found, method: method.toUpperCase(), path })),
  )

/** A request in the description, with the response that it documents. */
export interface Exchange {
  operation: DescribedOperation
  /** The name of the example. */
  name: string
  summary: string
  sent: Sent
  status: string
  /** Undefined for a response without a body. */
  type?: string
  value?: unknown
}

/** Every response example of an operation, with the request from its other examples of the same name. */
export function exchangesOf(operation: DescribedOperation): Exchange[] {
  return Object.entries(operation.responses).flatMap(([status, { content: found, 'x-examples': bare }]) => {
    const bodies = Object.entries(found).flatMap(([type, media]) =>
      Object.entries(media.examples).map(([name, each]) => ({ name, type, each })),
    )
    const all = [...bodies, ...Object.entries(bare).map(([name, each]) => ({ name, each }))]
    return all.map(({ each: { summary, value, 'x-request': request }, ...rest }) => {
      return { ...rest, operation, summary, value, status, sent: { ...shown(operation, rest.name), ...request } }
    })
  })
}

/** The examples of parameters and bodies with one name. */
function shown({ parameters, requestBody, security }: DescribedOperation, name: string): Sent {
  const inPlace = (place: 'path' | 'query' | 'header') =>
    parameters.flatMap((each) => {
      const value = each.in === place ? each.examples[name]?.value : undefined
      return value === undefined ? [] : [[each.name, value] as const]
    })
  const [body] = Object.entries(requestBody?.content ?? {}).flatMap(([contentType, { examples }]) => {
    const { value } = examples[name] ?? {}
    return examples[name] ? [{ contentType, body: value }] : []
  })
  return {
    security: Object.keys(security[0] ?? {}),
    path: texts.parse(Object.fromEntries(inPlace('path'))),
    query: Object.fromEntries(inPlace('query')),
    headers: texts.parse(Object.fromEntries(inPlace('header'))),
    ...body,
  }
}
