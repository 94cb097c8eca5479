import { describe, expect, it } from 'vitest'
import { groupColumns, labelOf, unitOf, unitsOf } from '../../../web/data/units.ts'

describe('the unit of a column', () => {
  it.each([
    ['sht31_temperature_c', '°C'],
    ['bme280_pressure_hpa', 'hPa'],
    ['sds011_pm10_ug_m3', 'µg/m³'],
    ['co2_ppm', 'ppm'],
    ['temperature_c', '°C'],
    ['sensor_c', ''],
    ['flow_box_label', ''],
    ['ppm', ''],
    ['temp', ''],
  ])('is in its name: %s has "%s"', (column, unit) => {
    expect(unitOf(column, undefined)).toBe(unit)
  })

  it('is what its uploads name, if they name one', () => {
    expect([unitOf('temp', { temp: 'K' }), unitOf('sht31_temperature_c', { sht31_temperature_c: 'K' })]).toEqual([
      'K',
      'K',
    ])
    expect(unitOf('constructor', {})).toBe('')
  })
})

describe('the units of several series', () => {
  it('are those of the user, then those of the first series', () => {
    const series = [{ units: { a: 'K', b: 'K' } }, {}, { units: { b: 'F', c: 'F' } }]
    expect(unitsOf(series, { a: '°C' })).toEqual({ a: '°C', b: 'K', c: 'F' })
    expect(unitOf('sht31_temperature_c', unitsOf([], { sht31_temperature_c: 'K' }))).toBe('K')
  })
})

describe('groups of columns', () => {
  it('have one unit; a column without a unit is alone', () => {
    const columns = ['scd30_co2_ppm', 'a_temperature_c', 'co2', 'temp', 'b_temperature_c', 'c_flow_l_min']
    expect(groupColumns(columns, { temp: '°C' }).map(({ key, label, columns }) => [key, label, columns])).toEqual([
      ['ppm', 'CO2 (ppm)', ['scd30_co2_ppm']],
      ['°C', '°C', ['a_temperature_c', 'temp', 'b_temperature_c']],
      ['co2', 'CO2', ['co2']],
      ['l/min', 'Flow (l/min)', ['c_flow_l_min']],
    ])
  })

  it('do not treat a column name as a unit', () => {
    expect(groupColumns(['ppm', 'scd30_co2_ppm'], undefined)).toHaveLength(2)
  })

  it('of several units have neither a quantity nor a unit', () => {
    expect(labelOf(['a_temperature_c', 'b_humidity_percent'], undefined)).toBe('')
    expect(labelOf(['a_temperature_c', 'b_temperature_c'], undefined)).toBe('Temperature (°C)')
  })
})
