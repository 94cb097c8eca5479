/** Units and quantities of columns, from the user, from uploads, and from names such as `sht31_temperature_c`. */

/** Units by the last part of a column name. */
const UNITS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['K', 'Pa', 'hPa', 'kPa', 'V', 'mV', 'A', 'mA', 'W', 'kW', 'kWh', 'Wh', 'dB', 'dBm', 'Hz', 'kHz', 'ppm', 'ppb'].map(
      (unit) => [unit.toLowerCase(), unit],
    ),
  ),
  ...Object.fromEntries(
    ['m', 'mm', 'cm', 'km', 's', 'ms', 'min', 'h', 'g', 'kg', 'l', 'ml', 'lx'].map((unit) => [unit, unit]),
  ),
  ...{ c: '°C', f: '°F', deg: '°', percent: '%', perc: '%', pct: '%', lux: 'lx', ohm: 'Ω', kohm: 'kΩ' },
  ...{ ug_m3: 'µg/m³', mg_m3: 'mg/m³', w_m2: 'W/m²', m_s: 'm/s', km_h: 'km/h', mm_h: 'mm/h', l_min: 'l/min' },
  ...{ usv_h: 'µSv/h', dba: 'dB(A)' },
}

/** Names of the form type_quantity_unit, or quantity_unit. The unit may contain `_`. */
const LONG_NAME = /^[^_]+_([^_]+)_(.+)$/
const SHORT_NAME = /^([^_]+)_(.{2,})$/

/** Units of one letter are only certain after these quantities: `sensor_c` may be the third sensor. */
const ONE_LETTER = /^(temp(?:erature)?_[cfk]|volt(?:age)?_v|current_a|power_w|height_m|distance_m)$/

interface Meaning {
  quantity: string
  unit: string
}

/** The quantity and the unit in a column name; null if it names no unit. */
function meaningOf(column: string): Meaning | null {
  for (const pattern of [LONG_NAME, ONE_LETTER.test(column) ? /^([^_]+)_(.)$/ : SHORT_NAME]) {
    const [, quantity = '', suffix = ''] = pattern.exec(column) ?? []
    if (Object.hasOwn(UNITS, suffix)) return { quantity, unit: UNITS[suffix] ?? '' }
  }
  return null
}

export type Units = Readonly<Record<string, string>> | undefined

/** The units that the user has set, and those that uploads of series name: of several series, the first one decides. */
export const unitsOf = (series: readonly { units?: Units }[], own: Units): Units =>
  Object.assign({}, ...series.toReversed().map(({ units }) => units), own)

/** The unit of a column: the one that is named for it, else what its name says; an empty text for none. */
export const unitOf = (column: string, units: Units): string =>
  (units && Object.hasOwn(units, column) ? units[column] : undefined) ?? meaningOf(column)?.unit ?? ''

/** Columns of one plot. */
export interface Group {
  /** The unit, or the name of a column without a unit. */
  key: string
  /** What the axis shows. */
  label: string
  columns: string[]
}

/** Groups columns by their unit. A column without a unit is alone. */
export function groupColumns(columns: readonly string[], units: Units): Group[] {
  const groups = Map.groupBy(columns, (column) => unitOf(column, units) || ` ${column}`)
  return [...groups].map(([key, members]) => ({ key: key.trim(), label: labelOf(members, units), columns: members }))
}

/** What an axis shows: the quantity of all columns, if it is the same, and their unit. */
export function labelOf(columns: readonly string[], units: Units): string {
  const [unit = '', ...otherUnits] = new Set(columns.map((column) => unitOf(column, units)))
  const [quantity = '', ...others] = new Set(columns.map((column) => meaningOf(column)?.quantity ?? column))
  const name = others.length > 0 ? '' : capitalised(quantity)
  if (unit === '' || otherUnits.length > 0) return name
  return name === '' ? unit : `${name} (${unit})`
}

/** Formulas and abbreviations such as co2 and pm10 are in capitals. */
const capitalised = (text: string): string =>
  /^[a-z]{1,3}\d+$/.test(text) ? text.toUpperCase() : text.charAt(0).toUpperCase() + text.slice(1)
