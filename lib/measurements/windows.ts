import { EARLIEST, LATEST } from './instant.ts'
import { offsetAt, toUtcSeconds } from './time-zone.ts'

/** Length of a window: milliseconds, days or months. A week starts on Monday. */
export type WindowLength = { unit: 'ms' | 'day' | 'week' | 'month'; size: number }

/** UNIX milliseconds, without the end. */
export interface Window {
  start: number
  end: number
}

/** Returns the window that contains a time, in UNIX milliseconds. */
export type WindowFinder = (ms: number) => Window

/** With all units of Grafana's intervals. */
const SHORT = /^(\d{1,9})(ms|s|m|min|h|d|w|y)$/
/** ISO 8601 with one unit, or with hours, minutes and seconds. */
const ISO_DATE = /^P(\d{1,9})([DWMY])$/
const ISO_CLOCK = /^PT(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?$/

const DAY_MS = 86_400_000
const WEEK_MS = 7 * DAY_MS
/** The week of the epoch, which is a Thursday. */
const FIRST_MONDAY = -3 * DAY_MS
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 }
/** @limit Downloads | years of a window */
export const MAX_WINDOW_YEARS = 10
const MAX_WINDOW_MS = MAX_WINDOW_YEARS * 366 * DAY_MS

/** Whether a window can start at a time: one with the first possible row starts earlier. */
export const canStartAt = (ms: number): boolean => ms >= EARLIEST - MAX_WINDOW_MS && ms <= LATEST

/** The length in a text such as `5m`, `1d`, `PT5M` or `P1M`; undefined for others. */
export function parseWindowLength(text: string): WindowLength | undefined {
  const length = parseShort(text) ?? parseIsoDate(text) ?? parseIsoClock(text)
  return length && length.size > 0 && approximateMs(length) <= MAX_WINDOW_MS ? length : undefined
}

const approximateMs = ({ unit, size }: WindowLength): number =>
  size * { ms: 1, day: DAY_MS, week: WEEK_MS, month: 30.5 * DAY_MS }[unit]

function parseShort(text: string): WindowLength | undefined {
  const [, digits, unit = ''] = SHORT.exec(text) ?? []
  if (digits === undefined) return undefined
  const [size, ms] = [Number(digits), UNIT_MS[unit]]
  if (ms !== undefined) return { unit: 'ms', size: size * ms }
  return unit === 'y' ? { unit: 'month', size: size * 12 } : { unit: unit === 'd' ? 'day' : 'week', size }
}

function parseIsoDate(text: string): WindowLength | undefined {
  const [, digits, unit] = ISO_DATE.exec(text) ?? []
  if (digits === undefined) return undefined
  if (unit === 'D' || unit === 'W') return { unit: unit === 'D' ? 'day' : 'week', size: Number(digits) }
  return { unit: 'month', size: Number(digits) * (unit === 'Y' ? 12 : 1) }
}

function parseIsoClock(text: string): WindowLength | undefined {
  const match = ISO_CLOCK.exec(text)
  if (!match) return undefined
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((digits) => Number(digits ?? 0))
  return { unit: 'ms', size: ((hours * 60 + minutes) * 60 + seconds) * 1_000 }
}

/** Whether windows of this length can be aligned to a time zone: whole days, or parts of a day. */
export const fitsTimeZone = ({ unit, size }: WindowLength): boolean => unit !== 'ms' || size <= DAY_MS

/**
 * Returns the windows of a length. They are aligned to the epoch, and with a time zone to its calendar. Days of a zone may
 * have 23 or 25 hours. Windows below a day follow each other from the midnight of the zone; the last one of a day may be
 * shorter.
 */
export function makeWindowFinder({ unit, size }: WindowLength, zone?: string): WindowFinder {
  if (zone === undefined && unit === 'ms') return fixedWindows(size, 0)
  const midnightOf = (day: number): number =>
    zone === undefined ? day * DAY_MS : toUtcSeconds(day * 86_400, zone) * 1e3
  const dayOf = (ms: number): number => {
    const offset = zone === undefined ? 0 : offsetAt(zone, Math.floor(ms / 1_000)) * 1_000
    const day = Math.floor((ms + offset) / DAY_MS)
    // A clock that is changed around midnight shows parts of a day twice, or skips midnight.
    return ms >= midnightOf(day + 1) ? day + 1 : ms < midnightOf(day) ? day - 1 : day
  }
  const firstDays: (day: number) => [number, number] = unit === 'month' ? monthsOf(size) : daysOf(unit, size)
  const find = (ms: number): Window => {
    const [first, next] = firstDays(dayOf(ms))
    return { start: midnightOf(first), end: midnightOf(next) }
  }
  const findCached = cacheLast(find)
  if (unit !== 'ms') return findCached
  return (ms) => {
    const day = findCached(ms)
    const { start, end } = fixedWindows(size, day.start)(ms)
    return { start, end: Math.min(end, day.end) }
  }
}

/** Windows of a number of milliseconds, one of which starts at `origin`. */
export const fixedWindows =
  (size: number, origin: number): WindowFinder =>
  (ms) => {
    const start = Math.floor((ms - origin) / size) * size + origin
    return { start, end: start + size }
  }

/** Days since the epoch: the first one of a group, and that of the next group. */
const daysOf = (unit: string, count: number) => {
  const [size, first] = unit === 'week' ? [7 * count, FIRST_MONDAY / DAY_MS] : [unit === 'day' ? count : 1, 0]
  return (day: number): [number, number] => {
    const start = Math.floor((day - first) / size) * size + first
    return [start, start + size]
  }
}

const monthsOf =
  (size: number) =>
  (day: number): [number, number] => {
    const date = new Date(day * DAY_MS)
    const month = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
    const start = Math.floor(month / size) * size
    return [Date.UTC(1970, start) / DAY_MS, Date.UTC(1970, start + size) / DAY_MS]
  }

/** Rows come in the order of their times, so most are in the window of the one before. */
function cacheLast(find: WindowFinder): WindowFinder {
  let last: Window = { start: Infinity, end: -Infinity }
  return (ms) => {
    if (ms < last.start || ms >= last.end) last = find(ms)
    return last
  }
}
