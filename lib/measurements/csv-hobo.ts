import { DATE_ORDERS, type DateOrder, type Reading } from './file-part.ts'
import { to24Hours } from './instant.ts'
import type { ParseOptions } from './parse-options.ts'
import type { RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

type Column = RawColumns[number]

const OFFSET_NAME = /^Date[ -]Time,\s*GMT\s*([+-]\d\d):?(\d\d)/i
/** HOBOconnect names its time column `Date-Time (PST/PDT)`, `Date-Time (PST PDT)` or `Date-Time (MST)`. */
const ZONE_NAME = /^Date-Time\s*\(([A-Z]{2,5}(?:[/ ][A-Z]{2,5})?)\)\s*$/i
/** `Temp, °F (LGR S/N: 1, SEN S/N: 2, LBL: air)`, or `Temperature (°C)` of HOBOconnect */
const COLUMN_NAME = /^([^,(]+)(?:,([^(]+))?(?:\((.*)\)\s*)?$/
const TIME = /^\s*(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})\s+(\d{1,2}):(\d\d)(?::(\d\d)(\.\d+)?)?(?:\s*(AM|PM))?\s*$/i

type TimeOptions = Pick<ParseOptions, 'time_format' | 'tz' | 'part'>

export const isHoboTime = (name: string): boolean => OFFSET_NAME.test(name) || ZONE_NAME.test(name)

/**
 * Converts the columns of Onset's HOBOware and HOBOconnect to short names with units. The times become ISO 8601, with the
 * offset that the name of their column has. With `time_format`, the times are unchanged. HOBOware writes month/day/year
 * unless the operator chose another order.
 */
export function convertHobo(columns: readonly Column[], options: TimeOptions, warnings: Warnings): Column[] {
  const names = columns.map(([name]) => shortName(name))
  const uses = Map.groupBy(names, ({ name }) => name.toLowerCase())
  return columns.map(([sent, values], index): Column => {
    if (isHoboTime(sent)) return convertTimeColumn([sent, values], options, warnings)
    const { name, unit, serial } = names[index] ?? shortName(sent)
    const isUnique = uses.get(name.toLowerCase())?.length === 1
    const fullName = isUnique || !serial ? name : `${name} ${serial}`
    return unit ? [fullName, values, unit] : [fullName, values]
  })
}

function shortName(sent: string): { name: string; unit?: string; serial?: string } {
  const [, quantity = sent, commaUnit = '', details = ''] = COLUMN_NAME.exec(sent) ?? []
  const unit = commaUnit === '' && !details.includes(':') ? details : commaUnit
  const label = /\bLBL:\s*([^,)]+)/.exec(details)?.[1]?.trim()
  const serial = /\bSEN S\/N:\s*([^,)]+)/.exec(details)?.[1]?.trim()
  const name = label ? `${quantity.trim()} ${label}` : quantity.trim()
  return { name, ...(unit.trim() && { unit: unit.trim() }), ...(serial && { serial }) }
}

/** Indices of year, month and day in each order. */
const INDICES = {
  'month/day/year': [2, 0, 1],
  'day/month/year': [2, 1, 0],
  'year/month/day': [0, 1, 2],
} as const satisfies Record<DateOrder, readonly number[]>

/** The abbreviation of a zone is not unique: without `tz`, the times are not read. */
function convertTimeColumn([name, values]: Column, { time_format, tz, part }: TimeOptions, warnings: Warnings): Column {
  const [, hours, minutes] = OFFSET_NAME.exec(name) ?? []
  // The name contains the offset, which a declared format still needs.
  if (hours !== undefined && time_format !== undefined) return [name, values]
  const zone = ZONE_NAME.exec(name)?.[1] ?? ''
  const isUtc = /^(?:UTC|GMT)$/i.test(zone)
  if (hours === undefined && !isUtc && tz === undefined) {
    const sentence = `the times are in the zone ${zone}, which is not unique, and were not read: send tz, such as tz=America/Los_Angeles`
    warnings.note('time_zone', sentence, values.length)
    return [name, values]
  }
  if (time_format !== undefined) return ['time', values]
  const offset = hours === undefined ? (isUtc ? '+00:00' : '') : `${hours}:${minutes}`
  return ['time', convertTimes(offset, values, warnings, part?.reading)]
}

/** The orders that all dates fit, each of which has three parts. */
const fittingOrders = (dates: readonly (readonly string[])[], candidates: readonly DateOrder[] = DATE_ORDERS) =>
  candidates.filter((order) => dates.every((date) => isDate(INDICES[order].map((part) => date[part] ?? ''))))

/** The first order that all dates fit; undefined without dates. */
export const findDateOrder = (dates: readonly (readonly string[])[]): DateOrder | undefined =>
  dates.length === 0 ? undefined : fittingOrders(dates)[0]

/** An empty `offset` leaves the times in the declared zone. */
function convertTimes(
  offset: string,
  values: readonly unknown[],
  warnings: Warnings,
  reading: Reading | undefined,
): readonly unknown[] {
  const matches = values.map((value) => (typeof value === 'string' ? TIME.exec(value) : null))
  const dates = matches.flatMap((match) => (match ? [match.slice(1, 4)] : []))
  if (dates.length === 0) return values
  const fitting = fittingOrders(dates, reading?.dateOrders)
  if (reading) reading.dateOrders = fitting
  const [found] = fitting
  if (!found) return values
  const zone = offset === '' ? 'in the declared time zone' : `with the offset ${offset}`
  warnings.note('date_order', `the times are read as ${found} ${zone}`, dates.length)
  return values.map((value, row) => {
    const match = matches[row]
    if (!match) return value
    const [year = '', month = '', day = ''] = INDICES[found].map((part) => match[part + 1])
    const [hour = '', minute = '', second = '00', fraction = '', half] = match.slice(4)
    const clock = to24Hours(Number(hour), half?.slice(0, 1))
    const date = `${year.length < 3 ? `20${year.padStart(2, '0')}` : year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
    return `${date}T${String(clock).padStart(2, '0')}:${minute}:${second}${fraction}${offset}`
  })
}

const isDate = ([year = '', month = '', day = '']: string[]): boolean =>
  (year.length === 2 || year.length === 4) && isBetween(month, 12) && isBetween(day, 31)
const isBetween = (text: string, max: number): boolean => text.length <= 2 && Number(text) >= 1 && Number(text) <= max
