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
export function sensorOf(column: string): Sensor | null {
  const { sensorType = '', title = '', unit = '' } = SENSOR_COLUMN.exec(column)?.groups ?? {}
  if (title === '') return null
  return {
    sensorType,
    title,
    unit: UNITS.get(unit.toLowerCase()) ?? unit,
    icon: ICONS.find((icon) => icon.includes(title.toLowerCase())) ?? 'osem-not-available',
  }
}

type Described = { title: string; unit: string; sensorType?: string | null | undefined }

/**
 * The one among a box's sensors that is the same. Letter case does not count, since co2logserver kept it and Latchkey
 * does not, nor does the icon, which may have been chosen on the website: neither makes another sensor.
 */
export const sameSensor = <S extends Described>(sensors: readonly S[], wanted: Described): S | undefined =>
  sensors.find((sensor) => identity(sensor) === identity(wanted))

const identity = ({ title, unit, sensorType }: Described): string =>
  JSON.stringify([title, unit, sensorType ?? '']).toLowerCase()
