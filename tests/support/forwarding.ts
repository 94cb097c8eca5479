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
  /** One run of the scheduled function. */
  forward(): Promise<void>
  /** Advances the clock of the functions and the fake, and then forwards. */
  later(ms: number): Promise<void>
  /** The values that arrived, as `sensor title value` without times. */
  arrived(): string[]
  /** The number of requests to openSenseMap for a path, written as `POST /boxes/:id/data`. */
  calls(route: string): number
  stop(): Promise<void>
}

export const MINUTE = 60_000
export const HOUR = 3_600_000

/** An instance that forwards to the fake, with a clock that tests set. */
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

/** `count` readings a second apart, the last of them a minute ago. Each has its own value, from `first` upwards. */
export const readings = (count: number, first = 0, endedAgo = MINUTE) => ({
  time: Array.from({ length: count }, (_, row) => (Date.now() - endedAgo) / 1000 - (count - 1 - row)),
  scd30_co2_ppm: Array.from({ length: count }, (_, row) => first + row),
})

/** The same number of each value, for columns that do not change. */
export const filled = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

export const POSTS = 'POST /boxes/:id/data'

/** A block of a box to store: its rows under the names of their columns. */
export interface BlockOfBox {
  box: string
  key: string
  timed?: boolean
  columns: [string, Cell[]][]
}

/** Stores blocks of a client as separate uploads would, but faster. */
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
  await store.storeBlocks({ clientId }, blocks, receipt, {
    nameless: false,
    deadline: Date.now() + 60_000,
    attributesOf: (block) => dueAttributes(block.columns.has('box') ? block.source : 'generic', block),
  })
}
