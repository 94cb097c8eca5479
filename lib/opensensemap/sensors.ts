import { createHash } from 'node:crypto'

/** A sensor as openSenseMap describes it. */
export interface Sensor {
  title: string
  unit: string
  sensorType: string
  icon: string
}

/** Names of the form type_quantity_unit: the unit is all the rest, so `sds011_pm10_ug_m3` measures in ug_m3. */
const SENSOR_COLUMN = /^(?<sensorType>[^_]+)_(?<title>[^_]+)_(?<unit>.+)$/

/** Units as people write them. Columns are stored in lower case, and a column name has neither a degree nor a percent sign. */
const UNITS = new Map(
  Object.entries({
    c: '°C',
    percent: '%',
    perc: '%',
    f: '°F',
    k: 'K',
    pa: 'Pa',
    hpa: 'hPa',
    kpa: 'kPa',
    v: 'V',
    mv: 'mV',
    a: 'A',
    ma: 'mA',
    w: 'W',
    db: 'dB',
    dbm: 'dBm',
    hz: 'Hz',
  }),
)

const ICONS = [
  'moisture',
  'temperature-celsius',
  'temperature-fahrenheit',
  'thermometer',
  'windspeed',
  'sprinkles',
  'brightness',
  'barometer',
  'humidity',
  'not-available',
  'gauge',
  'umbrella',
  'clock',
  'shock',
  'fire',
  'volume-up',
  'cloud',
  'dashboard',
  'particulate-matter',
  'signal',
  'microphone',
  'wifi',
  'battery',
  'radioactive',
].map((name) => `osem-${name}`)

/** The sensor that a column holds readings of; null when its name does not say so. */
export function describeSensor(column: string): Sensor | null {
  const groups = SENSOR_COLUMN.exec(column)?.groups ?? {}
  // openSenseMap takes blanks away, and would not be told again by what it then shows.
  const [sensorType = '', title = '', unit = ''] = [groups['sensorType'], groups['title'], groups['unit']].map((text) =>
    text?.trim(),
  )
  if (sensorType === '' || title === '' || unit === '') return null
  return {
    sensorType,
    title,
    unit: UNITS.get(unit.toLowerCase()) ?? unit,
    icon: ICONS.find((icon) => icon.includes(title.toLowerCase())) ?? 'osem-not-available',
  }
}

/**
 * Tells sensors apart, in a few characters. Letter case does not count, since co2logserver kept it and Latchkey does
 * not, nor does the icon, which may have been chosen on the website: neither makes another sensor.
 */
export function sensorKey(sensor: { title: string; unit: string; sensorType?: string | null | undefined }): string {
  const texts = [sensor.title, sensor.unit, sensor.sensorType ?? ''].map((text) => text.trim().toLowerCase())
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url').slice(0, 14)
}

/** The key of the sensor that a column holds readings of; null when it holds none. */
export function columnKey(column: string): string | null {
  const sensor = describeSensor(column)
  return sensor && sensorKey(sensor)
}
