import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coordinates, isJump } from '../../../lib/core/position.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { cellToNumber, firstPosition, positionAt, toPosition } from '../../../lib/measurements/position.ts'

describe('cellToNumber', () => {
  it.each<[Cell | undefined, number | null]>([
    [1.5, 1.5],
    [0, 0],
    [-1e300, -1e300],
    ['12.5', 12.5],
    [' -7e1 ', -70],
    ['+.5', 0.5],
    ['0', 0],
    ['', null],
    [' ', null],
    ['1,5', null],
    ['0x10', null],
    ['NaN', null],
    ['Infinity', null],
    ['1e400', null],
    ['12 ppm', null],
    [true, null],
    [false, null],
    [null, null],
    [undefined, null],
    [Number.NaN, null],
    [Infinity, null],
  ])('converts %j to %j', (cell, number) => {
    expect(cellToNumber(cell)).toBe(number)
  })
})

describe('a position', () => {
  it.each<[(Cell | undefined)[], object | null]>([
    [[48.52, 9.05], { lat: 48.52, lon: 9.05 }],
    [[48.52, 9.05, 340], { lat: 48.52, lon: 9.05, height: 340 }],
    [['48.52', ' 9.05 ', '340'], { lat: 48.52, lon: 9.05, height: 340 }],
    [[0, 9, 0], { lat: 0, lon: 9, height: 0 }],
    [[48, 0], { lat: 48, lon: 0 }],
    [[0, 0], null],
    [[0, 0, 340], null],
    [['0', '-0.0'], null],
    [[0, 0.0001], { lat: 0, lon: 0.0001 }],
    [[-0.0001, 0], { lat: -0.0001, lon: 0 }],
    [[35.68, 139.69], { lat: 35.68, lon: 139.69 }],
    [[90, 180], { lat: 90, lon: 180 }],
    [[-90, -180], { lat: -90, lon: -180 }],
    [[90.0000001, 0], null],
    [[-90.0000001, 0], null],
    [[139.69, 35.68], null],
    [[0, 180.0000001], null],
    [[0, -180.0000001], null],
    [[null, 9], null],
    [[48, null], null],
    [[undefined, undefined], null],
    [['north', 9], null],
    [[true, 9], null],
    [[48, false], null],
    [[1.23456784, 2.34567896, 3.45676], { lat: 1.2345678, lon: 2.345679, height: 3.4568 }],
    [[1, 2, 20_000], { lat: 1, lon: 2, height: 20_000 }],
    [[1, 2, -20_000], { lat: 1, lon: 2, height: -20_000 }],
    [[1, 2, 20_000.1], { lat: 1, lon: 2 }],
    [[1, 2, -20_000.1], { lat: 1, lon: 2 }],
    [[1, 2, 'high'], { lat: 1, lon: 2 }],
    [[1, 2, null], { lat: 1, lon: 2 }],
  ])('of %j is %j', ([lat, lon, height], position) => {
    expect(toPosition(lat, lon, height)).toStrictEqual(position)
  })

  const columns = new Map<string, Cell[]>([
    ['lat', [null, 48, 49, 50]],
    ['lon', [9, 10, null, 12]],
    ['height', [1, 2]],
  ])

  it('is read from a row', () => {
    const positions = [0, 1, 2, 3, 4].map((row) => positionAt(columns, row))
    expect(positions).toEqual([null, { lat: 48, lon: 10, height: 2 }, null, { lat: 50, lon: 12 }, null])
    expect(positionAt(new Map(), 0)).toBeNull()
  })

  it.each<[Record<string, Cell[]>, object | null]>([
    [
      { lat: [1, 2], lon: [3, 4], height: [5, 6] },
      { lat: 1, lon: 3, height: 5 },
    ],
    [
      { lat: [null, 1, 2], lon: [null, 3, 4], height: [9] },
      { lat: 1, lon: 3 },
    ],
    [
      { lat: [91, 0, 2], lon: [1, 0, 4] },
      { lat: 2, lon: 4 },
    ],
    [{ lat: [1, null], lon: [null, 1] }, null],
    [{ lat: [0], lon: [0] }, null],
    [{ lat: [91], lon: [1] }, null],
    [{ lat: [1] }, null],
    [{ lat: [], lon: [1] }, null],
    [{ lon: [1], height: [1] }, null],
    [{}, null],
  ])('that is first in %j is %j', (given, position) => {
    expect(firstPosition(new Map(Object.entries(given)))).toStrictEqual(position)
  })

  it('is sent with its longitude first', () => {
    expect(coordinates({ lat: 48, lon: 9 })).toEqual([9, 48])
    expect(coordinates({ lat: 48, lon: 9, height: 0 })).toEqual([9, 48, 0])
    expect(coordinates({ lat: 48, lon: 9, height: undefined })).toEqual([9, 48])
  })
})

describe('a jump', () => {
  it.each([
    [[0, 0], [1, 0], false],
    [[0, 0], [1.5, 0], true],
    [[0, 0], [-1, 0], false],
    [[0, 0], [-1.5, 0], true],
    [[0, 0], [0, 1], false],
    [[0, 0], [0, 1.5], true],
    [[0, 0], [0, -1.5], true],
    [[0, 0], [1, -1], false],
    [[0, 179.5], [0, -179.5], false],
    [[0, -179.5], [0, 179.5], false],
    [[0, 179.5], [0, -179], true],
    [[0, 180], [0, -180], false],
    [[0, 0], [0, 180], true],
    [[89.5, 0], [-89.5, 0], true],
  ] as const)('from %j to %j is more than a degree: %s', ([lat, lon], [north, east], jump) => {
    expect(isJump({ lat, lon }, { lat: north, lon: east }, 1)).toBe(jump)
  })

  it('is symmetric, at most 180 degrees, and zero at the same place', () => {
    const place = fc.record({
      lat: fc.double({ min: -90, max: 90, noNaN: true }),
      lon: fc.double({ min: -180, max: 180, noNaN: true }),
    })
    fc.assert(
      fc.property(place, place, fc.double({ min: 0, max: 200, noNaN: true }), (one, other, degrees) => {
        expect(isJump(one, other, degrees)).toBe(isJump(other, one, degrees))
        expect(isJump(one, other, 180)).toBe(false)
        expect(isJump(one, other, Infinity)).toBe(false)
        expect(isJump(one, one, 0)).toBe(false)
      }),
    )
  })
})
