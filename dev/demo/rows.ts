import type { DemoBox, Value } from './boxes.ts'

/** A table of columns, as POST /upload accepts it. */
export interface DemoTable {
  time: number[]
  box: string
  [column: string]: Value[] | string
}

/**
 * The rows of a box after `after` until `now` (both UNIX seconds), at multiples of its interval. At most its history is
 * returned, without its outage.
 */
export function rowsOf(box: DemoBox, now: number, after = 0): DemoTable {
  const { interval, history, columns, name, position } = box
  const [from, to] = (box.outage ?? [0, 0]).map((before) => now - before)
  const first = Math.ceil(Math.max(now - history, after + 1) / interval) * interval
  const count = Math.max(0, Math.floor((now - first) / interval) + 1)
  const time = Array.from({ length: count }, (_, row) => first + row * interval).filter(
    (at) => box.outage === undefined || at < (from ?? now) || at >= (to ?? now),
  )
  return {
    time,
    box: name,
    lat: time.map(() => position.lat),
    lon: time.map(() => position.lon),
    ...Object.fromEntries(Object.entries(columns).map(([column, at]) => [column, time.map(at)])),
  }
}
