// @module-tag local-only
// It would take as long as all other tests together.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { exactDescription } from '../../lib/openapi/document.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import {
  type DescribedOperation,
  exchangesOf,
  operationsOf,
  readDocument,
  readSent,
  type Sent,
} from '../support/openapi/document.ts'
import { livened, requestOf } from '../support/openapi/request.ts'
import { isReading, SETTINGS, sharedWorldOf, worldOf } from '../support/openapi/world.ts'

const document = readDocument(JSON.stringify(exactDescription()))

const keywords = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  default: z.unknown().optional(),
})
const shape = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.unknown().optional(),
})

type Place = 'query' | 'path' | 'body'

/** A value of one field, and whether the description allows it; undefined omits the field. */
interface Probe {
  place: Place
  field: string
  value: unknown
  accepted: boolean
}

/** Values at the limits of a schema, and beyond. */
function edges(schema: unknown): { accepted: unknown[]; rejected: unknown[] } {
  const { accepted, rejected } = limitsOf(schema)
  const { default: usual } = keywords.parse(schema)
  // Generated clients send the defaults.
  return { accepted: usual === undefined ? accepted : [...new Set([...accepted, usual])], rejected }
}

function limitsOf(schema: unknown): { accepted: unknown[]; rejected: unknown[] } {
  const { type, enum: all, minimum, maximum, minLength, maxLength, pattern, format } = keywords.parse(schema)
  if (all) return { accepted: all, rejected: ['something else'] }
  if (type === 'boolean') return { accepted: [true, false], rejected: ['perhaps'] }
  if (type === 'integer') {
    const ends = [minimum, maximum].filter((end) => end !== undefined)
    return { accepted: ends, rejected: [...ends.map((end, index) => end + (index === 0 ? -1 : 1)), 'many'] }
  }
  if (type !== 'string') return { accepted: [], rejected: [] }
  const fits = (text: string) => pattern === undefined || new RegExp(pattern, 'u').test(text)
  return {
    accepted: maxLength === undefined ? [] : [textOf(maxLength, format)].filter(fits),
    rejected: [
      ...(maxLength === undefined ? [] : [textOf(maxLength + 1, format)]),
      ...(minLength === undefined || minLength === 0 ? [] : ['']),
      ...(format === undefined ? [] : ['neither this nor that']),
      ...['?', ' ', ',', 'a,b,c'].filter((text) => !fits(text)).slice(0, 1),
    ],
  }
}

const textOf = (length: number, format: string | undefined): string =>
  format === 'uri'
    ? 'https://app.example/'.padEnd(length, 'a')
    : format === 'email'
      ? '@corp.example'.padStart(length, 'a')
      : 'a'.repeat(length)

function probesOf({ parameters, requestBody }: DescribedOperation): Probe[] {
  const ofField = (place: Place, field: string, schema: unknown, required: boolean): Probe[] => {
    const { accepted, rejected } = edges(schema)
    const probe = (value: unknown, isAccepted: boolean) => ({ place, field, value, accepted: isAccepted })
    return [
      ...accepted.map((value) => probe(value, true)),
      ...[...rejected, ...(required && place !== 'path' ? [undefined] : [])].map((value) => probe(value, false)),
    ]
  }
  const [body] = Object.values(requestBody?.content ?? {})
  const { properties, required, additionalProperties } = shape.parse(body?.schema ?? {})
  const stranger: Probe = { place: 'body', field: 'stranger', value: 'x', accepted: additionalProperties !== false }
  return [
    ...parameters.flatMap((each) =>
      each.in === 'header' ? [] : ofField(each.in, each.name, each.schema, each.required),
    ),
    ...Object.entries(properties).flatMap(([name, schema]) => ofField('body', name, schema, required.includes(name))),
    ...(Object.keys(properties).length > 0 ? [stranger] : []),
  ]
}

/** Whether a response reports an error of a field. */
const errorBody = z.object({
  errors: z.array(z.looseObject({ field: z.string().optional() })).optional(),
  error_description: z.string().optional(),
  message: z.string().optional(),
})
function blames(status: number, text: string, field: string): boolean {
  // A response to HEAD has only a status.
  if (status !== 400 || text === '') return status === 400
  const { errors = [], error_description = '', message = '' } = errorBody.parse(JSON.parse(text))
  const sentences = `${error_description} ${message}`
  return errors.some((fault) => fault.field === field) || new RegExp(`\\b${field}\\b`).test(sentences)
}

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey(SETTINGS)
})
afterAll(() => latchkey.stop())

/** Sends the operation's first example with changes. Returns the status and whether the response blames the field. */
async function tried(operation: DescribedOperation, { place, field, value, accepted }: Probe) {
  const [usual] = exchangesOf(operation)
  if (!usual) throw new Error(`${operation.operationId} has no example`)
  const live = await (accepted && !isReading(operation) ? worldOf : sharedWorldOf)(latchkey, usual)
  const { body, ...bare } = readSent(livened(usual.sent, live))
  // The same field may not be in the query and in the body.
  const sent: Sent = place === 'query' && !operation.requestBody?.required ? bare : { ...bare, body }
  const part = z.record(z.string(), z.unknown()).parse(sent[place] ?? {})
  const { [field]: _old, ...others } = part
  const changed = readSent({ ...sent, [place]: value === undefined ? others : { ...others, [field]: value } })
  const { path, init } = await requestOf(document, operation, changed, live)
  const answer = await latchkey.call(path, init)
  return { status: answer.status, blamed: blames(answer.status, await answer.text(), field) }
}

/**
 * Fields whose well-formed values may be rejected. They must name an existing client, flow, URL, scope or attempt, or be
 * unused, need another field, or apply to CSV only.
 */
const MEANT = new Set([
  ...['client_id', 'client_secret', 'flowId', 'redirect_uri', 'scope', 'transactionId', 'salt'],
  ...['excel', 'delimiter', 'decimal', 'header', 'fill'],
])

const operations = operationsOf(document)
const probes = operations.flatMap((operation) =>
  probesOf(operation)
    .filter(({ field, accepted }) => !(accepted && MEANT.has(field)))
    .map((probe) => [operation.operationId, probe.field, String(probe.value).slice(0, 30), probe, operation] as const),
)

describe('limits of fields', () => {
  it.each(probes)('%s: %s as %s', async (_id, _field, _value, probe, operation) => {
    const { status, blamed } = await tried(operation, probe)
    expect({ blamed, works: status < 500 }).toEqual({ blamed: !probe.accepted, works: true })
  })
})

describe('an undocumented parameter is handled as described', () => {
  const withQuery = operations.filter(({ parameters }) => parameters.some((each) => each.in === 'query'))
  it.each(withQuery.map((operation) => [operation.operationId, operation] as const))('%s', async (_id, operation) => {
    const rejected = operation.description.includes('Unknown parameters are rejected (400).')
    expect(rejected || operation.description.includes('Unknown parameters are ignored.')).toBe(true)
    const probe: Probe = { place: 'query', field: 'stranger', value: '1', accepted: !rejected }
    const { blamed } = await tried(operation, probe)
    expect(blamed).toBe(rejected)
  })
})
