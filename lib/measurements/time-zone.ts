/** Offsets change at whole quarters of an hour since this time (UNIX seconds); earlier ones are exact without a cache. */
const QUARTERS_FROM = Date.UTC(1973, 0) / 1000
const QUARTER = 900
const DAY = 86_400
/** Offsets of a zone in the cache, about a century of days. It is emptied beyond. */
const MAX_CACHED = 40_000
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

interface Zone {
  format: Intl.DateTimeFormat
  /** Offsets by UNIX seconds. */
  offsets: Map<number, number>
}

const zones = new Map<string, Zone>()

/** The name of an IANA time zone as Intl spells it; undefined for other texts. */
export function findTimeZone(name: string): string | undefined {
  // Intl accepts offsets such as +01:00 too, but these need no rules and are clearer in the times themselves.
  if (!/^[A-Za-z]/.test(name)) return undefined
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

function zoneOf(name: string): Zone {
  const known = zones.get(name)
  if (known) return known
  const zone = {
    format: new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' }),
    offsets: new Map<number, number>(),
  }
  zones.set(name, zone)
  return zone
}

function findOffset({ format }: Zone, seconds: number): number {
  const [, sign, hours = 0, minutes = 0, rest = 0] = OFFSET.exec(format.format(seconds * 1000)) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest))
}

/** Seconds east of UTC at a time in UNIX seconds. */
export function offsetAt(name: string, seconds: number): number {
  const zone = zoneOf(name)
  if (seconds < QUARTERS_FROM) return findOffset(zone, seconds)
  const day = seconds - (seconds % DAY)
  const offset = cachedOffset(zone, day)
  // No clock changes twice within a day.
  return cachedOffset(zone, day + DAY) === offset ? offset : cachedOffset(zone, seconds - (seconds % QUARTER))
}

function cachedOffset(zone: Zone, seconds: number): number {
  const cached = zone.offsets.get(seconds)
  if (cached !== undefined) return cached
  if (zone.offsets.size >= MAX_CACHED) zone.offsets.clear()
  const offset = findOffset(zone, seconds)
  zone.offsets.set(seconds, offset)
  return offset
}

/**
 * UNIX seconds of a local time, which is given as seconds as if in UTC. A time that the clock skips moves forward by the
 * length of the gap; of two equal times, the first is returned. Temporal calls this `compatible`.
 */
export function toUtcSeconds(local: number, zone: string): number {
  const [before, after] = [offsetAt(zone, local - DAY), offsetAt(zone, local + DAY)]
  if (offsetAt(zone, local - before) === before || before === after) return local - before
  return offsetAt(zone, local - after) === after ? local - after : local - before
}
