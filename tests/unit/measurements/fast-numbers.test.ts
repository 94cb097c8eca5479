import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePlainNumber, scanPlainNumber, toCodes } from '../../../lib/measurements/fast-numbers.ts'
import { runs } from '../../support/property.ts'

describe('a plain number', () => {
  it('is the double that its text represents', () => {
    const text = fc
      .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,15}$/), fc.nat(15))
      .map(([sign, digits, point]) => `${sign}${digits.slice(0, point)}.${digits.slice(point)}`)
      .filter((decimal) => !/^-?0\d/.test(decimal))
    fc.assert(
      fc.property(text, (decimal) => {
        expect(parsePlainNumber(decimal)).toBe(Number(decimal) + 0)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it.each([
    '',
    '-',
    '.',
    '-.',
    '1.2.3',
    '1e5',
    '+1',
    ' 1',
    '1 ',
    '0x1',
    '1234567890123456',
    'NaN',
    '--1',
    '1-',
    '007',
    '-01',
  ])('is not %j', (text) => {
    expect(parsePlainNumber(text)).toBeUndefined()
  })

  it('is found within a text, up to the character that ends it', () => {
    const decimal = fc.stringMatching(/^-?\d{0,16}\.?\d{0,3}$/)
    const end = fc.constantFrom('', ',', '-', 'é', '😀', '\u012c', '\u0130')
    fc.assert(
      fc.property(fc.tuple(end, decimal, end), ([before, text, after]) => {
        const place = { end: 0 }
        const codes = toCodes(before + text + after)
        const number = scanPlainNumber(codes, before.length, place)
        // A minus alone, or twice, is not part of a number.
        if (text === '-' || after === '-') return
        expect([number, place.end]).toEqual([parsePlainNumber(text), before.length + text.length])
      }),
      { numRuns: runs(2_000) },
    )
  })
})

describe('the codes of a text', () => {
  it('are its UTF-16 code units, in bytes if all are ASCII', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(text, (text) => {
        const codes = toCodes(text)
        expect([...codes]).toEqual(Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)))
        expect(codes.BYTES_PER_ELEMENT).toBe(/^[\0-\x7f]*$/.test(text) ? 1 : 2)
      }),
      { numRuns: runs(1_000) },
    )
  })
})
