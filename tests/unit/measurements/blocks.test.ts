import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockContext, toBlocks, withReceiptTime } from '../../../lib/measurements/blocks.ts'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { cellBytes } from '../../../lib/measurements/columns.ts'
import { BLOCK_BYTES, BLOCK_ROWS } from '../../../lib/measurements/limits.ts'
import type { DataTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues, thrownProblem } from '../../support/problems.ts'
import { runs } from '../../support/property.ts'

const NOON = Date.UTC(2020, 4, 3, 12)
const DAY = 86_400
const CONTEXT: BlockContext = {
  timeColumns: ['time', 'time_utc', 'timestamp'],
  participant: undefined,
  receivedAt: NOON,
  uploadId: 'request 1',
}

function tableOf(columns: Record<string, Cell[]>): DataTable {
  const map = new Map(Object.entries(columns))
  return { rows: Math.max(0, ...[...map.values()].map((cells) => cells.length)), columns: map }
}

const blocksOf = (columns: Record<string, Cell[]>, context: Partial<BlockContext> = {}) =>
  toBlocks(tableOf(columns), { ...CONTEXT, ...context }, new Warnings())

const keysOf = (columns: Record<string, Cell[]>, context: Partial<BlockContext> = {}) =>
  blocksOf(columns, context).map(({ source, key }) => `${source} ${key}`)

const range = (length: number, from = 0) => Array.from({ length }, (_, index) => index + from)

describe('the blocks of a table', () => {
  it('contain rows in the order of their times', () => {
    expect(blocksOf({ time_utc: [43, 23], co2: [1223, 2351] })).toEqual([
      {
        source: 'default',
        // SHA-256 of [2,[["co2",[2351,1223]],["time_utc",[23,43]]],[]], its first 22 characters in base64url. It must
        // not change: a retry after a deployment has to find the block that was written before.
        key: '1970-01-01T00:00:23.000Z#zkjHBg25P5m8yiqp4ED50H',
        timeColumn: 'time_utc',
        rows: 2,
        span: 20_000,
        columns: new Map([
          ['time_utc', [23, 43]],
          ['co2', [2351, 1223]],
        ]),
      },
    ])
  })

  it('are absent for a table without rows', () => {
    expect(blocksOf({ time: [], a: [] })).toEqual([])
  })

  it('retain the order of rows with equal times', () => {
    expect(blocksOf({ time: [5, 1, 5, 1], a: [1, 2, 3, 4] })[0]?.columns.get('a')).toEqual([2, 4, 1, 3])
  })

  it('use the time of the first time column with a value', () => {
    const [block] = blocksOf({ timestamp: [1], time_utc: [2], a: [3] })
    expect([block?.timeColumn, block?.key.slice(0, 24)]).toEqual(['time_utc', '1970-01-01T00:00:02.000Z'])
  })

  it('use every format of a time', () => {
    const [block] = blocksOf({ time: ['2020-05-03T14:00:00+02:00', NOON + 1000, NOON / 1000 + 2.5, String(NOON)] })
    expect([block?.span, block?.key.slice(0, 24)]).toEqual([2500, '2020-05-03T12:00:00.000Z'])
  })

  it('belong to the box of their rows', () => {
    const sources = blocksOf({ time: [1, 2, 3], box: ['a', 'b', 'a'] }).map(({ source, rows }) => [source, rows])
    expect(sources).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  it.each([
    ['a number', 7, '7'],
    ['zero', 0, '0'],
    ['false', false, 'false'],
    ['a blank', ' ', ' '],
  ])('belong to a box that is %s', (_, box, source) => {
    expect(blocksOf({ time: [1], box: [box] })[0]?.source).toBe(source)
  })

  it.each([
    ['null', null],
    ['an empty text', ''],
  ])('belong to the participant if the box is %s', (_, box) => {
    const blocks = blocksOf({ time: [1, 2], box: [box, 'a'] }, { participant: 'p1' })
    expect(blocks.map(({ source }) => source)).toEqual(['p1', 'a'])
  })

  it('belong to the participant without a box column', () => {
    expect(blocksOf({ time: [1] }, { participant: 'p1' })[0]?.source).toBe('p1')
  })

  it('belong to "default" without a box and a participant', () => {
    expect(blocksOf({ time: [1], box: [null] })[0]?.source).toBe('default')
  })

  it('omit columns of other boxes, but not a column that is empty everywhere', () => {
    const names = blocksOf({ time: [1, 2], box: ['a', 'b'], a: [1, null], b: [null, 2], none: [null, null] }).map(
      ({ columns }) => [...columns.keys()],
    )
    expect(names).toEqual([
      ['time', 'box', 'a', 'none'],
      ['time', 'box', 'b', 'none'],
    ])
  })
})

describe('rows without a readable time', () => {
  it('have the time of receipt without a time column', () => {
    const [block] = blocksOf({ a: [1, 2] })
    expect([block?.timeColumn, block?.key.slice(0, 24), block?.span]).toEqual([null, '2020-05-03T12:00:00.000Z', 0])
  })

  it('are in separate blocks, unchanged, with a warning', () => {
    const warnings = new Warnings()
    const blocks = toBlocks(tableOf({ time: [1, 'soon', null], a: [1, 2, 3] }), CONTEXT, warnings)
    expect(blocks.map(({ timeColumn, columns }) => [timeColumn, Object.fromEntries(columns)])).toEqual([
      ['time', { time: [1], a: [1] }],
      [null, { time: ['soon', null], a: [2, 3] }],
    ])
    expect(warnings.sentences()).toEqual([
      'column "time", 2 values (first in row 2): not readable as a time, the time of receipt is used for the row',
    ])
  })

  it('have block names that depend on their upload', () => {
    const columns = { a: [1, 2] }
    expect(keysOf(columns)).toEqual(keysOf(columns))
    expect(keysOf(columns)).not.toEqual(keysOf(columns, { uploadId: 'request 2' }))
  })

  it('do not share a block name with rows that have times', () => {
    const keys = keysOf({ time: [NOON, null], a: [1, 1] }, { receivedAt: NOON })
    expect(new Set(keys).size).toBe(2)
  })

  it('have separate blocks if an upload contains the same content twice', () => {
    const keys = keysOf({ a: new Array(2_880).fill(1) })
    expect([keys.length, new Set(keys).size]).toEqual([2, 2])
  })
})

describe('blocks with another time of receipt', () => {
  const columns = { time: [1, 'soon', 2, null], box: ['a', 'a', 'b#1', 'b#1'], co2: [600, 601, 602, 603] }

  it('have the new time in their key without a time of their own', () => {
    const blocks = blocksOf(columns)
    const digests = blocks.map(({ key }) => key.slice(24))
    expect(withReceiptTime(blocks, NOON + 1_500).map(({ source, key }) => [source, key])).toEqual([
      ['a', `1970-01-01T00:00:01.000Z${digests[0]}`],
      ['a', `2020-05-03T12:00:01.500Z${digests[1]}`],
      ['b#1', `1970-01-01T00:00:02.000Z${digests[2]}`],
      ['b#1', `2020-05-03T12:00:01.500Z${digests[3]}`],
    ])
  })

  it('equal the blocks of an upload at that time, including copies', () => {
    for (const table of [columns, { a: new Array(2_880).fill(1) }, { time: [1, 2] }, {}]) {
      expect(withReceiptTime(blocksOf(table), 5_000)).toEqual(blocksOf(table, { receivedAt: 5_000 }))
    }
  })

  it('do not modify the original blocks', () => {
    const blocks = blocksOf(columns)
    withReceiptTime(blocks, 0)
    expect(blocks).toEqual(blocksOf(columns))
  })
})

const hasUntimed = (columns: Record<string, Cell[]>) =>
  toBlocks(tableOf(columns), CONTEXT, new Warnings()).some(({ timeColumn }) => timeColumn === null)

describe('blocks of rows without a time', () => {
  it.each([
    ['without a time column', { a: [1] }],
    ['with an unreadable time', { time: [1, 'soon'] }],
    ['with a missing time', { time: [1, null] }],
    ['with readable times only in a later time column', { time: [null], time_utc: [1] }],
  ])('exist %s', (_, columns) => {
    expect(hasUntimed(columns)).toBe(true)
  })

  it.each([
    ['if every row has a time', { time_utc: [1, '2020-05-03'] }],
    ['if the first time column is readable and a later one is not', { time: [1], timestamp: ['soon'] }],
    ['without rows', { time: [] }],
  ])('do not exist %s', (_, columns) => {
    expect(hasUntimed(columns)).toBe(false)
  })
})

describe('the name of a block', () => {
  const columns = { time: [1, 2, 3], box: ['a', 'b', 'a'], co2: [600, null, 'x'] }

  it('is the same for the same content, for any client and time', () => {
    expect(keysOf(columns, { uploadId: 'key 2', receivedAt: 0 })).toEqual(keysOf(columns))
  })

  it('is the same in any order of the columns', () => {
    expect(keysOf({ co2: columns.co2, box: columns.box, time: columns.time })).toEqual(keysOf(columns))
  })

  it('is the same in any order of rows with different times', () => {
    const row = fc.record({
      box: fc.constantFrom('a', 'b', null),
      co2: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
    })
    const shuffled = fc
      .uniqueArray(fc.integer({ min: 0, max: 99_999_999_999 }), { minLength: 1, maxLength: 30 })
      .chain((times) => fc.tuple(...times.map((time) => row.map((rest) => ({ time, ...rest })))))
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })))
    const sorted = (rows: { time: number; box: string | null; co2: Cell }[]) =>
      keysOf({
        time: rows.map(({ time }) => time),
        box: rows.map(({ box }) => box),
        co2: rows.map(({ co2 }) => co2),
      }).sort()
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        expect(sorted(others)).toEqual(sorted(rows))
      }),
    )
  })

  it.each([
    ['another value', { time: [1, 2, 3], box: ['a', 'b', 'a'], co2: [601, null, 'x'] }],
    ['a number instead of a text', { time: [1, 2, 3], box: ['a', 'b', 'a'], co2: ['600', null, 'x'] }],
    ['another time', { time: [0, 2, 3], box: ['a', 'b', 'a'], co2: [600, null, 'x'] }],
    ['another column name', { time: [1, 2, 3], box: ['a', 'b', 'a'], co3: [600, null, 'x'] }],
    ['another column', { time: [1, 2, 3], box: ['a', 'b', 'a'], co2: [600, null, 'x'], t: [1, null, null] }],
    ['a row more', { time: [1, 2, 3, 3], box: ['a', 'b', 'a', 'a'], co2: [600, null, 'x', 'x'] }],
  ])('differs for %s', (_, others) => {
    expect(keysOf(others)[0]).not.toBe(keysOf(columns)[0])
  })

  it('differs for the same values in other rows', () => {
    expect(keysOf({ time: [1, 1], a: [1, 2] })).not.toEqual(keysOf({ time: [1, 1], a: [2, 1] }))
  })

  it('differs for equal blocks of a body, in the same way on a retry', () => {
    const twice = { time: new Array(4_320).fill(5), a: new Array(4_320).fill(1) }
    expect(new Set(keysOf(twice)).size).toBe(3)
    expect(keysOf(twice)).toEqual(keysOf(twice))
  })

  it('differs if numbers of a long column are texts, or in another column', () => {
    const numbers = range(200)
    const columns = { time: numbers, a: numbers, b: numbers.toReversed() }
    const texts = numbers.map(String)
    const others = [
      { ...columns, a: texts },
      { ...columns, a: columns.b, b: columns.a },
      { ...columns, a: numbers.with(0, 0.5) },
      { ...columns, a: [200] },
    ].map((each) => keysOf(each))
    expect(new Set([keysOf(columns), ...others].map(String)).size).toBe(5)
  })

  it('sorts in the order of the first times', () => {
    const keys = blocksOf({ time: range(3_000) }).map(({ key }) => key)
    expect(keys).toEqual([...keys].sort())
  })
})

// These digests must not change: a retry after a deployment has to find the block that was written before.
describe('the digest of a block', () => {
  const numbers = range(100).map((row) => row / 8)
  const texts = numbers.map((row) => (row > 1 ? row : null))
  const digestOf = (...parts: (unknown | Float64Array)[]) => {
    const hash = createHash('sha256')
    for (const part of parts) hash.update(part instanceof Float64Array ? part : JSON.stringify(part))
    return hash.digest('base64url').slice(0, 22)
  }
  const digestsOf = (columns: Record<string, Cell[]>, context: Partial<BlockContext> = {}) =>
    blocksOf(columns, context).map(({ key }) => key.split('#')[1])

  it('has the doubles of long columns of numbers after the JSON', () => {
    const listed = [
      ['a', texts],
      ['b', 100],
      ['time', 100],
    ]
    const doubles = [Float64Array.from(numbers.toReversed()), Float64Array.from(range(100))]
    expect(digestsOf({ time: range(100), b: numbers.toReversed(), a: texts })).toEqual([
      digestOf([100, listed, []], ...doubles),
    ])
  })

  it.each<[string, Record<string, Cell[]>, Partial<BlockContext>, unknown]>([
    ['short columns', { a: numbers.slice(1), time: range(99) }, {}, []],
    ['imports', { a: numbers, time: range(100) }, { isImport: true }, []],
    ['rows without times', { a: numbers, b: range(100) }, { uploadId: 'key 1' }, ['key 1', 0]],
  ])('has only JSON for %s, as in earlier versions', (_, columns, context, origin) => {
    const rows = Object.values(columns)[0]?.length
    expect(digestsOf(columns, context)).toEqual([digestOf([rows, Object.entries(columns), origin])])
  })
})

describe('cutting into blocks', () => {
  it.each([
    [1, [1]],
    [1_440, [1_440]],
    [1_441, [1_440, 1]],
    [2_880, [1_440, 1_440]],
    [3_000, [1_440, 1_440, 120]],
  ])('cuts %i rows into blocks of %j', (rows, sizes) => {
    expect(blocksOf({ time: range(rows) }).map((block) => block.rows)).toEqual(sizes)
  })

  it('sorts before it cuts', () => {
    const blocks = blocksOf({ time: range(1_500).reverse() })
    expect(blocks.map(({ key, span }) => [key.slice(0, 24), span])).toEqual([
      ['1970-01-01T00:00:00.000Z', 1_439_000],
      ['1970-01-01T00:24:00.000Z', 59_000],
    ])
  })

  it('cuts before a block exceeds the maximum size', () => {
    // A row is a number and a text of 4,096 bytes: 13 + 4,100 bytes. 82 of these fit into 340,000.
    const blocks = blocksOf({ time: range(200), a: new Array(200).fill('x'.repeat(4_096)) })
    expect(blocks.map(({ rows }) => rows)).toEqual([82, 82, 36])
  })

  it.each([
    ['a row with a wrong clock', [0, ...range(3, 1.7e9)], [1, 3]],
    ['a week', [0, 7 * DAY, 7 * DAY + 1, 14 * DAY], [2, 2]],
    ['rows over 300 years, as few as 500 times', range(110_000 / 5).map((row) => row * 5 * DAY), undefined],
  ])('cuts at %s', (_, time, sizes) => {
    const rows = blocksOf({ time }).map((block) => block.rows)
    if (sizes) expect(rows).toEqual(sizes)
    else expect(rows.length).toBeLessThan(500)
  })

  it('does not cut the rows of many boxes at a week', () => {
    const boxes = range(1_000)
    const time = boxes.flatMap(() => range(10).map((month) => month * 30 * DAY))
    expect(blocksOf({ time, box: boxes.flatMap((box) => new Array(10).fill(box)) })).toHaveLength(1_000)
  })

  it('stores the number of equal rows in earlier blocks if a cut divides rows of one time', () => {
    const time = [...new Array(1_000).fill(5), ...new Array(2_000).fill(6), 7]
    const blocks = blocksOf({ time, a: time.map((_, row) => (row === 1_500 ? 9 : 1)) })
    expect(blocks.map(({ rows }) => rows)).toEqual([1_440, 1_440, 121])
    expect(blocks[0]?.repeats).toBeUndefined()
    expect(blocks[1]?.repeats).toEqual(range(1_440).map((row) => (row === 60 ? 0 : 440)))
    expect(blocks[2]?.repeats).toEqual([...new Array(120).fill(440 + 1_439), 0])
  })

  it('measures texts in bytes, not in characters', () => {
    const blocks = blocksOf({ time: range(100), a: new Array(100).fill('é'.repeat(2_048)) })
    expect(blocks.map(({ rows }) => rows)).toEqual([82, 18])
  })

  it('fills each block up to a limit, and not beyond it', () => {
    const text = fc
      .tuple(fc.constantFrom('x', 'é', '😀'), fc.constantFrom(1, 500, 1_000))
      .map(([unit, times]) => unit.repeat(times))
    const cell = fc.oneof(fc.constantFrom(1, null, true, 1e-200), text)
    const run = fc.tuple(fc.integer({ min: 1, max: 2_000 }), cell, cell)
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 4 }), (lengths) => {
        const a = lengths.flatMap(([rows, value]) => new Array<Cell>(rows).fill(value))
        const b = lengths.flatMap(([rows, , value]) => new Array<Cell>(rows).fill(value))
        const bytesOf = (row: number) => 13 + cellBytes(a[row] ?? null) + cellBytes(b[row] ?? null)
        let row = 0
        const sizes: number[] = []
        while (row < a.length) {
          const start = row
          for (let bytes = 10 + 7 + 7; row < a.length && row - start < BLOCK_ROWS; row += 1) {
            bytes += bytesOf(row)
            if (bytes > BLOCK_BYTES) break
          }
          sizes.push(row - start)
        }
        expect(blocksOf({ time: range(a.length), a, b }).map(({ rows }) => rows)).toEqual(sizes)
      }),
      { numRuns: runs(100) },
    )
  })

  it('returns every row exactly once, in order', () => {
    const blocks = blocksOf({ time: range(5_000), a: range(5_000) })
    expect(blocks.flatMap(({ columns }) => columns.get('a') ?? [])).toEqual(range(5_000))
  })

  it('rejects a row that exceeds the size of a block, with its number', () => {
    const wide = Object.fromEntries(range(90).map((index) => [`c${index}`, ['small', 'x'.repeat(4_096)]]))
    expect(codeAndIssues(() => blocksOf({ time: [1, 2], ...wide }))).toEqual({
      code: 'limit_exceeded',
      issues: [{ row: 2, detail: 'larger than 340000 bytes' }],
    })
  })

  it('accepts a box name of 256 characters', () => {
    expect(blocksOf({ time: [1], box: ['b'.repeat(256)] })).toHaveLength(1)
  })

  it('rejects a box name of 257 characters, with its row', () => {
    expect(thrownProblem(() => blocksOf({ time: [1, 2], box: ['a', 'b'.repeat(257)] }))).toMatchObject({
      code: 'limit_exceeded',
      message: 'Row 2: a box name may have at most 256 characters.',
      issues: [{ field: 'box', row: 2 }],
    })
  })

  it('accepts rows of 1,000 boxes', () => {
    expect(blocksOf({ time: range(1_000), box: range(1_000) })).toHaveLength(1_000)
  })

  it('rejects rows of 1,001 boxes', () => {
    expect(thrownProblem(() => blocksOf({ time: range(1_001), box: range(1_001) }))).toMatchObject({
      code: 'limit_exceeded',
      message: 'The upload has rows of more than 1000 boxes. Send it in parts.',
    })
  })

  it('accepts rows of 1,000 boxes if some rows have no time', () => {
    const columns = { time: [...range(1_000), null], box: [...range(1_000), 0] }
    expect(blocksOf(columns)).toHaveLength(1_001)
  })
})
