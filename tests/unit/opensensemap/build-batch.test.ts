import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import type { BatchPart, PendingBlock } from '../../../lib/opensensemap/batch.ts'
import type { ForwardingRun, LeasedBox } from '../../../lib/opensensemap/box-lease.ts'
import { buildBatch } from '../../../lib/opensensemap/build-batch.ts'
import { dueBlocks, findDueBlock, saveRowCount } from '../../../lib/opensensemap/store-due-blocks.ts'

vi.mock(import('../../../lib/opensensemap/store-due-blocks.ts'), () => ({
  dueBlocks: vi.fn(),
  findDueBlock: vi.fn(),
  saveRowCount: vi.fn(async () => true),
}))
vi.mock(import('../../../lib/opensensemap/repeated-rows.ts'), () => ({
  findRepeatedRows: async () => new Set<number>(),
}))

const NOW = Date.parse('2026-05-03T12:00:00.000Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A block with one row for each time. */
function pending(
  key: string,
  times: readonly number[],
  more: Partial<PendingBlock> = {},
): PendingBlock & { box: string } {
  const columns: [string, Cell[]][] = [
    ['time', [...times]],
    ['a_b_c', times.map((_, row) => row)],
  ]
  return {
    ...{
      series: 'client#box',
      source: 'box',
      key,
      box: 'generic',
      timeColumn: 'time',
      rows: times.length,
      last: Math.max(...times),
      sentRows: 0,
    },
    ...{ receivedAt: NOW, matchedChecksums: [], failedChecksums: [], columns: new Map(columns) },
    ...more,
  }
}
const untimed = (key: string, ago: number) => pending(key, [0], { timeColumn: null, receivedAt: NOW - ago })
const many = (count: number, make: (key: string) => PendingBlock & { box: string }) =>
  Array.from({ length: count }, (_, index) => make(String(10_000 + index)))

let asked = 0
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  vi.mocked(saveRowCount).mockClear()
  asked = 0
  return () => vi.useRealTimers()
})

/** The batch of these blocks, which are due in this order. Reading a block lasts `readMs`. */
async function composed(
  blocks: readonly (PendingBlock & { box: string })[],
  { begun = [], at_most, readMs = 0 }: { begun?: BatchPart[]; at_most?: number; readMs?: number } = {},
) {
  vi.mocked(dueBlocks).mockImplementation(async function* () {
    for (const { series, key } of blocks) yield { series, block: key }
  })
  vi.mocked(findDueBlock).mockImplementation(async ({ block }) => {
    asked += 1
    vi.setSystemTime(Date.now() + readMs)
    return blocks.find(({ key }) => key === block) ?? null
  })
  const run: ForwardingRun = {
    ...{ deadline: NOW + 40_000, limit: NOW + 50_000 },
    settings: {
      OSEM_UPLOAD: true,
      OSEM_CLIENTS: undefined,
      OSEM_BOXES: /^/,
      OSEM_COLUMNS: /^/,
      OSEM_DEFAULT_POSITION: undefined,
      OSEM_MAX_ATTEMPTS: 30,
      OSEM_MAX_POSITION_CHANGE: Infinity,
      OSEM_MIN_SECONDS_BETWEEN_UPLOADS: 0,
    },
    asAccount: () => expect.unreachable(),
    accountBoxes: () => expect.unreachable(),
    waitForSlot: () => expect.unreachable(),
    pause: () => expect.unreachable(),
    summary: { boxes: 0, posts: 0, measurements: 0, left_out: 0, failed: 0 },
  }
  const progress = { position: null, last: {} }
  const claimed: LeasedBox = {
    ...{ run, digest: 'digest', previousServedAt: 0, save: () => expect.unreachable() },
    state: { box: 'generic', served_at: 0, due_at: 0, failures: 0, begun, progress, newest: {}, at_most },
  }
  const { batch, ...rest } = await buildBatch(run, claimed, null)
  return { ...rest, batch, keys: batch.parts.map(({ block }) => block) }
}
const begunPart = (block: string): BatchPart => ({ series: 'client#box', block, from: 0, rows: 1, whole: false })

describe('a batch', () => {
  it('contains blocks in progress, then due blocks, each of them once', async () => {
    const blocks = [pending('1', [NOW - 3]), pending('2', [NOW - 2, NOW - 1]), pending('3', [NOW])]
    const { keys, batch, isFull, ended } = await composed(blocks, { begun: [begunPart('2')] })
    expect(keys).toEqual(['2', '1', '3'])
    expect(batch.parts[0]).toEqual({ ...begunPart('2'), from: 1, rows: 2, whole: true })
    expect([isFull, ended]).toEqual([false, []])
    expect(saveRowCount).not.toHaveBeenCalled()
  })

  it('continues a block after the rows that were sent', async () => {
    const { batch } = await composed([pending('1', [NOW - 2, NOW - 1], { sentRows: 1 })])
    expect(batch.measurements).toMatchObject([{ value: 1 }])
  })

  it('reports blocks in progress that are no longer due, and saves the number of their rows', async () => {
    const { ended, keys } = await composed([pending('1', [NOW])], { begun: [begunPart('gone'), begunPart('1')] })
    expect(ended).toEqual([begunPart('gone')])
    expect(vi.mocked(saveRowCount).mock.calls).toEqual([[begunPart('gone')]])
    expect(keys).toEqual(['1'])
  })

  it.each([
    [2, ['1', '2'], true],
    [3, ['1', '2', '3'], true],
    [4, ['1', '2', '3'], false],
  ])('contains %d blocks if that is the limit', async (at_most, wanted, expectFull) => {
    const { keys, isFull } = await composed(
      ['1', '2', '3'].map((key) => pending(key, [NOW])),
      { at_most },
    )
    expect([keys, isFull]).toEqual([wanted, expectFull])
  })

  it('is full with 2,500 measurements', async () => {
    const times = Array.from({ length: 1_300 }, (_, row) => NOW - 2_000 + row)
    const { batch, isFull } = await composed([pending('1', times), pending('2', times), pending('3', times)])
    expect(batch.measurements).toHaveLength(2_500)
    expect([isFull, asked]).toEqual([true, 3])
  })

  it('ends before the keys of its blocks make its item too large', async () => {
    const series = `client#${'漢'.repeat(250)}`
    const { keys, isFull } = await composed(many(200, (key) => pending(key, [NOW], { series })))
    expect(isFull).toBe(true)
    expect(keys.length).toBeGreaterThan(60)
    expect(keys.length * Buffer.byteLength(series)).toBeLessThan(61_000)
    const short = await composed(many(200, (key) => pending(key, [NOW])))
    expect([short.isFull, short.keys.length]).toEqual([false, 200])
  })
})

describe('blocks', () => {
  it('without times wait until their upload can no longer be rolled back', async () => {
    const { keys, batch, isFull } = await composed([untimed('1', 45_000), untimed('2', 44_999), untimed('3', 44_000)])
    expect(keys).toEqual(['1'])
    expect([batch.waitsUntil, isFull]).toEqual([NOW + 1, false])
  })

  it('are reported if they are more than a day ahead; others wait', async () => {
    const blocks = [pending('1', [NOW + DAY]), pending('2', [NOW + DAY + 1]), pending('3', [NOW, NOW + 9 * DAY])]
    const { keys, future, batch } = await composed(blocks)
    expect(future).toEqual([{ series: 'client#box', block: '2', from: 0, rows: 0, whole: false }])
    expect(keys).toEqual(['3'])
    expect(batch.waitsUntil).toBe(NOW + DAY)
  })

  it('in progress and more than a day ahead are reported with their row count', async () => {
    const { future } = await composed([pending('1', [NOW, NOW + 2 * DAY])], { begun: [begunPart('1')] })
    expect(future).toEqual([{ series: 'client#box', block: '1', from: 1, rows: 1, whole: false }])
  })

  it('are read up to a thousand', async () => {
    const { isFull, batch } = await composed(many(1_200, (key) => untimed(key, 0)))
    expect([asked, isFull, batch.parts]).toEqual([1_000, true, []])
    asked = 0
    expect(await composed(many(990, (key) => untimed(key, 0)))).toMatchObject({ isFull: false })
    expect(asked).toBe(990)
  })

  it('are read until the deadline', async () => {
    const { isFull, keys } = await composed(
      many(200, (key) => pending(key, [NOW])),
      { readMs: 1_000 },
    )
    // Ten at a time.
    expect([asked, isFull, keys.length]).toEqual([50, true, 50])
  })

  it('that wait do not displace due blocks', async () => {
    const waiting = many(900, (key) => pending(key, [NOW - 1, NOW + 20 * HOUR], { sentRows: 1 }))
    const { keys } = await composed([...waiting, pending('due', [NOW])])
    expect(keys).toEqual(['due'])
  })
})
