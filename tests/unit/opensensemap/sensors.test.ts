import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnKey, describeSensor, sensorKey } from '../../../lib/opensensemap/sensors.ts'

describe('the sensor of a column', () => {
  it.each([
    ['scd30_co2_ppm', 'scd30', 'co2', 'ppm', 'osem-not-available'],
    ['sht31_temperature_c', 'sht31', 'temperature', '°C', 'osem-temperature-celsius'],
    ['sht31_humidity_percent', 'sht31', 'humidity', '%', 'osem-humidity'],
    ['sds011_pm10_ug_m3', 'sds011', 'pm10', 'ug_m3', 'osem-not-available'],
    ['a_b__', 'a', 'b', '_', 'osem-brightness'],
    ['SCD30_Temperature_C', 'SCD30', 'Temperature', '°C', 'osem-temperature-celsius'],
    ['x_HUMIDITY_PERCENT', 'x', 'HUMIDITY', '%', 'osem-humidity'],
    ['ü_größe_µg', 'ü', 'größe', 'µg', 'osem-not-available'],
    [' a _ humidity\t_ c_ d ', 'a', 'humidity', 'c_ d', 'osem-humidity'],
    ['a_b_ percent ', 'a', 'b', '%', 'osem-brightness'],
  ])('%s', (column, sensorType, title, unit, icon) => {
    expect(describeSensor(column)).toEqual({ sensorType, title, unit, icon })
  })

  it.each([
    '',
    'co2',
    'time_utc',
    '_co2_ppm',
    'scd30__ppm',
    'scd30_co2_',
    'scd30_co2',
    '__',
    '___',
    '_a_b_c',
    ' _b_c',
    'a_ _c',
    'a_b_ ',
  ])('is null if the name is %j', (column) => {
    expect(describeSensor(column)).toBeNull()
  })

  it('has type and title of any text without _, and the rest as its unit', () => {
    const word = fc.stringMatching(/^[a-z0-9.-]([a-z0-9 .-]{0,7}[a-z0-9.-])?$/)
    fc.assert(
      fc.property(word, word, fc.stringMatching(/^[a-z0-9_]{1,9}x$/), (sensorType, title, unit) => {
        expect(describeSensor(`${sensorType}_${title}_${unit}`)).toMatchObject({ sensorType, title, unit })
      }),
    )
  })
})

describe('the unit', () => {
  const units = {
    ...{ c: '°C', percent: '%', perc: '%', f: '°F', k: 'K', pa: 'Pa', hpa: 'hPa', kpa: 'kPa', v: 'V', mv: 'mV' },
    ...{ a: 'A', ma: 'mA', w: 'W', db: 'dB', dbm: 'dBm', hz: 'Hz' },
    ...{ ppm: 'ppm', cm: 'cm', percents: 'percents', c_c: 'c_c', µg: 'µg', xc: 'xc', 'c ': '°C', m: 'm', PPB: 'PPB' },
  }
  it.each(Object.entries(units))('%j is %j', (text, unit) => {
    expect(describeSensor(`type_title_${text}`)?.unit).toBe(unit)
  })

  it.each(Object.entries(units).slice(0, 16))('%j is %j in upper case, too', (text, unit) => {
    expect(describeSensor(`type_title_${text.toUpperCase()}`)?.unit).toBe(unit)
  })
})

describe('the icon', () => {
  const icons = [
    ...['moisture', 'temperature-celsius', 'temperature-fahrenheit', 'thermometer', 'windspeed', 'sprinkles'],
    ...['brightness', 'barometer', 'humidity', 'not-available', 'gauge', 'umbrella', 'clock', 'shock', 'fire'],
    ...['volume-up', 'cloud', 'dashboard', 'particulate-matter', 'signal', 'microphone', 'wifi', 'battery'],
    'radioactive',
  ]
  it.each(icons)('osem-%s is known', (name) => {
    expect(describeSensor(`type_${name}_unit`)?.icon).toBe(`osem-${name}`)
    expect(describeSensor(`type_${name.toUpperCase()}_unit`)?.icon).toBe(`osem-${name}`)
  })

  it.each([
    ['temperature', 'osem-temperature-celsius'],
    ['fahrenheit', 'osem-temperature-fahrenheit'],
    ['wind', 'osem-windspeed'],
    ['board', 'osem-dashboard'],
    ['o', 'osem-moisture'],
    ['r', 'osem-moisture'],
    ['b', 'osem-brightness'],
    ['temperature-indoor', 'osem-not-available'],
    ['co2', 'osem-not-available'],
    ['moistures', 'osem-not-available'],
  ])('of %s is the first with that text in its name, or the default: %s', (title, icon) => {
    expect(describeSensor(`type_${title}_unit`)?.icon).toBe(icon)
  })
})

describe('the key of a sensor', () => {
  const co2 = { title: 'co2', unit: 'ppm', sensorType: 'scd30' }

  it('never changes, because stored boxes contain it', () => {
    expect(sensorKey(co2)).toBe(createHash('sha256').update('["co2","ppm","scd30"]').digest('base64url').slice(0, 14))
    expect(sensorKey({ ...co2, sensorType: 'x'.repeat(1_000) })).toMatch(/^[\w-]{14}$/)
  })

  it.each([
    { ...co2, title: 'CO2' },
    { ...co2, unit: 'PPM' },
    { ...co2, sensorType: 'SCD30' },
    { title: ' co2', unit: 'ppm\n', sensorType: '\tscd30 ' },
    { ...co2, icon: 'osem-fire', _id: 'x' },
  ])('is the same for %j', (sensor) => {
    expect(sensorKey(sensor)).toBe(sensorKey(co2))
  })

  it.each([
    { ...co2, title: 'co' },
    { ...co2, title: 'co 2' },
    { ...co2, unit: 'ppb' },
    { ...co2, sensorType: 'scd40' },
    { ...co2, sensorType: '' },
    { ...co2, sensorType: null },
    { title: 'co2', unit: 'ppm' },
    { title: 'ppm', unit: 'co2', sensorType: 'scd30' },
    { title: 'co2', unit: 'ppmscd30', sensorType: '' },
  ])('differs for %j', (sensor) => {
    expect(sensorKey(sensor)).not.toBe(sensorKey(co2))
  })

  it('is the same for all sensors without a type', () => {
    const keys = [undefined, null, '', ' '].map((sensorType) => sensorKey({ title: 'CO2', unit: 'ppm', sensorType }))
    expect(new Set(keys).size).toBe(1)
  })

  it.each([
    ['scd30_co2_ppm', 'SCD30_CO2_PPM', true],
    ['scd30_co2_ppm', ' scd30_co2 _ ppm ', true],
    ['sht_temperature_c', 'sht_temperature_°c', true],
    ['scd30_co2_ppm', 'scd30_co2_ppb', false],
    // HabitatMap/AirCasting#81 and custom-components/ble_monitor#136.
    ['airbeam2_pm2.5_µg_m³', 'AirBeam2_PM2.5_µg_m³', true],
    ['lywsd03mmc_temperature_c', 'LYWSD03MMC_Temperature_C', true],
  ])('of the columns %j and %j is the same: %s', (one, other, same) => {
    expect(columnKey(one)).toMatch(/^[\w-]{14}$/)
    expect(columnKey(one) === columnKey(other)).toBe(same)
  })

  it('of a column is that of its sensor, or null', () => {
    expect(columnKey('scd30_co2_ppm')).toBe(sensorKey(co2))
    expect(columnKey('co2')).toBeNull()
  })
})

it.each(['constructor', '__proto__', 'toString'])('treats %s as any other unit', (unit) => {
  expect(describeSensor(`type_title_${unit}`)?.unit).toBe(unit)
})
