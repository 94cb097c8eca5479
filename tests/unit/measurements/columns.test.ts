import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellBytes, decodeColumn, encodeColumn, LAYOUT } from '../../../lib/measurements/columns.ts'

describe('a column in DynamoDB', () => {
  it('is a list of plain values', () => {
    expect(encodeColumn([1.5, -3, 0, 'a', '', true, false, null])).toEqual({
      L: [
        { N: '1.5' },
        { N: '-3' },
        { N: '0' },
        { S: 'a' },
        { S: '' },
        { BOOL: true },
        { BOOL: false },
        { NULL: true },
      ],
    })
  })

  it.each([
    [1e-130, { N: '1e-130' }],
    [9.8e125, { N: '9.8e+125' }],
    [-1e125, { N: '-1e+125' }],
    [9.9e125, { M: { double: { S: '9.9e+125' } } }],
    [9e-131, { M: { double: { S: '9e-131' } } }],
    [-1e300, { M: { double: { S: '-1e+300' } } }],
    [5e-324, { M: { double: { S: '5e-324' } } }],
  ])('holds %d within the range of its numbers, or as a map', (value, attribute) => {
    expect(encodeColumn([value])).toEqual({ L: [attribute] })
  })

  it('is read back as it was written, for every finite double', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0))
    fc.assert(
      fc.property(fc.array(double), (cells) => {
        expect(decodeColumn(encodeColumn(cells))).toEqual(cells)
      }),
    )
  })

  it('is read back as it was written, for every other cell', () => {
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null))
    fc.assert(
      fc.property(fc.array(cell), (cells) => {
        expect(decodeColumn(encodeColumn(cells))).toEqual(cells)
      }),
    )
  })

  it('is empty when nothing is stored', () => {
    expect(decodeColumn({})).toEqual([])
  })

  it('has a layout version', () => {
    expect(LAYOUT).toBe(1)
  })
})

describe('the bytes of a cell', () => {
  it.each([
    [0, 13],
    [-1.7976931348623157, 13],
    [1e300, 40],
    ['', 4],
    ['abc', 7],
    ['é€😀', 13],
    [true, 2],
    [null, 2],
  ])('of %j are at most %i', (cell, bytes) => {
    expect(cellBytes(cell)).toBe(bytes)
  })

  it('are never fewer than DynamoDB counts', () => {
    // AWS counts a number of n digits (without zeros in front) as about n / 2 + 1 bytes, 21 at most, and a byte more for each element of a list.
    const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e125, max: 1e125 })
    const digits = (value: number) => String(value).replace(/e.*/, '').replace(/\D/g, '').replace(/^0+/, '').length
    fc.assert(fc.property(double, (value) => cellBytes(value) >= Math.ceil(digits(value) / 2) + 1 + 1))
  })
})
