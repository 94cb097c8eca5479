import { compareText } from '../compare.ts'
import { rowContents } from '../row-contents.ts'
import { rowTimes } from '../times.ts'
import type { StoredBlock } from './read-blocks.ts'

export interface NumberedRow {
  row: number
  /** UNIX milliseconds. */
  time: number
  /** What the row contains, and its number among the equal rows of its upload. */
  identity: string
}

/**
 * Yields the rows of a block. Rows of different uploads have the same identity if they are the same reading: the same
 * time, the same values, the same number. So a row occurs in the union of all uploads as often as in the upload that has
 * it most often. Rows without times are all different, because equal readings of two uploads are two readings.
 */
export function* numberRows(block: StoredBlock): Generator<NumberedRow> {
  const contentOf = block.timeColumn === null ? (row: number) => `${block.key} ${row}` : rowContents(block)
  // Each row of an import has its own time of receipt: its block contains rows of several uploads.
  const receipts = block.columns.get('time_upload_utc')
  let counts: Map<string, number> | undefined
  const timeAt = rowTimes(block)
  let time = timeAt(0)
  for (let row = 0; row < block.rows; row += 1) {
    const nextTime = row + 1 < block.rows ? timeAt(row + 1) : Infinity
    const content = contentOf(row)
    let number = 1
    // Most rows are the only ones of their time.
    if (counts || nextTime === time) {
      counts ??= new Map()
      const upload = `${receipts?.[row] ?? ''} ${content}`
      number = (counts.get(upload) ?? 0) + 1
      counts.set(upload, number)
    }
    yield { row, time, identity: `${number + Number(block.repeats?.[row] ?? 0)} ${content}` }
    if (nextTime !== time) counts = undefined
    time = nextTime
  }
}

/** Order of blocks by their receipt. */
export const compareReceipt = (a: StoredBlock, b: StoredBlock): number =>
  a.receivedAt - b.receivedAt || compareText(a.key, b.key)
