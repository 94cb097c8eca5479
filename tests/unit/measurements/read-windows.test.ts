import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readBlocks, type StoredBlock } from '../../../lib/measurements/store/read-blocks.ts'
import { findTimeSpan } from '../../../lib/measurements/store/time-span.ts'
import { readWindows, type WindowsRequest } from '../../../lib/measurements/store/windows.ts'
import { isoTime } from '../../../lib/measurements/times.ts'
import type { WindowCursor } from '../../../lib/measurements/window-parameters.ts'
import { makeWindowFinder } from '../../../lib/measurements/windows.ts'

vi.mock(import('../../../lib/measurements/store/read-blocks.ts'), () => ({ readBlocks: vi.fn(), toBlock: vi.fn() }))
vi.mock(import('../../../lib/measurements/store/time-span.ts'), () => ({ findTimeSpan: vi.fn() }))

const NOW = Date.UTC(2026, 0, 1)
const SECOND = 1_000
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A block of rows with these times in seconds, whose values are their times. */
const blockOf = (...seconds: number[]): StoredBlock => ({
  source: 'a',
  key: `${isoTime((seconds[0] ?? 0) * SECOND)}#digest`,
  timeColumn: 'time',
  rows: seconds.length,
  last: (seconds.at(-1) ?? 0) * SECOND,
  columns: new Map([
    ['time', seconds],
    ['a', seconds],
  ]),
  receivedAt: NOW,
  matchedChecksums: [],
  failedChecksums: [],
})

/** The series returns the blocks from the range on, each after 10 seconds. */
function slowly(...blocks: StoredBlock[]) {
  vi.mocked(readBlocks).mockImplementation(async function* ({ from }) {
    for (const next of blocks) {
      if (next.key < from) continue
      vi.setSystemTime(Date.now() + 10 * SECOND)
      yield next
    }
  })
}

const series = (source: string) => ({
  ...{ source, columns: new Set(['a', 'time']), longestSpan: 10 * SECOND, keyDelay: 0, units: {}, warnings: [] },
})
const TEN_SECONDS = makeWindowFinder({ unit: 'ms', size: 10 * SECOND })
const shape = { find: TEN_SECONDS, aggregates: ['count'], fillsGaps: false, hasBox: false } as const
const request: WindowsRequest = {
  clientId: 'client',
  series: () => [series('a')],
  selection: { columns: ['a'], tests: [], order: null, times: { column: 'time', notation: 'unix' }, read: null },
  values: ['a'],
  shape,
  cursor: undefined,
  from: undefined,
  to: undefined,
  number: 10,
  deadline: 0,
}

/** The rows of one page, and the position of the next one. */
async function page(start?: WindowCursor, more: Partial<WindowsRequest> = {}) {
  const rows: unknown[] = []
  for await (const item of readWindows({ ...request, deadline: Date.now() + 25 * SECOND, ...more }, start)) {
    if ('exhausted' in item) return { rows, next: item.exhausted }
    rows.push(...item.rows)
  }
  return { rows, next: undefined }
}

describe('windows of a series', () => {
  it('continue at the start of the window that the deadline interrupted', async () => {
    slowly(blockOf(0, 1), blockOf(2, 15), blockOf(16, 31))
    const first = await page()
    expect(first).toEqual({ rows: [[0, 3]], next: { source: 'a', from: 10 * SECOND, follows: true } })
    slowly(blockOf(2, 15), blockOf(16, 31))
    expect(await page(first.next, { deadline: Infinity })).toEqual({
      rows: [
        [10, 2],
        [30, 1],
      ],
      next: undefined,
    })
  })

  it('need no times of a block that ends within the window', async () => {
    const without = { ...blockOf(4, 9), columns: new Map([['a', [4, 9]]]) }
    slowly(blockOf(0, 3), without, blockOf(10, 11))
    expect((await page(undefined, { deadline: Infinity })).rows).toEqual([
      [0, 4],
      [10, 2],
    ])
  })

  it('are complete if the rows that were read last are not selected', async () => {
    slowly(blockOf(0, 1), blockOf(25, 26), blockOf(27, 28))
    const tests = [{ column: 'a', test: (cell: unknown) => Number(cell) < 20 }]
    const filtered = { ...request.selection, tests }
    expect(await page(undefined, { selection: filtered })).toEqual({
      rows: [[0, 2]],
      next: { source: 'a', from: 20 * SECOND, follows: true },
    })
    slowly(blockOf(0, 1), blockOf(25, 26), blockOf(27, 28))
    const none = { ...request.selection, tests: [{ column: 'a', test: () => false }] }
    expect(await page(undefined, { selection: none })).toEqual({
      rows: [],
      next: { source: 'a', from: 20 * SECOND, follows: false },
    })
  })

  it('do not fill the time before the first one after an interruption', async () => {
    slowly(blockOf(45))
    const fill = { shape: { ...shape, fillsGaps: true } }
    expect((await page({ source: 'a', from: 20 * SECOND, follows: false }, fill)).rows).toEqual([[40, 1]])
    slowly(blockOf(45))
    expect((await page({ source: 'a', from: 20 * SECOND, follows: true }, fill)).rows).toEqual([
      [20, 0],
      [30, 0],
      [40, 1],
    ])
  })

  it('are an error if one request cannot read the rows of one', async () => {
    slowly(blockOf(0, 1), blockOf(2, 3), blockOf(4, 5))
    await expect(page()).rejects.toMatchObject({ code: 'parameter_invalid', issues: [{ field: 'every' }] })
    slowly(blockOf(0, 1), blockOf(2, 3), blockOf(4, 5))
    vi.mocked(findTimeSpan).mockResolvedValue({ first: isoTime(0), last: isoTime(5 * SECOND) })
    await expect(page(undefined, { shape: { points: 2 } })).rejects.toMatchObject({ issues: [{ field: 'points' }] })
  })

  it('are an error if a window has too many values for a median', async () => {
    const seconds = new Array<number>(2_000_001).fill(1)
    slowly(blockOf(...seconds.slice(0, 3)))
    const median = { ...shape, aggregates: ['median'] } as const
    expect((await page(undefined, { shape: median })).rows).toEqual([[0, 1]])
    slowly({
      ...blockOf(1),
      rows: seconds.length,
      columns: new Map([
        ['time', seconds],
        ['a', seconds],
      ]),
    })
    await expect(page(undefined, { shape: median })).rejects.toMatchObject({ issues: [{ field: 'every' }] })
  })

  it('of the next series are on the next page if the time is used', async () => {
    slowly(blockOf(0), blockOf(15), blockOf(16))
    const two = { series: () => [series('a'), series('b')], deadline: NOW + 30 * SECOND - 1 }
    expect((await page(undefined, two)).next).toEqual({ source: 'a', from: 10 * SECOND, follows: true })
    slowly(blockOf(0))
    const deadline = Date.now() + 5 * SECOND
    expect(await page({ source: 'a' }, { ...two, deadline })).toEqual({ rows: [[0, 1]], next: { source: 'b' } })
    expect(await page({ source: 'b' }, { ...two, series: () => [series('b')], deadline: 0 })).toEqual({
      rows: [],
      next: { source: 'b' },
    })
  })
})
