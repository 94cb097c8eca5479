import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenRequest } from '../../../lib/providers/sethealth.ts'

const sent = (wish: Parameters<typeof tokenRequest>[2]) => JSON.stringify(tokenRequest('id', 'secret', wish))

describe('a request for an access token', () => {
  it('has its lifetime in whole nanoseconds, with all digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400 }), (expiresIn) => {
        expect(sent({ expiresIn })).toBe(`{"id":"id","secret":"secret","expires-in":${expiresIn}000000000}`)
      }),
      { examples: [[1], [86_400]] },
    )
  })

  it('has only the requested members', () => {
    expect(Object.keys(tokenRequest('id', 'secret', { expiresIn: 1 }))).toEqual(['id', 'secret', 'expires-in'])
    const absent = { expiresIn: 1, userId: undefined, testMode: undefined }
    expect(Object.keys(tokenRequest('id', 'secret', absent))).toEqual(['id', 'secret', 'expires-in'])
  })

  it.each([true, false])('is marked as a test or not: %s', (testMode) => {
    const request = tokenRequest('id', 'secret', { expiresIn: 60, userId: 'ü', testMode })
    expect(request).toEqual({
      id: 'id',
      secret: 'secret',
      'expires-in': 60_000_000_000,
      'test-mode': testMode,
      'user-id': 'ü',
    })
  })

  it('retains an empty user id, and members that look like its own', () => {
    expect(tokenRequest('id', 'secret', { expiresIn: 1, userId: '' })).toHaveProperty('user-id', '')
    expect(sent({ expiresIn: 1, userId: '","test-mode":true,"' })).not.toContain('"test-mode"')
  })
})
