// @module-tag local-only
// It would take as long as all other tests together.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { readTemplate } from '../../dev/template.ts'
import { SCOPES } from '../../lib/clients/scopes.ts'
import { PROBLEMS } from '../../lib/core/problem.ts'
import { schemasOf as inputSchemasOf } from '../../lib/openapi/describe.ts'
import { apiDescription, exactDescription } from '../../lib/openapi/document.ts'
import { OPERATIONS } from '../../lib/openapi/operations.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { type DescribedOperation, exchangesOf, operationsOf, readDocument } from '../support/openapi/document.ts'
import { schemasOf } from '../support/openapi/schemas.ts'
import { faultsOf } from '../support/openapi/walk.ts'
import { SETTINGS } from '../support/openapi/world.ts'

const text = JSON.stringify(exactDescription())
const document = readDocument(text)
const operations = operationsOf(document)
const served = JSON.stringify(apiDescription())
const schemas = schemasOf(document, readDocument(served))
const named = operations.map((operation) => [operation.operationId, operation] as const)

describe('routes', async () => {
  const { routes, functions } = await readTemplate(inject('templateFile'))
  const own = [...routes].filter(([route]) => route !== '$default' && !/[^ ]\/$/.test(route))

  it.each(own)('%s has a description next to its function', async (route, name) => {
    const file = functions.find((each) => each.name === name)?.file.replace('.mjs', '')
    const { handler } = await import(`../../functions/${file}.ts`)
    const operation = OPERATIONS.find((each) => each.route === route)
    const own = handler.handlers?.[route] ?? handler.handlers?.[route.split(' ')[0] ?? ''] ?? handler
    expect(operation?.handler, `functions/${file}.docs.ts: operations needs ${route}`).toBe(own)
  })
})

const members = z.looseObject({ properties: z.record(z.string(), z.looseObject({})).default({}) })

const namesIn = (schema: z.core.$ZodType): string[] =>
  Object.keys(members.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).properties)

/** Media types of responses without an example: the example shows one of many. */
const ONE_OF_MANY: Readonly<Record<string, readonly string[]>> = {
  getAsset: ['text/css', 'image/svg+xml', 'application/json', 'text/html'],
  getSubmissionPart: ['*/*'],
  getEventBody: ['*/*'],
}

describe.each(named)('%s', (id, operation) => {
  const place = `functions/*.docs.ts, the operation with id '${id}'`

  it('describes every parameter that it reads', () => {
    const route = `${operation.method} ${operation.path}`
    const source = OPERATIONS.find((each) => each.route === route)
    const { query, path } = source ? inputSchemasOf(source) : {}
    const read = [query, path].flatMap((schema) => (schema ? namesIn(schema) : []))
    const credentials = Object.values(document.components.securitySchemes).map(({ name }) => name)
    const documented = new Set([...operation.parameters.map(({ name }) => name), ...credentials])
    expect(
      read.filter((name) => !documented.has(name)),
      `${place}: describe these parameters in fields`,
    ).toEqual([])
  })

  it('describes each member of its body', () => {
    const bodies = Object.values(operation.requestBody?.content ?? {})
    const properties = bodies.flatMap(({ schema }) => Object.entries(members.parse(schema).properties))
    expect(
      properties.filter(([, { description }]) => !description).map(([name]) => name),
      `${place}: describe these members in fields`,
    ).toEqual([])
  })

  it('has an example of each response', () => {
    const bare = Object.entries(operation.responses).flatMap(([status, { content, 'x-examples': examples }]) => {
      const types = Object.entries(content).filter(([type, media]) => {
        return Object.keys(media.examples).length === 0 && !ONE_OF_MANY[id]?.includes(type)
      })
      const hasNone = Object.keys(content).length === 0 && Object.keys(examples).length === 0
      return [...types.map(([type]) => `${status} ${type}`), ...(hasNone ? [status] : [])]
    })
    expect(
      bare.filter((status) => operation.method !== 'HEAD' || status.startsWith('2')),
      `${place}: add an example or an error with this status and type`,
    ).toEqual([])
  })

  it('has an example of each kind of body', () => {
    const shown = new Set(exchangesOf(operation).map(({ sent }) => sent.contentType))
    expect(
      Object.keys(operation.requestBody?.content ?? {}).filter((type) => !shown.has(type)),
      `${place}: add an example that sends this type`,
    ).toEqual([])
  })

  it('has examples that match its own schemas', () => {
    expect(faultsOfExamples(operation), `${place}: correct these examples`).toEqual([])
  })

  it('requires security schemes that are defined, with existing scopes', () => {
    for (const [scheme, scopes] of operation.security.flatMap((way) => Object.entries(way))) {
      expect(Object.keys(document.components.securitySchemes)).toContain(scheme)
      expect(scopes.filter((scope) => !SCOPES.some((each) => each === scope))).toEqual([])
    }
  })
})

function faultsOfExamples(operation: DescribedOperation): string[] {
  const answers = exchangesOf(operation).flatMap(({ status, type, name, value }) => {
    const isAbridged = typeof value === 'string' && value.endsWith('…')
    return type === undefined || isAbridged
      ? []
      : schemas.ofAnswer(operation, status, type, value).map((fault) => `${name}: ${fault}`)
  })
  const parameters = operation.parameters.flatMap(({ name, examples }) =>
    Object.values(examples).flatMap(({ value }) => schemas.ofParameter(operation, name, value)),
  )
  const bodies = Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { examples }]) =>
    Object.values(examples).flatMap(({ value }) => (value === undefined ? [] : schemas.ofBody(operation, type, value))),
  )
  return [...answers, ...parameters, ...bodies]
}

describe('problems', () => {
  const code = z.object({ enum: z.array(z.string()), description: z.string() })
  const problemCode = code.parse(document.components.schemas['ProblemCode'])

  it.each(Object.entries(PROBLEMS))('%s is documented with an example', (name, { status, title }) => {
    expect(problemCode.enum).toContain(name)
    expect(problemCode.description).toContain(`| \`${name}\` | ${status} | ${title} |`)
    const places = operations.flatMap(exchangesOf).filter((each) => each.name === name)
    expect(places.length, `functions/*.docs.ts: an operation that returns ${name} needs it in errors`).toBeGreaterThan(
      0,
    )
  })

  it('have no undocumented code', () => {
    expect(problemCode.enum).toHaveLength(Object.keys(PROBLEMS).length)
  })
})

describe('a running service', () => {
  let latchkey: Latchkey
  beforeAll(async () => {
    latchkey = await startLatchkey(SETTINGS)
  })
  afterAll(() => latchkey.stop())

  it('returns the document at /openapi.json', async () => {
    const answer = await latchkey.call('/openapi.json')
    expect(await answer.text()).toBe(readFileSync('dist/assets/openapi.json', 'utf8'))
    expect(await (await latchkey.call('/openapi.json')).json()).toEqual(JSON.parse(served))
  })

  const register = ['paths', '/register', 'post', 'responses', '200']
  const uploaded = ['paths', '/upload', 'post', 'responses', '200', 'content', 'application/json']
  const token = ['paths', '/token', 'get']
  const rows = ['paths', '/download', 'get', 'responses', '200', 'content']

  it.each<[what: string, id: string, name: string, ...changes: Change[]]>([
    ['a missing parameter', 'getToken', 'redirect', [[...token, 'parameters', '0']]],
    ['another status', 'registerClient', 'public', [register], [[...register.slice(0, -1), '201'], valueAt(register)]],
    ['another type', 'upload', 'json', [[...uploaded, 'schema', 'properties', 'saved-in-db', 'type'], 'string']],
    [
      'a nonexistent member',
      'upload',
      'json',
      [
        [...uploaded, 'schema', 'required'],
        ['saved-in-db', 'id'],
      ],
    ],
    ['a missing member', 'upload', 'warned', [[...uploaded, 'schema', 'properties', 'warnings']]],
    ['another value', 'upload', 'json', [[...uploaded, 'examples', 'json', 'value', 'saved-in-db'], 3]],
    ['another text', 'download', 'csv', [[...rows, 'text/csv', 'examples', 'csv', 'value'], 'co2\r\n']],
    [
      'another type of content',
      'download',
      'csv',
      [[...rows, 'text/csv']],
      [[...rows, 'text/plain'], valueAt([...rows, 'text/csv'])],
    ],
    ['a missing header', 'getToken', 'redirect', [[...token, 'responses', '302', 'headers', 'Location']]],
    [
      'a nonexistent header',
      'upload',
      'json',
      [[...uploaded.slice(0, -2), 'headers'], { Link: { required: true, schema: { type: 'string' } } }],
    ],
    ['no credentials', 'upload', 'json', [['paths', '/upload', 'post', 'security'], []]],
    [
      'another header for credentials',
      'fetchScore',
      'passed',
      [['components', 'securitySchemes', 'sessionToken', 'name'], 'X-Session'],
    ],
    [
      'another request for an error',
      'getToken',
      'client_unknown',
      [
        [
          ...token,
          'responses',
          '403',
          'content',
          'application/problem+json',
          'examples',
          'client_unknown',
          'x-request',
        ],
      ],
    ],
  ])('detects %s', async (_what, id, name, ...changes) => {
    const wrong = readDocument(JSON.stringify(changes.reduce(changed, JSON.parse(text))))
    const exchange = operationsOf(wrong)
      .flatMap(exchangesOf)
      .find((each) => each.operation.operationId === id && each.name === name)
    if (!exchange) throw new Error(`${id} has no example ${name}`)
    expect(await faultsOf(latchkey, wrong, schemasOf(wrong), exchange)).not.toEqual([])
  })
})

/** A path in the document, and its new value; without a value, the member is removed. */
type Change = [place: string[], value?: unknown]

const object = z.record(z.string(), z.unknown())

function changed(whole: unknown, [[first = '', ...rest], value]: Change): unknown {
  const next = (part: unknown) => (rest.length === 0 ? value : changed(part, [rest, value]))
  if (Array.isArray(whole))
    return whole.flatMap((part, index) => (String(index) !== first ? [part] : (next(part) ?? [])))
  const members = object.parse(whole)
  return { ...members, [first]: next(members[first]) }
}

const valueAt = (place: readonly string[]): unknown =>
  place.reduce((whole: unknown, part) => object.parse(whole)[part], JSON.parse(text))
