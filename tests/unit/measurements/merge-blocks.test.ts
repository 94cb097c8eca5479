import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstRowTime } from '../../../lib/measurements/block-key.ts'
import { toBlocks } from '../../../lib/measurements/blocks.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { compareText } from '../../../lib/measurements/compare.ts'
import { rowContents } from '../../../lib/measurements/row-contents.ts'
import { mergeBlocks, type Position } from '../../../lib/measurements/store/merge-blocks.ts'
import type { StoredBlock } from '../../../lib/measurements/store/read-blocks.ts'
import { rowTime } from '../../../lib/measurements/times.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { runs } from '../../support/property.ts'

/** Seconds and a value; null for a row without a time. */
type Row = readonly [time: number | null, value: Cell]

const RECEIVED = Date.UTC(2026, 0, 1)

/** The blocks of uploads, in the order of their receipt. Equal blocks are stored once. */
function store(uploads: readonly (readonly Row[])[]): StoredBlock[] {
  const stored = new Map<string, StoredBlock>()
  for (const [index, rows] of uploads.entries()) {
    const receivedAt = RECEIVED + index
    // Notations, column names and the order of columns differ between uploads.
    const notate = (time: number | null): Cell =>
      time === null || index % 2 === 0 ? time : new Date(time * 1000).toISOString()
    const columns = new Map([
      ['a', rows.map(([, value]) => value)],
      [index % 3 === 0 ? 'timestamp' : 'time', rows.map(([time]) => notate(time))],
    ])
    const context = { timeColumns: ['time', 'timestamp'], participant: undefined, receivedAt, uploadId: String(index) }
    for (const block of toBlocks({ rows: rows.length, columns }, context, new Warnings())) {
      const receipt = { receivedAt, matchedChecksums: [], failedChecksums: [] }
      if (!stored.has(block.key))
        stored.set(block.key, { ...block, ...receipt, last: firstRowTime(block.key) + block.span })
    }
  }
  return [...stored.values()].sort((a, b) => compareText(a.key, b.key))
}

async function* from(blocks: readonly StoredBlock[], first = '0') {
  for (const block of blocks) if (block.key >= first) yield block
}

const SETTINGS = { keyDelay: 0, isComplete: true, isExhausted: () => false }
type Options = Parameters<typeof mergeBlocks>[1]

/** The rows after a position, and where to resume after each of them. */
async function read(blocks: readonly StoredBlock[], options: Partial<Options> = {}, start?: Position) {
  const rows: { text: string; time: number; at: Position }[] = []
  for await (const item of mergeBlocks(from(blocks, start?.first), { ...SETTINGS, start, ...options })) {
    if ('reason' in item) return { rows, next: item.last, reason: item.reason }
    const contentOf = rowContents(item.block)
    for (const row of item.rows) {
      rows.push({
        text: contentOf(row),
        time: rowTime(item.block, row),
        at: { block: item.block.key, row, first: item.first },
      })
    }
  }
  return { rows, next: undefined, reason: undefined }
}

const textsOf = (rows: readonly { text: string }[]): string[] => rows.map(({ text }) => text)

/** Each timed row as often as in the upload that has it most often, and every row without a time. */
function expectedRows(uploads: readonly (readonly Row[])[]): string[] {
  const most = new Map<string, number>()
  const untimed: string[] = []
  for (const rows of uploads) {
    const counts = new Map<string, number>()
    for (const [time, value] of rows) {
      const text = `${time === null ? '' : `${time * 1000}`}${value === null ? '' : `,"a":${JSON.stringify(value)}`}`
      if (time === null) untimed.push(text)
      else counts.set(text, (counts.get(text) ?? 0) + 1)
    }
    for (const [text, count] of counts) most.set(text, Math.max(count, most.get(text) ?? 0))
  }
  return [...most].flatMap(([text, count]) => new Array<string>(count).fill(text)).concat(untimed)
}

const row = fc.tuple(
  fc.option(fc.integer({ min: 0, max: 8 }), { freq: 12 }),
  fc.constantFrom<Cell>(1, 2, 'x', '1', true, null),
)
/** Windows of one list of rows, in any order, repeated, and rows of their own. */
const uploads = fc
  .array(row, { minLength: 1, maxLength: 20 })
  .chain((rows) =>
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(fc.nat(rows.length), fc.nat(rows.length)).map(([a, b]) => rows.slice(a, b)) },
        { weight: 1, arbitrary: fc.array(row, { maxLength: 6 }) },
      ),
      { maxLength: 6 },
    ),
  )
  .map((lists) => lists.filter((rows) => rows.length > 0))

describe('merged blocks', () => {
  it('contain every row as often as the upload that has it most often, in the order of times', () =>
    fc.assert(
      fc.asyncProperty(uploads, async (lists) => {
        const { rows } = await read(store(lists))
        expect(textsOf(rows).sort()).toEqual(expectedRows(lists).sort())
        const times = rows.map(({ time }) => time)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
      }),
      { numRuns: runs(2_000) },
    ))

  it('continue after any row, and wherever reading was exhausted', () =>
    fc.assert(
      fc.asyncProperty(uploads, async (lists) => {
        const blocks = store(lists)
        const { rows } = await read(blocks)
        for (const [index, { at }] of rows.entries()) {
          expect(textsOf((await read(blocks, {}, at)).rows)).toEqual(textsOf(rows.slice(index + 1)))
        }
        const texts: string[] = []
        let start: Position | undefined
        do {
          const page = await read(blocks, { isExhausted: (_, hasReturned) => hasReturned }, start)
          expect(page.rows.length + Number(page.next === undefined)).toBeGreaterThan(0)
          texts.push(...textsOf(page.rows))
          start = page.next
        } while (start)
        expect(texts).toEqual(textsOf(rows))
      }),
      { numRuns: runs(500) },
    ))

  it('contain every earlier row once if uploads arrive between two pages', () =>
    fc.assert(
      fc.asyncProperty(uploads, fc.nat(6), fc.nat(20), async (lists, count, place) => {
        const before = await read(store(lists.slice(0, count)))
        const at = before.rows[place]?.at
        if (!at) return
        const after = textsOf((await read(store(lists), {}, at)).rows)
        const rest = textsOf(before.rows.slice(place + 1))
        // What arrived later may be among them, but the earlier rows are all there, in the same order.
        let found = 0
        for (const text of after) if (text === rest[found]) found += 1
        expect(found).toBe(rest.length)
      }),
      { numRuns: runs(1_000) },
    ))

  it('are the same if the keys have the times of the last rows, as in early versions', () =>
    fc.assert(
      fc.asyncProperty(uploads, async (lists) => {
        const blocks = store(lists)
        const early = blocks
          .map((block) => {
            const time = new Date(block.last).toISOString()
            return { ...block, key: block.key.replace(/^[^#]+/, time), last: block.last + 1 }
          })
          .sort((a, b) => compareText(a.key, b.key))
        const { rows } = await read(early, { keyDelay: 8_000 })
        expect(textsOf(rows).sort()).toEqual(expectedRows(lists).sort())
        for (const [index, { at }] of rows.entries()) {
          expect(textsOf((await read(early, { keyDelay: 8_000 }, at)).rows)).toEqual(textsOf(rows.slice(index + 1)))
        }
      }),
      { numRuns: runs(500) },
    ))

  it('are read again with all columns only if blocks overlap', async () => {
    const first: Row[] = [
      [1, 1],
      [2, 2],
    ]
    const second: Row[] = [
      [3, 3],
      [4, 4],
    ]
    const apart = await read(store([first, second]), { isComplete: false })
    expect([apart.rows.length, apart.reason]).toEqual([4, undefined])
    const overlapping = await read(
      store([
        first,
        second,
        [
          [4, 5],
          [5, 6],
        ],
      ]),
      { isComplete: false },
    )
    expect([overlapping.rows.length, overlapping.reason]).toEqual([2, 'incomplete'])
    const rest = await read(
      store([
        first,
        second,
        [
          [4, 5],
          [5, 6],
        ],
      ]),
      {},
      overlapping.next,
    )
    expect(rest.rows).toHaveLength(4)
  })

  it('continue after the time of the block if the block of the position was removed', async () => {
    const blocks = store([
      [
        [1, 1],
        [3, 3],
      ],
      [
        [2, 2],
        [4, 4],
      ],
    ])
    const { rows } = await read(blocks, {}, { block: `${blocks[0]?.key}-`, row: 1, first: '0' })
    expect(textsOf(rows)).toEqual(['2000,"a":2', '3000,"a":3', '4000,"a":4'])
  })

  it('are read in time, however many uploads have rows of one time', { timeout: 10_000 }, async () => {
    const [block] = store([[[1, 1]]])
    if (!block) throw new Error('no block')
    const blocks = Array.from({ length: 50_000 }, (_, index) => ({
      ...block,
      key: `${block.key}${String(index).padStart(5, '0')}`,
      columns: new Map(block.columns).set('a', [index]),
    }))
    let rows = 0
    for await (const item of mergeBlocks(from(blocks), { ...SETTINGS, start: undefined }))
      if (!('reason' in item)) rows += [...item.rows].length
    expect(rows).toBe(50_000)
  })

  it('report the characters of the rows that are compared, until these are returned', async () => {
    const blocks = store([...['a', 'b', 'c'].map((text): Row[] => [[1, text.repeat(1_000)]]), [[3, 3]], [[4, 4]]])
    const pending: number[] = []
    await read(blocks, {
      isExhausted(_block, _hasReturned, characters) {
        pending.push(characters)
        return false
      },
    })
    // The first block waits for another one with the same time.
    expect(pending.map((characters) => Math.floor(characters / 1_000))).toEqual([0, 0, 2, 0, 0])
    expect(pending.at(-1)).toBe(0)
  })

  it('keep equal rows of an import that were received together', async () => {
    const [stored] = store([
      [
        [1, 1],
        [1, 1],
        [1, 1],
        [2, 2],
      ],
    ])
    if (!stored) throw new Error('no block')
    const receipts = ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', '2020-01-01T00:10:00Z', '2020-01-01T00:10:00Z']
    const block = { ...stored, columns: new Map(stored.columns).set('time_upload_utc', receipts) }
    expect(textsOf((await read([block])).rows)).toEqual(['1000,"a":1', '1000,"a":1', '2000,"a":2'])
  })
})
