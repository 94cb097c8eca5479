import { isJump, type Position } from '../core/position.ts'
import { cellToNumber, firstPosition, positionAt } from '../measurements/position.ts'
import type { StoredBlock } from '../measurements/store/blocks.ts'
import { rowTime } from '../measurements/times.ts'
import { columnKey } from './sensors.ts'

/** @limit openSenseMap | measurements in one request to openSenseMap */
export const MAX_MEASUREMENTS = 2_500

/** One value of one sensor, on its way. */
export interface Measurement {
  column: string
  value: number
  /** UNIX milliseconds. */
  time: number
  position: Position | null
}

/** A block in a batch: its rows from `from` up to `rows` are dealt with when the batch has arrived. */
export interface BatchPart {
  series: string
  block: string
  from: number
  rows: number
  /** Whether nothing of the block is left after it. */
  whole: boolean
}

/** Those of these blocks that are none of the others. */
export const withoutParts = <Block extends Pick<BatchPart, 'series' | 'block'>>(
  blocks: readonly Block[],
  others: readonly Pick<BatchPart, 'series' | 'block'>[],
): Block[] =>
  blocks.filter(({ series, block }) => !others.some((other) => other.series === series && other.block === block))

/** What is known of a box's measurements up to here, and changes with each batch that has arrived. */
export interface Progress {
  /** Where the box was last; null as long as that is not known. */
  position: Position | null
  /** When each sensor was last forwarded, in UNIX milliseconds by its key; kept where a spacing asks for it. */
  last: Record<string, number>
}

export interface Rules {
  now: number
  /** The columns of a block that are forwarded; none where it is not to be forwarded any more. */
  columnsOf: (block: PendingBlock) => readonly string[]
  /** Between two measurements of a sensor, at least. */
  spacingMs: number
  /** Degrees; a longer step is an error of measurement, and where it leads to is left out. */
  longestStep: number
}

export interface Batch {
  measurements: Measurement[]
  parts: BatchPart[]
  progress: Progress
  /** The first position in its blocks, wherever in them: where a new box is. */
  firstPosition: Position | null
  /** Values that are not forwarded: no numbers, or closer to the last than the spacing allows. */
  leftOut: number
  /** Earliest time that has not come yet, of a row that waits for it. */
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
  /** Rows that have been forwarded before. */
  sentRows: number
}

/**
 * Puts the rows of a block that are left into a batch, as many as fit and whose time has come. False when the batch is
 * full: nothing more belongs into it.
 */
export function addToBatch(batch: Batch, block: PendingBlock, rules: Rules): boolean {
  const keyOf = (column: string): string => (rules.spacingMs > 0 && columnKey(column)) || ''
  const columns = rules.columnsOf(block).map((column) => ({ column, key: keyOf(column) }))
  batch.firstPosition ??= firstPosition(block.columns)
  let row = block.sentRows
  for (; row < block.rows; row += 1) {
    // openSenseMap knows no less than milliseconds, and is asked for this very time afterwards.
    const time = Math.floor(rowTime(block, row))
    if (time > rules.now) {
      batch.waitsUntil = Math.min(batch.waitsUntil, time)
      break
    }
    const measured = measure(batch, block, row, time, columns, rules)
    if (batch.measurements.length + measured.measurements.length > MAX_MEASUREMENTS) break
    batch.measurements.push(...measured.measurements)
    batch.leftOut += measured.leftOut
    batch.progress.position = measured.position
    for (const key of measured.keys) batch.progress.last[key] = time
  }
  const whole = row === block.rows
  if (row > block.sentRows || whole)
    batch.parts.push({ series: block.series, block: block.key, from: block.sentRows, rows: row, whole })
  return whole || Math.floor(rowTime(block, row)) > rules.now
}

function measure(
  { progress }: Batch,
  block: PendingBlock,
  row: number,
  time: number,
  columns: readonly { column: string; key: string }[],
  { spacingMs, longestStep }: Rules,
) {
  const given = positionAt(block.columns, row)
  const position = given && progress.position && isJump(progress.position, given, longestStep) ? null : given
  const measurements: Measurement[] = []
  const keys: string[] = []
  let leftOut = 0
  for (const { column, key } of columns) {
    const cell = block.columns.get(column)?.[row] ?? null
    if (cell === null) continue
    const value = cellToNumber(cell)
    const last = spacingMs > 0 ? progress.last[key] : undefined
    const tooClose = last !== undefined && Math.abs(time - last) < spacingMs
    if (value === null || tooClose) leftOut += 1
    else {
      measurements.push({ column, value: rounded(value), time, position })
      if (spacingMs > 0) keys.push(key)
    }
  }
  return { measurements, keys, leftOut, position: position ?? progress.position }
}

/** To three decimals, as co2logserver has it; what is larger than any reading goes as it is. */
const rounded = (value: number): number => (Math.abs(value) < 1e15 ? Number(value.toFixed(3)) + 0 : value)
