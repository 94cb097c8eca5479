import { expect, vi } from 'vitest'
import type { FakeOpenSenseMap } from '../../dev/fakes/opensensemap.ts'
import type { Cell } from '../../lib/measurements/cells.ts'
import { dueAttributes } from '../../lib/opensensemap/due-index.ts'
import { type Latchkey, startLatchkey } from './latchkey.ts'
import { fieldsOf } from './responses.ts'

export interface Forwarding {
  latchkey: Latchkey
  osem: FakeOpenSenseMap
  clientId: string
  /** Stores a table of columns, which must succeed at once. */
  upload(columns: Record<string, readonly unknown[]>, headers?: Record<string, string>): Promise<void>
  /** One run of the function that the schedule begins. */
  forward(): Promise<void>
  /** Moves the clock on, for the functions and the fake alike, and then forwards. */
  later(ms: number): Promise<void>
  /** What arrived, as `sensor title value` without times. */
  arrived(): string[]
  /** How often openSenseMap was asked for a path, written as `POST /boxes/:id/data`. */
  calls(route: string): number
  stop(): Promise<void>
}

export const MINUTE = 60_000
export const HOUR = 3_600_000

/** A Latchkey that forwards to the fake; the clock is one that tests move. */
export async function startForwarding(settings: Record<string, string> = {}): Promise<Forwarding> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const latchkey = await startLatchkey({ OSEM_UPLOAD: 'true', ...settings })
  const { client_id: clientId } = await latchkey.register()
  const osem = latchkey.openSenseMap
  const forward = () => latchkey.runScheduled('forward-measurements.mjs')
  return {
    latchkey,
    osem,
    clientId,
    forward,
    async upload(columns, headers = {}) {
      const token = await latchkey.token(clientId)
      const answer = await latchkey.upload(token, JSON.stringify(columns), 'application/json', headers)
      expect(await fieldsOf(answer)).toHaveProperty('saved-in-db')
    },
    later(ms) {
      vi.setSystemTime(Date.now() + ms)
      return forward()
    },
    arrived: () =>
      osem.measurements.map(({ box, sensor, value }) => {
        const title = osem.boxes.get(box)?.sensors.find(({ _id }) => _id === sensor)?.title
        return `${osem.boxes.get(box)?.name.replace('latchkey senseBox ', '')} ${title} ${value}`
      }),
    calls: (route) =>
      osem.calls.filter(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{24}/, ':id')}` === route).length,
    async stop() {
      vi.useRealTimers()
      await latchkey.stop()
    },
  }
}

/** So many readings, a second apart, the last a minute ago; each has a value of its own, from `first` on. */
export const readings = (count: number, first = 0, endedAgo = MINUTE) => ({
  time: Array.from({ length: count }, (_, row) => (Date.now() - endedAgo) / 1000 - (count - 1 - row)),
  scd30_co2_ppm: Array.from({ length: count }, (_, row) => first + row),
})

/** As many of each value, for columns that do not change. */
export const filled = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

export const POSTS = 'POST /boxes/:id/data'

/** A block to store, of a box: its rows under the names of their columns. */
export interface BlockOfBox {
  box: string
  key: string
  timed?: boolean
  columns: [string, Cell[]][]
}

/** Stores blocks of a client, as so many uploads would, only faster. */
export async function storeBlocks(clientId: string, tables: readonly BlockOfBox[]): Promise<void> {
  const store = await import('../../lib/measurements/store/blocks.ts')
  const blocks = tables.map(({ box, key, timed = true, columns }) => ({
    source: box,
    key,
    timeColumn: timed ? 'time' : null,
    rows: columns[0]?.[1].length ?? 0,
    span: 0,
    columns: new Map(columns),
  }))
  const receipt = { receivedAt: Date.now(), matchedChecksums: [], failedChecksums: [] }
  await store.storeBlocks(clientId, blocks, receipt, {
    nameless: false,
    deadline: Date.now() + 60_000,
    attributesOf: (block) => dueAttributes(block.columns.has('box') ? block.source : 'generic', block),
  })
}
