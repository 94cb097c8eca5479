import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeNumberWriter, writeText } from '../../../lib/measurements/digits.ts'
import { runs } from '../../support/property.ts'

/** What a writer writes for the numbers of a column, each after another. */
function written(numbers: readonly number[]): string[] {
  const write = makeNumberWriter()
  const bytes = Buffer.alloc(64, '?')
  return numbers.map((number) => {
    const end = write(bytes, 3, number)
    expect(bytes.toString('latin1', 0, 3)).toBe('???')
    return bytes.toString('latin1', 3, end)
  })
}

describe('the digits of numbers', () => {
  it('are those that String writes, in any column', () => {
    const short = fc
      .tuple(fc.integer({ min: -(2 ** 33), max: 2 ** 33 }), fc.nat(8))
      .map(([integer, decimals]) => integer / 10 ** decimals)
    const small = fc
      .tuple(fc.integer({ min: -9_999, max: 9_999 }), fc.nat(8))
      .map(([n, decimals]) => n / 10 ** decimals)
    const any = fc.double({ noNaN: true, noDefaultInfinity: true })
    const near = fc.tuple(small, fc.constantFrom(1 + Number.EPSILON, 1 - Number.EPSILON)).map(([n, by]) => n * by)
    const bits = fc
      .bigInt({ min: 0n, max: 2n ** 64n - 1n })
      .map((n) => new Float64Array(BigUint64Array.of(n).buffer)[0] ?? 0)
    const number = fc.oneof(short, small, any, near, bits.filter(Number.isFinite))
    fc.assert(
      fc.property(fc.array(number, { maxLength: 20 }), (numbers) => {
        expect(written(numbers)).toEqual(numbers.map(String))
      }),
      { numRuns: runs(20_000) },
    )
  })

  it.each([
    0,
    1,
    -1,
    9,
    10,
    99,
    100,
    0.1,
    -0.5,
    0.000001,
    0.0000001,
    1e-7,
    1.000001,
    2147483647,
    2147483648,
    -2147483648,
    2147483646.5,
    2147.483647,
    2147.483648,
    1e9,
    999999999,
    1706792400,
    1706792400.5,
    1e21,
    1e20,
    5e-324,
    1.7976931348623157e308,
    0.1 + 0.2,
    2 ** 53,
    -0,
    123456.789012,
    100.5,
    10.05,
    20.0001,
    0.999999,
  ])('of %d', (number) => {
    expect(written([number, -1.25, number, 0.123456, number])).toEqual(
      [number, -1.25, number, 0.123456, number].map(String),
    )
  })

  it('of texts are their characters up to U+00FF', () => {
    const bytes = Buffer.alloc(8)
    expect(bytes.toString('latin1', 0, writeText(bytes, 1, '°C ü'))).toBe('\0°C ü')
    expect(writeText(bytes, 0, 'a\u0100')).toBeNaN()
  })
})
