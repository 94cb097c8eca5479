import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../../lib/measurements/cells.ts'
import { cellToNumber } from '../../../lib/measurements/position.ts'
import {
  addToBatch,
  type Batch,
  type BatchRules,
  emptyBatch,
  MAX_MEASUREMENTS,
  type PendingBlock,
  type Progress,
} from '../../../lib/opensensemap/batch.ts'
import { sensorColumns } from '../../../lib/opensensemap/box.ts'
import { columnKey } from '../../../lib/opensensemap/sensors.ts'
import { runs } from '../../support/property.ts'

const NOW = Date.parse('2026-05-03T12:00:00.000Z')
const columnsOf = (block: PendingBlock) => sensorColumns(block, /^/)
const rules: BatchRules = { now: NOW, columnsOf, spacingMs: 0, maxStep: Infinity }
const nothing: Progress = { position: null, last: {} }
/** When sensors were last forwarded, by columns. */
const byKey = (last: Record<string, number>) =>
  Object.fromEntries(Object.entries(last).map(([column, time]) => [columnKey(column), time]))

/** A block with times a second apart that end now, unless it has a time column. */
function pending(columns: Record<string, Cell[]>, more: Partial<PendingBlock> = {}): PendingBlock {
  const rows = Math.max(...Object.values(columns).map(({ length }) => length))
  const time = Array.from({ length: rows }, (_, row) => NOW - (rows - 1 - row) * 1_000)
  return {
    series: 'client#box',
    source: 'box',
    key: 'key',
    timeColumn: 'time',
    rows,
    last: NOW,
    sentRows: 0,
    receivedAt: NOW - 10_000,
    matchedChecksums: [],
    failedChecksums: [],
    columns: new Map(Object.entries({ time, ...columns })),
    ...more,
  }
}

function added(block: PendingBlock, more: Partial<BatchRules> = {}, before = nothing): Batch & { open: boolean } {
  const batch = emptyBatch(before)
  const open = addToBatch(batch, block, { ...rules, ...more })
  return { ...batch, open }
}
const values = ({ measurements }: Batch) => measurements.map(({ value }) => value)
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)
const part = { series: 'client#box', block: 'key' }

describe('an empty batch', () => {
  it('starts from the given progress without modifying it', () => {
    const last = byKey({ a_b_c: NOW - 60_000, d_e_f: 7 })
    const before = { position: { lat: 1, lon: 2 }, last }
    const batch = emptyBatch(before)
    expect(batch).toEqual({
      measurements: [],
      parts: [],
      progress: before,
      firstPosition: null,
      leftOut: 0,
      waitsUntil: Infinity,
    })
    addToBatch(batch, pending({ lat: [3], lon: [4], a_b_c: [1] }), { ...rules, spacingMs: 1 })
    expect(batch.progress).toEqual({ position: { lat: 3, lon: 4 }, last: byKey({ a_b_c: NOW, d_e_f: 7 }) })
    expect(before).toEqual({ position: { lat: 1, lon: 2 }, last: byKey({ a_b_c: NOW - 60_000, d_e_f: 7 }) })
  })
})

describe('rows', () => {
  it('become measurements of each column, with time and position', () => {
    const block = pending({ a_b_c: [1, 2], d_e_f: [null, 3], lat: [null, 48], lon: [null, 9], co2: [7, 8] })
    const position = { lat: 48, lon: 9 }
    const { open, ...batch } = added(block)
    expect(batch).toEqual({
      measurements: [
        { column: 'a_b_c', value: 1, time: NOW - 1_000, position: null },
        { column: 'a_b_c', value: 2, time: NOW, position },
        { column: 'd_e_f', value: 3, time: NOW, position },
      ],
      parts: [{ ...part, from: 0, rows: 2, whole: true }],
      progress: { position, last: {} },
      firstPosition: position,
      leftOut: 0,
      waitsUntil: Infinity,
    })
    expect(open).toBe(true)
  })

  it('are skipped if they were sent before', () => {
    const batch = added(pending({ a_b_c: [1, 2, 3] }, { sentRows: 2 }))
    expect(values(batch)).toEqual([3])
    expect(batch.parts).toEqual([{ ...part, from: 2, rows: 3, whole: true }])
  })

  it('complete a block if all of them were sent', () => {
    const { parts, open, measurements } = added(pending({ a_b_c: [1] }, { sentRows: 1 }))
    expect({ parts, open, measurements }).toEqual({
      parts: [{ ...part, from: 1, rows: 1, whole: true }],
      open: true,
      measurements: [],
    })
  })

  it('without a time have the time of their receipt', () => {
    const times = (block: PendingBlock) => added(block).measurements.map(({ time }) => time - NOW)
    expect(times(pending({ a_b_c: [1, 2] }, { timeColumn: null }))).toEqual([-10_000, -10_000])
    expect(times(pending({ time: ['soon', NOW], a_b_c: [1, 2] }))).toEqual([-10_000, 0])
  })

  it('are reduced to the selected columns of each block', () => {
    const block = pending({ a_b_c: [1], d_e_f: [2] })
    const rule = { columnsOf: ({ series }: PendingBlock) => (series === 'other#box' ? ['a_b_c'] : ['d_e_f']) }
    expect(values(added(block, rule))).toEqual([2])
    expect(values(added({ ...block, series: 'other#box' }, rule))).toEqual([1])
  })

  it('are completed without measurements if no column is selected', () => {
    const batch = added(pending({ a_b_c: [1, 2] }), { columnsOf: () => [] })
    expect(batch).toMatchObject({ open: true, measurements: [], leftOut: 0 })
    expect(batch.parts).toEqual([{ ...part, from: 0, rows: 2, whole: true }])
  })

  it('have times in whole milliseconds, rounded down', () => {
    const time = [NOW - 1_000.25, NOW - 0.01, NOW + 0.99]
    const batch = added(pending({ time, a_b_c: [1, 2, 3] }), { spacingMs: 1 })
    expect(batch.measurements.map((each) => each.time - NOW)).toEqual([-1_001, -1, 0])
    expect(batch).toMatchObject({ open: true, progress: { last: byKey({ a_b_c: NOW }) }, waitsUntil: Infinity })
  })

  it('may lack cells', () => {
    expect(values(added(pending({ a_b_c: [1], d_e_f: [2, 3] })))).toEqual([1, 2, 3])
  })
})

describe('values', () => {
  it.each<[Cell, number]>([
    [1.23456, 1.235],
    [-1.23456, -1.235],
    [1.0004, 1],
    [0.0005, 0.001],
    [612, 612],
    ['12.3456', 12.346],
    [' 7 ', 7],
    ['1e3', 1_000],
    [0, 0],
    [-0.0001, 0],
    [-0.0004999, 0],
    [1e-300, 0],
    [123_456_789_012.3456, 123_456_789_012.346],
    [1e15, 1e15],
    [-1e22, -1e22],
    [1.7e308, 1.7e308],
  ])('of %j are sent as %j', (cell, value) => {
    const [sent] = values(added(pending({ a_b_c: [cell] })))
    expect(sent).toBe(value)
  })

  it('are dropped and counted if they are not numbers, but not if they are missing', () => {
    const block = pending({ a_b_c: [true, 'x', 1, null, ''], d_e_f: [null, null, 'nan', 2, null] })
    const batch = added(block)
    expect(values(batch)).toEqual([1, 2])
    expect(batch.leftOut).toBe(4)
    expect(batch.parts).toEqual([{ ...part, from: 0, rows: 5, whole: true }])
  })

  it('are counted over all blocks if they are dropped', () => {
    const batch = emptyBatch(nothing)
    for (const key of ['one', 'two']) addToBatch(batch, pending({ a_b_c: ['x', 'y'] }, { key }), rules)
    expect(batch).toMatchObject({ leftOut: 4, measurements: [], parts: [{ block: 'one' }, { block: 'two' }] })
  })
})

describe('a full batch', () => {
  it('has 2500 measurements', () => {
    expect(MAX_MEASUREMENTS).toBe(2_500)
    const batch = added(pending({ a_b_c: numbers(2_500) }))
    expect(values(batch)).toEqual(numbers(2_500))
    expect(batch).toMatchObject({ open: true, parts: [{ from: 0, rows: 2_500, whole: true }] })
  })

  it('ends at a row, within a block', () => {
    const one = added(pending({ a_b_c: numbers(2_501) }))
    expect(one).toMatchObject({ open: false, parts: [{ from: 0, rows: 2_500, whole: false }], waitsUntil: Infinity })
    const three = added(pending({ a_b_c: numbers(900), d_e_f: numbers(900), g_h_i: numbers(900) }))
    expect(three).toMatchObject({ open: false, parts: [{ from: 0, rows: 833, whole: false }] })
    expect(three.measurements).toHaveLength(2_499)
  })

  it('accepts no row that does not fit, and no part of it', () => {
    const batch = emptyBatch(nothing)
    expect(addToBatch(batch, pending({ a_b_c: numbers(2_499) }), rules)).toBe(true)
    const wide = pending({ a_b_c: ['x'], d_e_f: [1], g_h_i: [2], lat: [1], lon: [1] }, { key: 'wide' })
    expect(addToBatch(batch, wide, { ...rules, spacingMs: 1 })).toBe(false)
    expect(batch.measurements).toHaveLength(2_499)
    expect(batch.parts).toHaveLength(1)
    expect(batch).toMatchObject({ leftOut: 0, progress: nothing })
    expect(addToBatch(batch, pending({ a_b_c: [1] }, { key: 'slim' }), rules)).toBe(true)
    expect(batch.measurements).toHaveLength(2_500)
    expect(addToBatch(batch, pending({ a_b_c: [null, 'x'] }, { key: 'none' }), rules)).toBe(true)
    expect(batch.parts.at(-1)).toEqual({ ...part, block: 'none', from: 0, rows: 2, whole: true })
    expect(addToBatch(batch, pending({ a_b_c: [null, 1] }, { key: 'half' }), rules)).toBe(false)
    expect(batch.parts.at(-1)).toEqual({ ...part, block: 'half', from: 0, rows: 1, whole: false })
  })
})

it('a full batch remains full if the next row is less than a millisecond ahead', () => {
  const time = [...numbers(2_500), NOW + 0.5]
  expect(added(pending({ time, a_b_c: numbers(2_501) }))).toMatchObject({ open: false, parts: [{ rows: 2_500 }] })
})

describe('rows in the future', () => {
  it('wait while the rows before them are sent', () => {
    const batch = emptyBatch(nothing)
    const time = [NOW, NOW + 1, NOW - 1]
    expect(addToBatch(batch, pending({ time, a_b_c: [1, 2, 3] }), rules)).toBe(true)
    expect(batch).toMatchObject({ waitsUntil: NOW + 1, parts: [{ from: 0, rows: 1, whole: false }] })
    addToBatch(batch, pending({ time: [NOW + 5], a_b_c: [4] }, { key: 'later' }), rules)
    expect(batch.waitsUntil).toBe(NOW + 1)
    addToBatch(batch, pending({ time: [NOW + 3.5], a_b_c: [4] }, { key: 'another' }), { ...rules, now: NOW - 9 })
    expect(batch.waitsUntil).toBe(NOW + 1)
    addToBatch(batch, pending({ time: [NOW - 0.5], a_b_c: [4] }, { key: 'sooner' }), { ...rules, now: NOW - 2 })
    expect(batch.waitsUntil).toBe(NOW - 1)
    expect(values(batch)).toEqual([1])
    expect(batch.parts).toHaveLength(1)
    expect(batch).toMatchObject({ leftOut: 0 })
  })

  it('wait even if they contain nothing to send', () => {
    expect(added(pending({ time: [NOW + 1], a_b_c: ['x'], lat: [1], lon: [1] }))).toMatchObject({
      open: true,
      parts: [],
      leftOut: 0,
      progress: nothing,
      waitsUntil: NOW + 1,
    })
  })
})

describe('spacing', () => {
  const at = (seconds: number[], more: Record<string, Cell[]> = {}) =>
    pending({ time: seconds.map((each) => NOW - 100_000 + each * 1_000), a_b_c: seconds, ...more })
  const spacingMs = 10_000

  it('drops measurements too close to the last one of the same sensor', () => {
    const batch = added(at([0, 9, 10, 19.999, 20]), { spacingMs })
    expect(values(batch)).toEqual([0, 10, 20])
    expect(batch).toMatchObject({ leftOut: 2, progress: { last: byKey({ a_b_c: NOW - 80_000 }) } })
    expect(batch.parts).toMatchObject([{ rows: 5, whole: true }])
  })

  it('applies to each sensor separately', () => {
    const batch = added(at([0, 5, 10], { d_e_f: [null, 6, 7] }), { spacingMs })
    expect(values(batch)).toEqual([0, 6, 10])
    expect(batch).toMatchObject({ leftOut: 2, progress: { last: byKey({ a_b_c: NOW - 90_000, d_e_f: NOW - 95_000 }) } })
  })

  it('applies relative to what was sent before, in both directions', () => {
    const before = { position: null, last: byKey({ a_b_c: NOW - 95_000 }) }
    expect(values(added(at([-4, 14, 15]), { spacingMs }, before))).toEqual([15])
    expect(values(added(at([-5]), { spacingMs }, before))).toEqual([-5])
  })

  it('applies across columns of one sensor, with any spelling', () => {
    const columns = { a_b_c: [1, null], 'a_b_°c': [null, 2], 'a_ b_C': [null, 3] }
    expect(values(added(pending(columns), { spacingMs }))).toEqual([1])
  })

  it('is independent of the current time', () => {
    expect(values(added(pending({ a_b_c: [1] }), { spacingMs }))).toEqual([1])
  })

  it('is neither applied nor recorded by default', () => {
    const before = { position: null, last: byKey({ a_b_c: NOW }) }
    const batch = added(at([0, 0, 0]), {}, before)
    expect(values(batch)).toEqual([0, 0, 0])
    expect(batch.progress).toEqual(before)
  })

  it('does not start at a dropped value', () => {
    const batch = added(at([0, 5], { a_b_c: ['x', 1] }), { spacingMs })
    expect(values(batch)).toEqual([1])
    expect(batch.leftOut).toBe(1)
  })
})

describe('a position that is too far away', () => {
  const route = (places: [Cell, Cell][]) =>
    pending({ lat: places.map(([lat]) => lat), lon: places.map(([, lon]) => lon), a_b_c: numbers(places.length) })
  const lons = ({ measurements }: Batch) => measurements.map(({ position }) => position?.lon ?? null)

  it('is omitted from the measurement; the next step starts at the previous position', () => {
    const block = route([
      [0, 10],
      [0, 11],
      [0, 12.5],
      [null, null],
      [0, 12],
      [1.5, 12],
      [0, 0],
      [1, 13],
    ])
    const batch = added(block, { maxStep: 1 })
    expect(lons(batch)).toEqual([10, 11, null, null, 12, null, null, 13])
    expect(values(batch)).toEqual(numbers(8))
    expect(batch).toMatchObject({ leftOut: 0, progress: { position: { lat: 1, lon: 13 } } })
  })

  it('is not one on the other side of the antimeridian', () => {
    const batch = added(
      route([
        [0, 179.5],
        [0, -179.5],
        [0, 179.75],
      ]),
      { maxStep: 1 },
    )
    expect(lons(batch)).toEqual([179.5, -179.5, 179.75])
    expect(
      lons(
        added(
          route([
            [0, 179],
            [0, -179],
          ]),
          { maxStep: 1 },
        ),
      ),
    ).toEqual([179, null])
  })

  it('is detected with the previous position of the box', () => {
    const before = { position: { lat: 10, lon: 10 }, last: {} }
    const batch = added(route([[0, 1]]), { maxStep: 1 }, before)
    expect(lons(batch)).toEqual([null])
    expect(batch.progress).toEqual(before)
    expect(lons(added(route([[0, 1]]), {}, before))).toEqual([1])
  })
})

describe('the first position', () => {
  it('is that of the first row with one, in any block, sent or not', () => {
    const batch = emptyBatch({ position: { lat: 7, lon: 7 }, last: {} })
    addToBatch(batch, pending({ a_b_c: [1] }), rules)
    expect(batch.firstPosition).toBeNull()
    const time = [NOW, NOW + 1, NOW + 2]
    const later = pending({ time, lat: [0, 1, 2], lon: [0, 1, 2], a_b_c: [1, 2, 3] }, { key: 'later' })
    addToBatch(batch, later, { ...rules, maxStep: 1 })
    expect(batch).toMatchObject({ firstPosition: { lat: 1, lon: 1 }, progress: { position: { lat: 7, lon: 7 } } })
    addToBatch(batch, pending({ lat: [3], lon: [3], a_b_c: [1] }, { key: 'last' }), rules)
    expect(batch).toMatchObject({ firstPosition: { lat: 1, lon: 1 }, progress: { position: { lat: 3, lon: 3 } } })
  })
})

describe('blocks in several batches', () => {
  const cell = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -999, max: 999 }) },
    fc.constantFrom<Cell>(null, 'x', '12.5', ' 7 ', true, '', 1e20),
  )
  const block = fc
    .tuple(fc.integer({ min: 0, max: 1_440 }), fc.integer({ min: 1, max: 5 }), fc.array(cell, { minLength: 1 }))
    .map(([rows, width, cells]) =>
      Object.fromEntries(
        numbers(width).map((column): [string, Cell[]] => [
          `type_title_${column}`,
          numbers(rows).map((row) => cells[(row * width + column) % cells.length] ?? null),
        ]),
      ),
    )

  it('are sent in order, each value once, in batches within the limit', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), (blocks) => {
        let left = blocks.map((columns, index) => pending({ time: [], ...columns }, { key: String(index) }))
        left = left.map((each) => ({ ...each, timeColumn: null }))
        const sent: [string, number][] = []
        let leftOut = 0
        for (let batches = 0; left.length > 0; batches += 1) {
          expect(batches).toBeLessThan(40)
          const batch = emptyBatch(nothing)
          for (const each of left) if (!addToBatch(batch, each, rules)) break
          expect(batch.measurements.length).toBeLessThanOrEqual(2_500)
          expect(batch.parts.slice(0, -1).every(({ whole }) => whole)).toBe(true)
          sent.push(...batch.measurements.map(({ column, value }): [string, number] => [column, value]))
          leftOut += batch.leftOut
          left = left.flatMap((each) => {
            const dealt = batch.parts.find(({ block: key }) => key === each.key)
            if (dealt) expect(dealt.from).toBe(each.sentRows)
            return dealt?.whole ? [] : [{ ...each, sentRows: dealt?.rows ?? each.sentRows }]
          })
        }
        const cells = blocks.flatMap((columns) =>
          numbers(1_440).flatMap((row) =>
            Object.entries(columns).map(([column, all]) => ({ column, given: all[row] ?? null })),
          ),
        )
        const wanted = cells.flatMap(({ column, given }): [string, number][] => {
          const number = cellToNumber(given)
          return number === null ? [] : [[column, number]]
        })
        expect(sent).toEqual(wanted)
        expect(leftOut).toBe(cells.filter(({ given }) => given !== null).length - wanted.length)
      }),
      { numRuns: runs(40) },
    )
  })
})
