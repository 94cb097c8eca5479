import { jsonBytes, MAX_BODY_BYTES } from '../../http/response.ts'
import { type ColumnValues, writeRows } from '../block-text.ts'
import type { Cell } from '../cells.ts'
import type { RowFormat } from '../row-writers.ts'
import { cellAt } from './block-view.ts'

/** At most, as an escape in JSON. */
const BYTES_PER_CHARACTER = 6
/** Fewer rows are written faster each by itself. */
const MIN_TOGETHER = 8

/** Collects lines until the page is full, in rows or bytes. One row always fits, because uploads limit its size. */
export function collectLines({ number, format }: { number: number; format: RowFormat }, isUploaded = true) {
  const lines: string[] = []
  let rows = 0
  // Most pages are far from full, so an upper bound saves counting bytes.
  let maxBytes = format.head.length * BYTES_PER_CHARACTER
  let countedLines = 0
  let bytes = jsonBytes(format.head)
  const countBytes = (added: readonly string[]): number =>
    jsonBytes(added.join('')) + added.length * format.between.length * 2
  const countLines = () => {
    bytes += countBytes(lines.slice(countedLines))
    countedLines = lines.length
    maxBytes = bytes
  }
  const add = (cells: readonly Cell[]): boolean => {
    if (rows >= number) return false
    const line = format.row(cells)
    maxBytes += line.length * BYTES_PER_CHARACTER + format.between.length * 2 + 2
    if (maxBytes > MAX_BODY_BYTES) {
      countLines()
      const size = countBytes([line])
      if ((lines.length > 0 || !isUploaded) && bytes + size > MAX_BODY_BYTES) return false
      maxBytes = bytes + size
    }
    lines.push(line)
    rows += 1
    return true
  }
  /** Whether rows that are written together fit. */
  const fits = (text: string): boolean => {
    const most = text.length * BYTES_PER_CHARACTER + format.between.length * 2 + 2
    if (maxBytes + most > MAX_BODY_BYTES) countLines()
    const size = maxBytes + most > MAX_BODY_BYTES ? countBytes([text]) : most
    if (maxBytes + size > MAX_BODY_BYTES) return false
    maxBytes += size
    return true
  }
  return {
    /** Texts of one row or several. */
    lines,
    /** The number of rows that the page may still get. */
    missing: () => number - rows,
    add,
    /** Adds rows of a block as long as they fit. Returns their number. */
    addRows(columns: readonly ColumnValues[], added: readonly number[]): number {
      const wanted = added.slice(0, number - rows)
      const { layout } = format
      const text = layout && wanted.length >= MIN_TOGETHER ? writeRows(columns, wanted, layout, MAX_BODY_BYTES) : null
      if (text !== null && fits(text)) {
        lines.push(text)
        rows += wanted.length
        return wanted.length
      }
      const index = wanted.findIndex((row) => !add(columns.map((values) => cellAt(values, row))))
      return index < 0 ? wanted.length : index
    },
  }
}
