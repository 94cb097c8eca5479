import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenText } from '../../../lib/providers/http.ts'

describe('a token of a provider', () => {
  it('is printable ASCII without blanks, at most 4096 characters', () => {
    const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code))
    const token = fc.oneof(fc.string({ unit: character, minLength: 1 }), fc.constantFrom('x', 'x'.repeat(4_096)))
    fc.assert(fc.property(token, (text) => tokenText.safeParse(text).data === text))
  })

  it.each(['', ' ', 'a b', ' a', 'a\n', 'a\r\nX-Other: b', 'a\u0000', '\u007f', 'ü', '→', 'x'.repeat(4_097), 1, null])(
    'may not be %j',
    (text) => {
      expect(tokenText.safeParse(text).success).toBe(false)
    },
  )

  it('has no character that a header does not allow', () => {
    const other = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/^[!-~]*$/.test(text))
    const token = fc.tuple(fc.string(), other, fc.string()).map((parts) => parts.join(''))
    fc.assert(fc.property(token, (text) => !tokenText.safeParse(text).success))
  })
})
