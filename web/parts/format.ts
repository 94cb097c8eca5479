import { isoTime } from '../../lib/measurements/times.ts'

/** Times are shown in UTC, or in the time zone of the browser. */
export type Zone = 'utc' | 'local'

/** Formats a number with seven digits, more than sensors have. */
export const formatNumber = (value: number): string => String(Number(value.toPrecision(7)))

/** A value with its unit. */
export const withUnit = (text: string, unit: string): string => (unit === '' ? text : `${text} ${unit}`)

/** Formats a count with thousands separators. */
export const formatCount = (count: number): string => count.toLocaleString('en')

export const rowsIn = (count: number): string => (count === 1 ? '1 row' : `${formatCount(count)} rows`)

/** UNIX milliseconds of a time in UTC that looks as the time in the zone. */
const shifted = (ms: number, zone: Zone): number =>
  zone === 'utc' ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000

/** Formats a time as `2020-05-03 12:00:00`, with milliseconds if it has any. */
export const formatTime = (ms: number, zone: Zone): string =>
  isoTime(shifted(ms, zone))
    .replace('T', ' ')
    .replace(/(?:\.000)?Z$/, '')

/** Formats an ISO time to the second. */
export const formatSecond = (iso: string, zone: Zone = 'utc'): string =>
  formatTime(Math.floor(Date.parse(iso) / 1_000) * 1_000, zone)

/** The name of a zone after a time: `UTC`, or that of the browser's zone. */
export const zoneName = (zone: Zone): string =>
  zone === 'utc' ? 'UTC' : new Intl.DateTimeFormat().resolvedOptions().timeZone

/** A time for an input of the type datetime-local. */
export const toInput = (ms: number, zone: Zone): string => isoTime(shifted(ms, zone)).slice(0, 19)

/** The ISO time of an input of the type datetime-local; an empty text for none. */
export function fromInput(value: string, zone: Zone): string {
  if (value === '') return ''
  // Without an offset, JavaScript reads a date with a clock time in the local zone.
  const ms = Date.parse(zone === 'utc' ? `${value}Z` : value)
  return Number.isNaN(ms) ? '' : isoTime(ms)
}

const AGES = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const

const ages = new Intl.RelativeTimeFormat('en')

/** How long ago a time was: `5 minutes ago`. The clock of a device may be ahead: `in 2 seconds`. */
export function formatAge(ms: number): string {
  const [size, unit] = AGES.find(([size]) => Math.abs(ms) >= size) ?? []
  return size === undefined || unit === undefined ? 'now' : ages.format(-Math.trunc(ms / size), unit)
}
