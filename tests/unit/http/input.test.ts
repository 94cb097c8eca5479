import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { byMethod, parseOrThrow } from '../../../lib/http/input.ts'
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
