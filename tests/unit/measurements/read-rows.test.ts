import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mergeBlocks } from '../../../lib/measurements/store/merge-blocks.ts'
import type { StoredBlock } from '../../../lib/measurements/store/read-blocks.ts'
import { readBlocks } from '../../../lib/measurements/store/read-blocks.ts'
import { type RowsRequest, readRows } from '../../../lib/measurements/store/rows.ts'
import { isoTime } from '../../../lib/measurements/times.ts'

vi.mock(import('../../../lib/measurements/store/read-blocks.ts'), () => ({ readBlocks: vi.fn(), toBlock: vi.fn() }))
vi.mock(import('../../../lib/measurements/store/merge-blocks.ts'), { spy: true })

const NOW = Date.UTC(2026, 0, 1)
const SECOND = 1_000
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Two rows, at a second and `span` seconds later. */
const block = (second: number, span: number): StoredBlock => ({
  source: 'a',
  key: `${isoTime(second * SECOND)}#digest-${second}-${span}`,
  timeColumn: 'time',
  rows: 2,
  last: (second + span) * SECOND,
  columns: new Map([['time', [second, second + span]]]),
  receivedAt: NOW,
  matchedChecksums: [],
  failedChecksums: [],
})

/** The source returns the blocks, each after 10 seconds. */
function slowly(...blocks: StoredBlock[]) {
  vi.mocked(readBlocks).mockImplementation(async function* () {
    for (const next of blocks) {
      vi.setSystemTime(Date.now() + 10 * SECOND)
      yield next
    }
  })
}

const request: RowsRequest = {
  clientId: 'client',
  series: () => [
    { source: 'a', columns: new Set(['time']), longestSpan: 10 * SECOND, keyDelay: 0, units: {}, warnings: [] },
  ],
  selection: { columns: ['time'], tests: [], order: null, times: null, read: null },
  from: undefined,
  to: undefined,
  likelyRows: 10,
  deadline: NOW + 15 * SECOND,
}

async function read(more: Partial<RowsRequest> = {}) {
  const items: unknown[] = []
  for await (const item of readRows({ ...request, ...more }, undefined)) {
    items.push('exhausted' in item ? item.exhausted : [...item.rows].length)
  }
  return items
}

describe('rows of a series', () => {
  it('end after the last row that was returned before the deadline', async () => {
    slowly(block(0, 1), block(2, 1), block(4, 1))
    const { key } = block(0, 1)
    expect(await read()).toEqual([2, { source: 'a', block: key, row: 1, first: key }])
  })

  it('are an error if the deadline passes before the first row of overlapping blocks', async () => {
    slowly(block(0, 9), block(0, 8), block(0, 7))
    await expect(read()).rejects.toMatchObject({ code: 'range_too_large' })
  })

  it('are an error if too many characters must be compared for the first row', async () => {
    vi.mocked(mergeBlocks).mockImplementationOnce(async function* (_, { isExhausted }) {
      isExhausted(block(1, 1), false, 0)
      isExhausted(block(1, 2), false, 300_000_001)
      yield* []
    })
    await expect(read()).rejects.toMatchObject({ code: 'range_too_large' })
  })

  it('start earlier than the range by the longest span of a block', async () => {
    slowly(block(90, 5), block(98, 4))
    expect(await read({ from: 100 * SECOND, to: 200 * SECOND, deadline: Infinity })).toEqual([0, 1])
    expect(vi.mocked(readBlocks).mock.lastCall?.[0]).toMatchObject({
      from: isoTime(90 * SECOND),
      to: `${isoTime(200 * SECOND)}~`,
    })
  })
})
