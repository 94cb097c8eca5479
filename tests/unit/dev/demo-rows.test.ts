import { describe, expect, it } from 'vitest'
import { HISTORY_BOXES, LIVE_BOX } from '../../../dev/demo/boxes.ts'
import { rowsOf } from '../../../dev/demo/rows.ts'
import { firstPosition } from '../../../lib/measurements/position.ts'
import { describeSensor } from '../../../lib/opensensemap/sensors.ts'

/** A Thursday. */
const NOW = Date.UTC(2026, 4, 7, 12, 0, 30) / 1000
const DAY = 86_400

const box = (name: string) => {
  const found = [...HISTORY_BOXES, LIVE_BOX].find((each) => each.name === name)
  if (!found) throw new Error(`no box ${name}`)
  return found
}
const numbers = (values: unknown): number[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === 'number') : []
const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? time))

describe('the rows of the demo', () => {
  it('are a week at every fifth minute, until now', () => {
    const { time } = rowsOf(box('street'), NOW)
    expect(time).toHaveLength(2016)
    expect(time.at(-1)).toBe(NOW - 30)
    expect(new Set(gaps(time))).toEqual(new Set([300]))
  })

  it('lack a day and a half in the garden', () => {
    const longest = Math.max(...gaps(rowsOf(box('garden'), NOW).time))
    expect(longest / DAY).toBeCloseTo(1.5, 1)
  })

  it('have texts and missing values in the office', () => {
    const { window, note, scd30_co2_ppm } = rowsOf(box('office'), NOW)
    expect(new Set(window)).toEqual(new Set(['open', 'closed']))
    expect(note).toContain('filter changed')
    expect(scd30_co2_ppm).toContain(null)
    expect(numbers(scd30_co2_ppm).length).toBeGreaterThan(1_500)
  })

  it('are equal in repeated uploads, which start after the last stored row', () => {
    const { time, dnms_noise_db } = rowsOf(box('street'), NOW)
    const later = rowsOf(box('street'), NOW + 3_600)
    expect(later.time.slice(0, -12)).toEqual(time.slice(12))
    expect(later['dnms_noise_db']?.slice(0, -12)).toEqual(dnms_noise_db?.slice(12))
    expect(rowsOf(box('street'), NOW + 3_600, time.at(-1)).time).toEqual(later.time.slice(-12))
    expect(rowsOf(box('street'), NOW, time.at(-1)).time).toEqual([])
  })

  it('have one row a second in the workshop', () => {
    const { time } = rowsOf(LIVE_BOX, NOW, NOW - 3)
    expect(time).toEqual([NOW - 2, NOW - 1, NOW])
  })

  it('are warmest in the afternoon, and loudest at day', () => {
    const table = rowsOf(box('street'), NOW)
    const mean = (column: string, hours: readonly [number, number]) => {
      const values = table.time.flatMap((time, row) => {
        const hour = (time % DAY) / 3_600
        return hour >= hours[0] && hour < hours[1] ? numbers([table[column]?.[row]]) : []
      })
      return values.reduce((sum, value) => sum + value, 0) / values.length
    }
    expect(mean('dht22_temperature_c', [13, 17]) - mean('dht22_temperature_c', [2, 6])).toBeGreaterThan(6)
    expect(mean('dnms_noise_db', [11, 16]) - mean('dnms_noise_db', [0, 4])).toBeGreaterThan(8)
  })

  it.each([...HISTORY_BOXES, LIVE_BOX])('of $name have a position for the map and for openSenseMap', (each) => {
    const { lat, lon } = rowsOf(each, NOW)
    const columns = new Map(Object.entries({ lat: numbers(lat), lon: numbers(lon) }))
    expect(firstPosition(columns)).toEqual(each.position)
  })

  it.each([...HISTORY_BOXES, LIVE_BOX])(
    'of $name have units in the names of their numbers, and plausible values',
    (each) => {
      const table = rowsOf(each, NOW)
      for (const column of Object.keys(each.columns)) {
        const values = numbers(table[column])
        if (values.length === 0) continue
        expect(describeSensor(column)).not.toBeNull()
        expect(Math.min(...values)).toBeGreaterThan(-15)
        expect(Math.max(...values)).toBeLessThan(1_500)
      }
    },
  )
})
