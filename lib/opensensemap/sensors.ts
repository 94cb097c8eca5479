import { hash } from 'node:crypto'

/** A sensor in the format of openSenseMap's API. */
export interface Sensor {
  title: string
  unit: string
  sensorType: string
  icon: string
}

/** Names of the form type_quantity_unit. The unit may contain `_`: `sds011_pm10_ug_m3` measures in ug_m3. */
const SENSOR_COLUMN = /^(?<sensorType>[^_]+)_(?<title>[^_]+)_(?<unit>.+)$/

/** Units as openSenseMap shows them. Column names are in lower case, without degree and percent signs. */
const UNITS = new Map([
  ...['K', 'Pa', 'hPa', 'kPa', 'V', 'mV', 'A', 'mA', 'W', 'dB', 'dBm', 'Hz'].map(
    (unit) => [unit.toLowerCase(), unit] as const,
  ),
  ...Object.entries({ c: '°C', f: '°F', percent: '%', perc: '%' }),
])

/** Names of icons without their prefix, in order of precedence. */
const ICONS = `moisture temperature-celsius temperature-fahrenheit thermometer windspeed sprinkles brightness barometer
  humidity not-available gauge umbrella clock shock fire volume-up cloud dashboard particulate-matter signal microphone
  wifi battery radioactive`
  .split(/\s+/)
  .map((name) => `osem-${name}`)

/** The sensor of a column; null if the column name does not describe one. */
export function describeSensor(column: string): Sensor | null {
  const groups = SENSOR_COLUMN.exec(column)?.groups ?? {}
  // openSenseMap trims these texts; untrimmed ones would not match the sensors that it returns.
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
 * Short key of a sensor. It ignores letter case, which co2logserver preserved and Latchkey does not. It also ignores the
 * icon, which may be changed on the website.
 */
export function sensorKey(sensor: { title: string; unit: string; sensorType?: string | null | undefined }): string {
  const texts = [sensor.title, sensor.unit, sensor.sensorType ?? ''].map((text) => text.trim().toLowerCase())
  return hash('sha256', JSON.stringify(texts), 'base64url').slice(0, 14)
}

/** The key of the sensor of a column; null if the column name does not describe one. */
export function columnKey(column: string): string | null {
  const sensor = describeSensor(column)
  return sensor && sensorKey(sensor)
}
