import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { byMethod, fromJson, parseOrThrow } from '../../../lib/http/input.ts'
import { exampleRequest } from '../../../lib/openapi/errors.ts'
import { thrownProblem } from '../../support/problems.ts'

describe('an invalid value', () => {
  it.each([
    ['of another type', z.string(), 7, 'must be a string'],
    ['of a type without a plain name', z.null(), 7, 'must be null'],
    ['of another type, with a message of the schema', z.string('must be text'), 7, 'must be text'],
    ['that is absent', z.string(), undefined, 'is missing'],
  ])('%s is reported in plain words', (_case, schema, value, detail) => {
    const { issues } = thrownProblem(() => parseOrThrow(z.object({ name: schema }), { name: value }))
    expect(issues).toEqual([{ field: 'name', detail }])
  })

  it('is reported once for each field', () => {
    const schema = z.object({ names: z.array(z.string()).check(z.maxLength(3, 'must have at most 3 entries')) })
    const { issues } = thrownProblem(() => parseOrThrow(schema, { names: 'one name' }))
    expect(issues).toEqual([{ field: 'names', detail: 'must be an array' }])
  })
})

describe('a member that is null', () => {
  const schema = z.strictObject({
    name: z.optional(z.string()),
    kind: z._default(z.string(), 'public'),
    list: z.optional(z.array(z.nullable(z.number()))),
    nested: z.optional(z.strictObject({ name: z.optional(z.string()) })),
  })
  const read = (body: unknown) =>
    fromJson(schema)(
      exampleRequest({ headers: { 'content-type': 'application/json' }, rawBody: Buffer.from(JSON.stringify(body)) }),
    )

  it('is absent, also in an object; an element of an array stays', () => {
    expect(read({ name: null, kind: null, list: [1, null], nested: { name: null } })).toEqual({
      kind: 'public',
      list: [1, null],
      nested: {},
    })
    expect(read({ nested: null, unknown: null })).toEqual({ kind: 'public' })
  })

  it('is missing if it is required', () => {
    const required = fromJson(z.object({ name: z.string() }))
    const request = exampleRequest({
      headers: { 'content-type': 'application/json' },
      rawBody: Buffer.from('{"name":null}'),
    })
    expect(thrownProblem(() => required(request)).issues).toEqual([{ field: 'name', detail: 'is missing' }])
  })

  it('does not make a body of null, or a deep one, an object', () => {
    expect(() => read(null)).toThrow('body must be a JSON object')
    const deep = `${'{"name":'.repeat(5_000)}null${'}'.repeat(5_000)}`
    const request = exampleRequest({ headers: { 'content-type': 'application/json' }, rawBody: Buffer.from(deep) })
    expect(thrownProblem(() => fromJson(schema)(request)).issues).toEqual([
      { field: 'name', detail: 'must be a string' },
    ])
  })
})

describe('an input by method', () => {
  const input = byMethod({ GET: () => 'query', POST: () => 'body' })

  it('is that of the method', () => {
    expect(input(exampleRequest({ method: 'POST' }))).toBe('body')
  })

  it('is rejected for another method', () => {
    expect(thrownProblem(() => input(exampleRequest({ method: 'PUT' })))).toMatchObject({
      code: 'not_found',
      message: 'The method must be GET or POST.',
    })
  })
})
