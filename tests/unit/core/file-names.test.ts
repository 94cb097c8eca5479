import { create, parse } from 'content-disposition'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toFileName, toMediaType } from '../../../lib/core/file-names.ts'
import { runs } from '../../support/property.ts'

/** Texts that often contain dangerous characters. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '.',
      '..',
      '/',
      '\\',
      ' ',
      '"',
      '%2f',
      '\r',
      '\n',
      '\0',
      '\u202e',
      '\ufeff',
      '\u2028',
      '\ud83d',
      '😀',
      'é',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
})

describe('toFileName', () => {
  it('is never a path, a hidden file, empty or too long', () => {
    fc.assert(
      fc.property(text, (sent) => {
        const name = toFileName(sent)
        if (name === null) return
        expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(name).toBe(name.trim())
        expect(name.isWellFormed()).toBe(true)
        expect(['', '.', '..']).not.toContain(name)
        expect(name.length).toBeLessThanOrEqual(255)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('retains a valid name', () => {
    fc.assert(
      fc.property(text, (sent) => {
        const name = toFileName(sent)
        if (name !== null) expect(toFileName(name)).toBe(name)
      }),
    )
    const plain = fc.stringMatching(/^[\p{L}\d_-][\p{L}\d _.,()'-]{0,20}[\p{L}\d]$/u)
    fc.assert(
      fc.property(plain, (name) => {
        expect(toFileName(name)).toBe(name)
      }),
    )
  })

  it('is the same after any folders', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), text, fc.constantFrom('/', '\\'), (folders, name, slash) => {
        expect(toFileName([...folders, name].join(slash))).toBe(toFileName(name))
      }),
    )
  })

  it('is read back unchanged from a header', () => {
    fc.assert(
      fc.property(text, (sent) => {
        const name = toFileName(sent)
        if (name === null) return
        const header = create(name)
        expect(header).toMatch(/^attachment; [\x20-\x7e]+$/)
        expect(parse(header)).toMatchObject({ type: 'attachment', parameters: { filename: name } })
      }),
      { numRuns: runs(1_000) },
    )
  })

  it.each([
    ['a'.repeat(255), 'a'.repeat(255)],
    ['a'.repeat(256), null],
    [` ${'a'.repeat(255)}\u200b`, 'a'.repeat(255)],
    ['.\u200b.', null],
    ['...', '...'],
    ['/a', 'a'],
    ['a/', null],
  ])('of %j is %j', (sent, kept) => {
    expect(toFileName(sent)).toBe(kept)
  })
})

describe('toMediaType', () => {
  const token = fc.stringMatching(/^[\w!#$%&'*+.^`|~-]{1,20}$/)
  const quoted = fc.stringMatching(/^[ !#-[\]-~]{0,20}$/).map((value) => `"${value}"`)
  const parameter = fc
    .tuple(fc.stringMatching(/^[ \t]{0,2};[ \t]{0,2}$/), token, fc.oneof(token, quoted))
    .map(([separator, name, value]) => `${separator}${name}=${value}`)

  it('retains the parameters of a type', () => {
    fc.assert(
      fc.property(token, token, fc.array(parameter, { maxLength: 3 }), (type, subtype, parameters) => {
        const sent = `${type}/${subtype}${parameters.join('')}`
        expect(toMediaType(sent)).toBe(sent)
      }),
    )
  })

  it('is always a valid header', () => {
    const nearly = fc.tuple(token, fc.constantFrom('/', '//', ' / ', ''), token, text).map((parts) => parts.join(''))
    const withText = fc.tuple(text, text, text).map(([a, b, c]) => `text/plain${a};${b}x=${c}`)
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearly, withText), (sent) => {
        const type = toMediaType(sent)
        expect(type).toBeOneOf([sent, 'application/octet-stream'])
        expect(type).toMatch(/^[\x20-\x7e\t]{3,255}$/)
        expect(new Headers({ 'content-type': type }).get('content-type')).toBe(type)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it.each([
    undefined,
    '',
    'text',
    '/',
    'text/',
    '/plain',
    'text/plain;',
    'text/plain; a',
    'text/plain; a="',
    `a/${'b'.repeat(254)}`,
  ])('is application/octet-stream for %j', (sent) => {
    expect(toMediaType(sent)).toBe('application/octet-stream')
  })

  it('may have 255 characters', () => {
    expect(toMediaType(`a/${'b'.repeat(253)}`)).toBe(`a/${'b'.repeat(253)}`)
  })
})
