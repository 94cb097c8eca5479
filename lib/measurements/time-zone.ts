/** Offsets change at whole quarters of an hour since this time (UNIX seconds); earlier ones are not cached. */
const QUARTERS_FROM = Date.UTC(1973, 0) / 1000
const QUARTER = 900
const DAY = 86_400
/** Slots of a year of times, a quarter of an hour apart. The cache is emptied beyond. */
const MAX_SLOTS = 40_000
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

interface Zone {
  format: Intl.DateTimeFormat
  /** Offsets by quarter of an hour. */
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
  const zone = zones.get(name) ?? {
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
  const slot = Math.floor(seconds / QUARTER)
  const cached = zone.offsets.get(slot)
  if (cached !== undefined) return cached
  if (zone.offsets.size >= MAX_SLOTS) zone.offsets.clear()
  const offset = findOffset(zone, slot * QUARTER)
  zone.offsets.set(slot, offset)
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
