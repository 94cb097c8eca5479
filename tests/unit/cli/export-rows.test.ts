import { afterEach, expect, it, vi } from 'vitest'
import { exportRows } from '../../../cli/support/export-rows.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import type { Cursor } from '../../../lib/measurements/query.ts'

afterEach(() => {
  vi.doUnmock('../../../lib/measurements/store/rows.ts')
  vi.doUnmock('../../../lib/measurements/store/time-span.ts')
  vi.resetModules()
})

/** Rows of two sources. One call reads at most two of them. */
const PLACES: Cursor[] = ['a', 'b'].flatMap((source) =>
  [0, 5, 10].map((second) => ({ source, block: `1970-01-01T00:00:${String(second).padStart(2, '0')}.000Z#x`, row: 0 })),
)

it('continues where the previous call stopped, and reports its progress', async () => {
  const starts: (Cursor | undefined)[] = []
  const rowsModule = await vi.importActual('../../../lib/measurements/store/rows.ts')
  vi.doMock('../../../lib/measurements/store/rows.ts', () => ({
    ...rowsModule,
    async *readRows(_request: unknown, start: Cursor | undefined) {
      starts.push(start)
      const from = start ? PLACES.indexOf(start) : 0
      for (const [index, at] of PLACES.slice(from, from + 2).entries())
        yield {
          series: { source: at.source },
          block: at.block,
          rows: [at.row],
          columns: [[from + index]],
          places: [1],
          order: null,
        }
      const exhausted = PLACES[from + 2]
      if (exhausted) yield { exhausted }
    },
  }))
  vi.doMock('../../../lib/measurements/store/time-span.ts', () => ({
    findTimeSpan: async () => ({ first: '1970-01-01T00:00:00.000Z', last: '1970-01-01T00:00:10.000Z' }),
  }))
  const request = {
    clientId: 'client',
    series: ['a', 'b'].map((source) => ({
      source,
      columns: new Set<string>(),
      longestSpan: 0,
      keyDelay: 0,
      units: {},
      warnings: [],
    })),
    columns: ['x', 'y'],
    selection: { columns: ['x', 'y'], tests: [], order: null, times: null, read: null },
    cursor: undefined,
    from: undefined,
    to: undefined,
  }
  const done: number[] = []
  const rows: (readonly Cell[])[] = []
  for await (const row of exportRows(request, (part) => done.push(part))) rows.push(row)
  expect(rows).toEqual([0, 1, 2, 3, 4, 5].map((value) => [null, value]))
  expect(starts).toEqual([undefined, PLACES[2], PLACES[4]])
  expect(done).toEqual([0, 0.5, 0.75, 1])

  // With a time range, the progress is relative to the range.
  const within: number[] = []
  for await (const _row of exportRows({ ...request, from: 5_000, to: 10_000 }, (part) => within.push(part)));
  expect(within).toEqual([0, 0.5, 0.5, 1])
})
