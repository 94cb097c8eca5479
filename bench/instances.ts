import { CACHE_MS } from '../lib/measurements/store/known-series.ts'

const MINUTE_MS = 60_000
/** Mean duration of an upload, and that of a cold start. */
const CALL_MS = 25
const COLD_MS = 400
/** Until each instance has what it will remember: longer than it remembers anything, or a few uploads of each device. */
const WARM_UP_MINUTES = 20
const MEASURED_MINUTES = 4
const MOST_UPLOADS = 4_000_000

export interface FleetUse {
  /** Function instances at the end. */
  instances: number
  /** Share of the uploads whose instance has not seen their series lately. */
  unknown: number
}

/**
 * Simulates devices that upload once a minute, each at its own second. Lambda starts an instance if none is idle, and
 * else chooses one at random. Each instance remembers the series that it has seen for 15 minutes.
 */
export function simulateFleet(devices: number): FleetUse {
  const phases = Float64Array.from({ length: devices }, () => Math.random() * MINUTE_MS).sort()
  const minutes = Math.min(WARM_UP_MINUTES + MEASURED_MINUTES, Math.max(Math.floor(MOST_UPLOADS / devices), 2))
  const measuredFrom = Math.max(minutes - MEASURED_MINUTES, 1)
  const seen: Map<number, number>[] = []
  const idle: number[] = []
  /** Instances by the millisecond in which they end their call. */
  const busy = new Map<number, number[]>()
  let [clock, uploads, unknown] = [0, 0, 0]
  for (let minute = 0; minute < minutes; minute += 1) {
    for (const [device, phase] of phases.entries()) {
      const now = minute * MINUTE_MS + phase
      for (; clock <= now; clock += 1) {
        idle.push(...(busy.get(clock) ?? []))
        busy.delete(clock)
      }
      const { instance, ms } = acquire(seen, idle)
      const endsAt = Math.ceil(now + ms)
      busy.set(endsAt, [...(busy.get(endsAt) ?? []), instance])
      const series = seen[instance]
      const isKnown = (series?.get(device) ?? 0) > now
      if (!isKnown) series?.set(device, now + CACHE_MS)
      if (minute < measuredFrom) continue
      uploads += 1
      if (!isKnown) unknown += 1
    }
  }
  return { instances: seen.length, unknown: unknown / uploads }
}

/** An idle instance, or a new one. */
function acquire(seen: Map<number, number>[], idle: number[]): { instance: number; ms: number } {
  const last = idle.pop()
  if (last === undefined) return { instance: seen.push(new Map()) - 1, ms: COLD_MS }
  const at = Math.floor(Math.random() * (idle.length + 1))
  const instance = idle[at] ?? last
  if (at < idle.length) idle[at] = last
  return { instance, ms: Math.max(-Math.log(1 - Math.random()) * CALL_MS, 1) }
}
