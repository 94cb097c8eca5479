import { describe, expect, it } from 'vitest'
import { positionColumns, project, scaleLength } from '../../../web/data/positions.ts'

const position = (latitude: number, longitude: number) => ({ time: 0, latitude, longitude, value: null })

describe('a map', () => {
  it('knows the names of positions', () => {
    expect(positionColumns(['co2', 'lat', 'lon'])).toEqual(['lat', 'lon'])
    expect(positionColumns(['latitude', 'longitude'])).toEqual(['latitude', 'longitude'])
    expect(positionColumns(['lat', 'co2'])).toBeNull()
  })

  it('has north on top and all positions inside', () => {
    const positions = [position(48, 9), position(49, 10)]
    const projection = project(positions, 720, 360)
    const [[x1, y1], [x2, y2]] = [projection.place(position(48, 9)), projection.place(position(49, 10))]
    expect(x1).toBeLessThan(x2)
    expect(y1).toBeGreaterThan(y2)
    for (const value of [x1, x2]) expect(value > 0 && value < 720).toBe(true)
    for (const value of [y1, y2]) expect(value > 0 && value < 360).toBe(true)
    // At 48.5° north, a degree of longitude has two thirds of the length of a degree of latitude.
    expect((x2 - x1) / (y1 - y2)).toBeCloseTo(0.6626, 3)
  })

  it('has a grid with few lines, and a scale of a round length', () => {
    const projection = project([position(48, 9), position(49, 10)], 720, 360)
    expect(projection.latitudes.length + projection.longitudes.length).toBeLessThan(14)
    expect(scaleLength(projection)).toBe(50_000)
    expect(scaleLength(project([position(0, 0)], 720, 360))).toBe(100)
  })
})
