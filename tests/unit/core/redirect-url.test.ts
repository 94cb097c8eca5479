import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isRedirectUrl } from '../../../lib/core/redirect-url.ts'
import { runs } from '../../support/property.ts'

const SAFE = /^(?:https?|[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+):$/

describe('a redirect URL', () => {
  it.each(['https://a.example/', 'http://localhost', 'com.example.app:/', 'com.example.app:x?y#z'])(
    'may be %j',
    (text) => {
      expect(isRedirectUrl(text)).toBe(true)
    },
  )

  it.each([
    ...['', 'a.example', 'https:a.example', 'https:///a.example', 'https:/\\a.example', 'https://', 'http://a b/'],
    ...['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'myapp:/', 'intent:x', 'com.:x', '.com:x'],
    ...['https://user@a.example/', 'https://:x@a.example/', '\thttps://a.example/', 'https://a.example/\u007f'],
    ...['https://a.example/\ud800', 'https://a.example/\u2028', 'ht\ntps://a.example/', 'https://[::1', 'com.a b:x'],
  ])('may not be %j', (text) => {
    expect(isRedirectUrl(text)).toBe(false)
  })

  it('has at most 2048 characters', () => {
    for (const start of ['https://a.example/', 'com.example.app:/']) {
      expect(isRedirectUrl(start.padEnd(2_048, 'a'))).toBe(true)
      expect(isRedirectUrl(start.padEnd(2_049, 'a'))).toBe(false)
      // In normal form, which is sent, each of these has six characters.
      expect(isRedirectUrl(start.padEnd(400, 'ü'))).toBe(false)
    }
  })

  it('is never a script URL, whatever the text is', () => {
    const piece = fc.constantFrom(
      'javascript:',
      'data:',
      'https://',
      'a.b:',
      'com',
      '.',
      '/',
      '\\',
      '@',
      ':',
      '\t',
      'x',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      fc.webUrl(),
    )
    fc.assert(
      fc.property(text, (each) => {
        if (!isRedirectUrl(each)) return
        const { protocol, username, password, hostname, href } = new URL(each)
        expect(protocol).toMatch(SAFE)
        expect(each).not.toMatch(/[\s\p{Cc}]/u)
        if (/^https?:$/.test(protocol)) expect([username + password, hostname === '']).toEqual(['', false])
        expect(new URL(href).protocol).toBe(protocol)
      }),
      { numRuns: runs(1_000) },
    )
  })
})
