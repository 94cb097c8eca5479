import { to24Hours } from './instant.ts'
import type { RawColumns } from './raw-columns.ts'
import type { Warnings } from './warnings.ts'

type Column = RawColumns[number]

const TIME_NAME = /^Date[ -]Time,\s*GMT\s*([+-])(\d\d):?(\d\d)/i
/** `Temp, °F (LGR S/N: 1, SEN S/N: 2, LBL: air)` */
const COLUMN_NAME = /^([^,(]+)(?:,\s*([^(]+))?(?:\((.*)\))?\s*$/
const TIME = /^\s*(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})\s+(\d{1,2}):(\d\d)(?::(\d\d)(\.\d+)?)?(?:\s*(AM|PM))?\s*$/i

export const isHoboTime = (name: string): boolean => TIME_NAME.test(name)

/**
 * Converts the columns of Onset's HOBOware: short names with units, and ISO 8601 times with the offset that the name of
 * the time column has. With `keepsTimes`, that column is unchanged. HOBOware writes month/day/year unless the operator
 * chose another order.
 */
export function convertHobo(columns: readonly Column[], keepsTimes: boolean, warnings: Warnings): Column[] {
  const names = columns.map(([name]) => shortName(name))
  return columns.map(([sent, values], index): Column => {
    // The name contains the offset, which a declared format still needs.
    if (TIME_NAME.test(sent)) return keepsTimes ? [sent, values] : ['time', convertTimes(sent, values, warnings)]
    const { name, unit, serial } = names[index] ?? shortName(sent)
    const isUnique = names.filter((other) => other.name.toLowerCase() === name.toLowerCase()).length === 1
    const fullName = isUnique || !serial ? name : `${name} ${serial}`
    return unit ? [fullName, values, unit] : [fullName, values]
  })
}

function shortName(sent: string): { name: string; unit?: string; serial?: string } {
  const [, quantity = sent, unit = '', details = ''] = COLUMN_NAME.exec(sent) ?? []
  const label = /\bLBL:\s*([^,)]+)/.exec(details)?.[1]?.trim()
  const serial = /\bSEN S\/N:\s*([^,)]+)/.exec(details)?.[1]?.trim()
  const name = label ? `${quantity.trim()} ${label}` : quantity.trim()
  return { name, ...(unit.trim() && { unit: unit.trim() }), ...(serial && { serial }) }
}

const ORDERS = [
  { text: 'month/day/year', order: [2, 0, 1] },
  { text: 'day/month/year', order: [2, 1, 0] },
  { text: 'year/month/day', order: [0, 1, 2] },
] as const

function convertTimes(name: string, values: readonly unknown[], warnings: Warnings): readonly unknown[] {
  const [, sign = '+', hours = '00', minutes = '00'] = TIME_NAME.exec(name) ?? []
  const matches = values.map((value) => (typeof value === 'string' ? TIME.exec(value) : null))
  const dates = matches.flatMap((match) => (match ? [match.slice(1, 4)] : []))
  const found = ORDERS.find(({ order }) => dates.every((date) => isDate(order.map((part) => date[part] ?? ''))))
  if (!found || dates.length === 0) return values
  const offset = `${sign}${hours}:${minutes}`
  warnings.note(`the times are read as ${found.text} with the offset ${offset}`)
  return values.map((value, row) => {
    const match = matches[row]
    if (!match) return value
    const [year = '', month = '', day = ''] = found.order.map((part) => match[part + 1])
    const [hour = '', minute = '', second = '00', fraction = '', half] = match.slice(4)
    const clock = to24Hours(Number(hour), half?.slice(0, 1))
    const date = `${year.length < 3 ? `20${year.padStart(2, '0')}` : year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
    return `${date}T${String(clock).padStart(2, '0')}:${minute}:${second}${fraction}${offset}`
  })
}

const isDate = ([year = '', month = '', day = '']: string[]): boolean =>
  (year.length === 2 || year.length === 4) && isBetween(month, 12) && isBetween(day, 31)
const isBetween = (text: string, max: number): boolean => text.length <= 2 && Number(text) >= 1 && Number(text) <= max
