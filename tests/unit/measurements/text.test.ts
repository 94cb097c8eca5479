import { describe, expect, it } from 'vitest'
import { decodeText, positionOfOffset, textIssue } from '../../../lib/measurements/text.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'

describe('decoding a body', () => {
  it.each([undefined, 'utf-8', 'UTF-8', 'utf8', 'UTF8', '"utf-8"'])('decodes UTF-8 if the charset is %s', (charset) => {
    expect(decodeText(Buffer.from('µg/m³ – 😀'), charset)).toBe('µg/m³ – 😀')
  })

  it('removes a byte order mark', () => {
    expect(decodeText(Buffer.from('efbbbf7b7d', 'hex'))).toBe('{}')
  })

  it('retains NUL and control characters', () => {
    expect(decodeText(Buffer.from([0x61, 0x00, 0x1b]))).toBe('a\u0000\u001b')
  })

  it.each([
    ['latin1', 'b5672f6db3', 'µg/m³'],
    ['iso-8859-1', 'b5672f6db3', 'µg/m³'],
    ['"ISO-8859-1"', 'b5672f6db3', 'µg/m³'],
    ['windows-1252', '80', '€'],
    ['utf-16le', '6100e900', 'aé'],
    ['us-ascii', '6162', 'ab'],
  ])('decodes the charset %s', (charset, hex, text) => {
    expect(decodeText(Buffer.from(hex, 'hex'), charset)).toBe(text)
  })

  it.each(['klingon', '', 'utf-99', '../etc'])('rejects the unknown charset "%s"', (charset) => {
    expect(thrownProblem(() => decodeText(Buffer.from('a'), charset)).code).toBe('content_type_unsupported')
  })

  it('rejects bytes that are invalid in the named charset', () => {
    expect(thrownProblem(() => decodeText(Buffer.from('00d8', 'hex'), 'utf-16le'))).toMatchObject({
      code: 'body_invalid',
      message: 'The body is not valid text in the charset of its Content-Type.',
    })
  })

  it.each([
    ['the only byte', 'ff', 0],
    ['the first of many', 'ff6162636465', 0],
    ['the last after ASCII', '6162ff', 2],
    ['between ASCII', '7b2261223a22ff227d', 6],
    ['a long way from the end', `6161ff${'61'.repeat(50)}`, 2],
    ['after a character of two bytes', 'c3a9ff6161', 2],
    ['after a character of three bytes', 'e282acff616161', 3],
    ['after a character of four bytes', 'f09f9880ff616161', 4],
    ['a lone continuation byte', '61806161', 1],
    ['an overlong form', '61c0af61', 1],
    ['the first of two', '61ff61ff61', 1],
  ])('reports the first byte that is not UTF-8: %s', (_, hex, byte) => {
    expect(codeAndIssues(() => decodeText(Buffer.from(hex, 'hex')))).toEqual({
      code: 'body_invalid',
      issues: [{ byte, detail: 'not UTF-8' }],
    })
  })

  it('rejects a truncated character at the end', () => {
    expect(thrownProblem(() => decodeText(Buffer.from('61e282', 'hex'))).code).toBe('body_invalid')
  })

  it('reports the position in words', () => {
    expect(thrownProblem(() => decodeText(Buffer.from('61ffc3a4', 'hex'))).message).toBe(
      'The body is not valid UTF-8 at byte 1. Send UTF-8, or name the charset in Content-Type.',
    )
  })
})

describe('a body whose charset is not declared', () => {
  const messageOf = (bytes: Uint8Array, charset?: string) => thrownProblem(() => decodeText(bytes, charset)).message
  const declare = (charset: string) => `Send UTF-8, or declare it as in Content-Type: text/csv; charset=${charset}.`

  it.each([
    ['with a byte order mark', '\ufefftime\t°C\n', 'utf-16le'],
    ['without a byte order mark', 'time,temp\n1,2\n', 'utf-16le'],
    ['shorter than four characters', '\ufeffa', 'utf-16le'],
  ])('is named if it is UTF-16 %s', (_, text, charset) => {
    expect(messageOf(Buffer.from(text, 'utf16le'))).toBe(`The body is UTF-16. ${declare(charset)}`)
    expect(messageOf(Buffer.from(text, 'utf16le').swap16(), 'utf-8')).toBe(`The body is UTF-16. ${declare('utf-16be')}`)
  })

  it.each(['610ab0430a', 'b5672f6db3', '74656d702c80'])('is named if it is Windows-1252: %s', (hex) => {
    expect(messageOf(Buffer.from(hex, 'hex'))).toContain(
      'It may be Windows-1252: send UTF-8, or declare it as in Content-Type: text/csv; charset=windows-1252.',
    )
  })

  it.each(['61c3a4b0', '6181', 'e282acb0'])(
    'is not called Windows-1252 if it has UTF-8 as well, or undefined bytes: %s',
    (hex) => {
      expect(messageOf(Buffer.from(hex, 'hex'))).not.toContain('Windows-1252')
    },
  )

  it.each(['\0\0\0\0\0\0', 'a\0b\0c', 'time\0\0\0\0'])('is UTF-8 with NUL characters: %j', (text) => {
    expect(decodeText(Buffer.from(text))).toBe(text)
  })

  it('is decoded by its byte order mark if the charset is utf-16', () => {
    expect(decodeText(Buffer.from('\ufeffaé', 'utf16le').swap16(), 'utf-16')).toBe('aé')
  })
})

describe('a position in a text', () => {
  it.each([
    ['abc', 0, { line: 1, column: 1, byte: 0 }],
    ['abc', 2, { line: 1, column: 3, byte: 2 }],
    ['a\nbc', 3, { line: 2, column: 2, byte: 3 }],
    ['a\r\nbc', 4, { line: 2, column: 2, byte: 4 }],
    ['a\rbc', 3, { line: 2, column: 2, byte: 3 }],
    ['a\n\nb', 3, { line: 3, column: 1, byte: 3 }],
    ['é€b', 2, { line: 1, column: 3, byte: 5 }],
    ['ab', 2, { line: 1, column: 3, byte: 2 }],
  ])('of %j at %i', (text, index, place) => {
    expect(positionOfOffset(text, index)).toEqual(place)
  })

  it('is part of a readable error', () => {
    const problem = textIssue('a\nbé!', 4, 'no')
    expect([problem.code, problem.message, problem.issues]).toEqual([
      'body_invalid',
      'The body does not parse at line 2, column 3 (byte 5): no.',
      [{ line: 2, column: 3, byte: 5, detail: 'no' }],
    ])
  })
})
