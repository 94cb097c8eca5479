import { isJump, type Position } from '../core/position.ts'
import { cellToNumber, firstPosition, positionAt } from '../measurements/position.ts'
import type { StoredBlock } from '../measurements/store/read-blocks.ts'
import { rowTime } from '../measurements/times.ts'
import { columnKey } from './sensors.ts'

/** @limit openSenseMap | measurements in one request to openSenseMap */
export const MAX_MEASUREMENTS = 2_500

/** One value of one sensor. */
export interface Measurement {
  column: string
  value: number
  /** UNIX milliseconds. */
  time: number
  position: Position | null
}

/** A block in a batch: its rows from `from` to before `rows` are complete when the batch has arrived. */
export interface BatchPart {
  series: string
  block: string
  from: number
  rows: number
  /** Whether these are all remaining rows of the block. */
  whole: boolean
}

/** The blocks without those that are in `parts`. */
export const withoutParts = <Block extends Pick<BatchPart, 'series' | 'block'>>(
  blocks: readonly Block[],
  parts: readonly Pick<BatchPart, 'series' | 'block'>[],
): Block[] =>
  blocks.filter(({ series, block }) => !parts.some((part) => part.series === series && part.block === block))

/** State of a box's measurements. It changes with each batch that has arrived. */
export interface Progress {
  /** The last known position of the box; null while it is unknown. */
  position: Position | null
  /** When each sensor was last forwarded: UNIX milliseconds by sensor key. Stored only if a spacing is set. */
  last: Record<string, number>
}

export interface BatchRules {
  now: number
  /** The columns of a block to forward; empty if the block is no longer selected. */
  columnsOf: (block: PendingBlock) => readonly string[]
  /** Minimum time between two measurements of a sensor. */
  spacingMs: number
  /** Degrees. A position after a larger step is ignored as a measurement error. */
  maxStep: number
}

export interface Batch {
  measurements: Measurement[]
  parts: BatchPart[]
  progress: Progress
  /** The first position in its blocks: the position of a new box. */
  firstPosition: Position | null
  /** Number of values that are not forwarded: not numeric, or closer to the last one than the spacing allows. */
  leftOut: number
  /** Earliest timestamp of a row that is still in the future; Infinity without one. */
  waitsUntil: number
}

export const emptyBatch = (progress: Progress): Batch => ({
  measurements: [],
  parts: [],
  progress: { position: progress.position, last: { ...progress.last } },
  firstPosition: null,
  leftOut: 0,
  waitsUntil: Infinity,
})

export interface PendingBlock extends StoredBlock {
  series: string
  /** Number of rows that were forwarded before. */
  sentRows: number
  /** Rows that other blocks forward. */
  repeatedRows?: ReadonlySet<number>
}

/** Adds the remaining rows of a block to a batch, up to the first one in the future. Returns false if the batch is full. */
export function addToBatch(batch: Batch, block: PendingBlock, rules: BatchRules): boolean {
  const keyOf = (column: string): string => (rules.spacingMs > 0 && columnKey(column)) || ''
  const columns = rules.columnsOf(block).map((column) => ({ column, key: keyOf(column) }))
  batch.firstPosition ??= firstPosition(block.columns)
  let row = block.sentRows
  for (; row < block.rows; row += 1) {
    // openSenseMap stores milliseconds, and `settleBatch` compares this time with the stored one.
    const time = Math.floor(rowTime(block, row))
    if (time > rules.now) {
      batch.waitsUntil = Math.min(batch.waitsUntil, time)
      break
    }
    const result = readRow(batch, block, row, time, block.repeatedRows?.has(row) ? [] : columns, rules)
    if (batch.measurements.length + result.measurements.length > MAX_MEASUREMENTS) break
    batch.measurements.push(...result.measurements)
    batch.leftOut += result.leftOut
    batch.progress.position = result.position
    for (const key of result.keys) batch.progress.last[key] = time
  }
  const whole = row === block.rows
  if (row > block.sentRows || whole)
    batch.parts.push({ series: block.series, block: block.key, from: block.sentRows, rows: row, whole })
  return whole || Math.floor(rowTime(block, row)) > rules.now
}

function readRow(
  { progress }: Batch,
  block: PendingBlock,
  row: number,
  time: number,
  columns: readonly { column: string; key: string }[],
  { spacingMs, maxStep }: BatchRules,
) {
  const rowPosition = positionAt(block.columns, row)
  const isError = rowPosition && progress.position && isJump(progress.position, rowPosition, maxStep)
  const position = isError ? null : rowPosition
  const measurements: Measurement[] = []
  const keys: string[] = []
  let leftOut = 0
  for (const { column, key } of columns) {
    const cell = block.columns.get(column)?.[row] ?? null
    if (cell === null) continue
    const value = cellToNumber(cell)
    const last = spacingMs > 0 ? progress.last[key] : undefined
    const isTooClose = last !== undefined && Math.abs(time - last) < spacingMs
    if (value === null || isTooClose) leftOut += 1
    else {
      measurements.push({ column, value: roundValue(value), time, position })
      if (spacingMs > 0) keys.push(key)
    }
  }
  return { measurements, keys, leftOut, position: position ?? progress.position }
}

/** Rounds to three decimals, as co2logserver does. Values that are larger than any reading stay unchanged. */
const roundValue = (value: number): number => (Math.abs(value) < 1e15 ? Number(value.toFixed(3)) + 0 : value)
