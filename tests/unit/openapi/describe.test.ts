import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { describeSchema } from '../../../lib/openapi/fields.ts'
import { problemOf } from '../../../lib/openapi/operation.ts'

/** Mistakes in functions/*.docs.ts stop the build with an error that names them. */
describe('a mistake in a description', () => {
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
