import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { operations } from '../../../functions/token.docs.ts'
import { handlerOf } from '../../../lib/openapi/describe.ts'
import { problemOf } from '../../../lib/openapi/errors.ts'
import { describeSchema } from '../../../lib/openapi/fields.ts'

/** Mistakes in functions/*.docs.ts stop the build with an error that names them. */
describe('a mistake in a description', () => {
  it('is reported for a method that the handler does not have', () => {
    const [operation] = operations
    if (!operation) throw new Error('There is no operation.')
    expect(() => handlerOf({ ...operation, route: 'PUT /token' })).toThrow('PUT /token: the handler has no method PUT.')
  })

  it('is reported for a member that the schema does not have', () => {
    expect(() => describeSchema(z.object({ id: z.string() }), { fields: { idd: 'An id.' } })).toThrow(
      'The schema has no member idd.',
    )
  })

  it('is reported for an example that fails with another error, or does not fail', () => {
    expect(() =>
      problemOf(() => {
        throw new TypeError('broken')
      }),
    ).toThrow('broken')
    expect(() => problemOf(() => 1)).toThrow('The example does not throw a problem.')
  })
})
