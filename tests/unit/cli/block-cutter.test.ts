import { describe, expect, it } from 'vitest'
import { type CutBlock, cutBlocks } from '../../../cli/import/block-cutter.ts'
import type { ImportedRow } from '../../../cli/import/co2logserver-rows.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Start of a week by which blocks are cut. */
const START = 2_600 * 7 * DAY

type Changes = Partial<Omit<ImportedRow, 'cells'>> & { cells?: Record<string, number | string> }

/** A row of a source, measured this number of milliseconds after `START` and received a second later. */
function row(after: number, { cells = {}, ...changes }: Changes = {}): ImportedRow {
  const time = START + after
  const { source = 'default' } = changes
  const box = source === 'default' ? {} : { box: source }
  const own = { time: time / 1000, time_upload_utc: time / 1000 + 1, ...box, ...cells }
  return {
    source,
    named: source !== 'default',
    timeColumn: 'time',
    time,
    receivedAt: time + 1000,
    matchedChecksums: [],
    failedChecksums: [],
    cells: Object.entries(own),
    ...changes,
  }
}

const many = (count: number, make: (index: number) => ImportedRow) =>
  Array.from({ length: count }, (_, index) => make(index))
const cut = (rows: (ImportedRow | null)[], ends: number[] = [], waiting?: number): CutBlock[] => [
  ...cutBlocks(rows, ends, waiting),
]
const rowsOf = (cuts: CutBlock[]) => cuts.map(({ block }) => block.rows)
const keysOf = (cuts: CutBlock[]) => cuts.map(({ block }) => `${block.source} ${block.key}`)

describe('cutBlocks', () => {
  it('fills blocks up to the limits of an upload', () => {
    const cuts = cut(many(3000, (index) => row(index * 60_000)))
    expect(rowsOf(cuts)).toEqual([1440, 1440, 120])
    const text = 'x'.repeat(1000)
    const wide = cut(many(1000, (index) => row(index, { cells: { text } })))
    expect(wide.length).toBe(4)
    expect(wide.reduce((sum, { block }) => sum + block.rows, 0)).toBe(1000)
  })

  it('yields a block as soon as it is full', () => {
    let read = 0
    function* rows() {
      for (; ; read += 1) yield row(read)
    }
    for (const { block } of cutBlocks(rows(), [])) {
      expect([block.rows, read]).toEqual([1440, 1440])
      break
    }
  })

  it('creates valid blocks from many rows that share few columns', () => {
    const sparse = cut(many(1400, (index) => row(index, { cells: { [`c${index}`]: 1 } })))
    expect(sparse.reduce((sum, { block }) => sum + block.rows, 0)).toBe(1400)
    expect(Math.min(...rowsOf(sparse.slice(0, -1)))).toBeGreaterThan(300)
    // The cutter splits blocks again that an upload would find too large.
    expect(sparse.length).toBeLessThan(5)
  })

  it('separates sources, receipts, time columns and weeks of interleaved rows', () => {
    const kinds: Changes[] = [
      {},
      { source: 'one' },
      { source: 'default', named: true, cells: { box: 'default' } },
      { timeColumn: 'time_upload_utc' },
      { matchedChecksums: ['md5'] },
      { failedChecksums: ['md5'] },
    ]
    const rows = many(600, (index) => row(index % 2 === 0 ? index : index + 7 * DAY, kinds[(index >> 1) % 6]))
    const cuts = cut(rows)
    expect(rowsOf(cuts)).toEqual(Array(12).fill(50))
    expect(cuts.filter(({ receipt }) => receipt.matchedChecksums.join() === 'md5')).toHaveLength(2)
    expect(cuts.filter(({ receipt }) => receipt.failedChecksums.join() === 'md5')).toHaveLength(2)
    expect(cuts.filter(({ block }) => block.timeColumn === 'time_upload_utc')).toHaveLength(2)
    expect(Math.max(...cuts.map(({ block }) => block.span))).toBeLessThan(HOUR)
  })

  it('sorts rows by time and uses the latest receipt', () => {
    const [only] = cut([row(9000), row(5000, { cells: { co2: 2 } }), row(1000, { cells: { co2: 1 } }), row(2000)])
    expect(only?.block.columns.get('co2')).toEqual([1, null, 2, null])
    expect(only?.block.key.startsWith(new Date(START + 1000).toISOString())).toBe(true)
    expect(only?.receipt.receivedAt).toBe(START + 10_000)
  })

  it('stores every one of several equal rows', () => {
    const cuts = cut(many(4000, () => row(0)))
    expect(rowsOf(cuts)).toEqual([1440, 1440, 1120])
    expect(new Set(keysOf(cuts)).size).toBe(3)
    expect(cuts.map(({ block }) => block.repeats?.[0])).toEqual([undefined, 1440, undefined])
    // Also if only their receipts differ, which are not part of the name of a block.
    const twice = cut([row(0), row(0, { matchedChecksums: ['md5'] })])
    expect(new Set(keysOf(twice)).size).toBe(2)
  })

  it('returns the same blocks for the same rows', () => {
    const rows = many(5000, (index) => row((index % 97) * HOUR, { source: `s${index % 3}`, cells: { co2: index } }))
    expect(keysOf(cut(rows))).toEqual(keysOf(cut(rows)))
  })

  it('limits the rows in memory and cuts those that have waited longest', () => {
    const rows = many(1000, (index) => row(index, { source: `s${index % 10}` }))
    const cuts = cut(rows, [], 2_000)
    expect(cuts.length).toBeGreaterThan(50)
    expect(cuts.reduce((sum, { block }) => sum + block.rows, 0)).toBe(1000)
    expect(keysOf(cut(rows, [], 2_000))).toEqual(keysOf(cuts))
    const busy = many(100, (index) => row(index))
    const [slow, ...others] = cut([row(0), row(0, { source: 'slow' }), ...busy], [], 2_000)
    expect(slow?.block.source).toBe('slow')
    expect(rowsOf(others)).toEqual([76, 25])
  })

  it('starts new blocks where an earlier file ended', () => {
    const before = many(2000, (index) => row(index * 1000))
    const after = many(2000, (index) => row(index * 1000, { cells: { co2: index } }))
    const grown = cut([...before, ...after], [2000])
    expect(keysOf(grown).slice(0, 2)).toEqual(keysOf(cut(before)))
    expect(rowsOf(grown)).toEqual([1440, 560, 1440, 560])
    expect(rowsOf(cut([...before, ...after]))).toEqual([1440, 1440, 1120])
  })

  it('includes invalid rows when it locates the earlier end', () => {
    expect(rowsOf(cut([row(1), null, row(2), row(3)], [2]))).toEqual([1, 2])
    expect(cut([null, null], [1])).toEqual([])
    expect(cut([])).toEqual([])
  })
})
