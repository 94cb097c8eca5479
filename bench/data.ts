import { encode } from '@msgpack/msgpack'

/** Columns of a table, before encoding. */
export type Table = Record<string, readonly number[]>

export interface Format {
  name: string
  type: string
  /** A text, or bytes where API Gateway passes bytes on, in base64. */
  encode(table: Table): Uint8Array | string
}

const toRows = (table: Table): number[][] => {
  const columns = Object.values(table)
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] ?? 0))
}

export const FORMATS: readonly Format[] = [
  {
    name: 'CSV',
    type: 'text/csv',
    encode: (table) => [Object.keys(table), ...toRows(table)].map((row) => row.join(',')).join('\n'),
  },
  { name: 'JSON', type: 'application/json', encode: (table) => JSON.stringify(table) },
  {
    name: 'form',
    type: 'application/x-www-form-urlencoded',
    encode(table) {
      const names = Object.keys(table)
      const pairs = (row: number[]): string => row.map((cell, index) => `${names[index]}=${cell}`).join('&')
      return Buffer.from(toRows(table).map(pairs).join('&'))
    },
  },
  { name: 'MessagePack', type: 'application/msgpack', encode: (table) => encode(table) },
]

/** A generator of pseudo-random numbers from 0 to 1 (mulberry32), so that every run measures the same data. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Readings of a sensor, one per minute. Each column drifts slowly around its own level, plus noise of up to `noise` steps
 * of its last decimal.
 */
export function sensorTable(rows: number, start: number, { columns = 5, noise = 3, seed = 1 } = {}): Table {
  const random = seededRandom(seed + start)
  const time = Array.from({ length: rows }, (_, row) => start + row * 60)
  const readings = Array.from({ length: columns - 1 }, (_, column): [string, number[]] => {
    const decimals = column % 3
    const [level, unit] = [20 * 3 ** (column % 5), 10 ** decimals]
    return [
      `sensor_${column}`,
      time.map((at) => {
        const drift = level * 0.2 * Math.sin(at / 14_000 + column)
        return Math.round((level + drift) * unit + (random() - 0.5) * 2 * noise) / unit
      }),
    ]
  })
  return { time, ...Object.fromEntries(readings) }
}
