import type { Cells } from './cells.ts'
import { makeNumberWriter, writeText } from './digits.ts'

/** Values of a column, or one value for all rows. */
export type ColumnValues = Cells | string | number | null

/** How the rows of a block are written, if numbers are written as `String` does. */
export interface RowLayout {
  /** Indices of the columns in the order in which they are written, and what is before each. */
  columns: readonly { place: number; before: string }[]
  /** Formats a cell that is not a number. */
  format(cell: string | boolean | null): string
  end: string
  between: string
}

/** More than a number has. */
const NUMBER_CHARACTERS = 32
/** Small, since most pages are. */
const START_BYTES = 4_000

/** A column whose values differ, and the text before each: names, separators and the values of other columns. */
interface Piece {
  before: string
  cells: Cells
  writeNumber: ReturnType<typeof makeNumberWriter>
}

/**
 * Writes rows of a block as text. Null if a character is beyond U+00FF, or if there are more than `maxCharacters`. Then each
 * row must be formatted by itself, with the same result. Writing them together takes half the time, because digits need no
 * strings, and columns of one value are formatted once.
 */
export function writeRows(
  columns: readonly ColumnValues[],
  rows: readonly number[],
  layout: RowLayout,
  maxCharacters: number,
): string | null {
  const { pieces, rest } = toPieces(columns, layout)
  const afterRow = rest + layout.end + layout.between
  let bytes = Buffer.allocUnsafe(START_BYTES)
  let end = 0
  const write = (text: string): void => {
    if (end + text.length + NUMBER_CHARACTERS > bytes.length) bytes = enlarge(bytes, text.length)
    end = writeText(bytes, end, text)
  }
  for (const row of rows) {
    for (const { before, cells, writeNumber } of pieces) {
      write(before)
      const cell = cells[row] ?? null
      if (typeof cell === 'number') end = writeNumber(bytes, end, cell)
      else write(layout.format(cell))
    }
    write(afterRow)
    if (Number.isNaN(end) || end > maxCharacters) return null
  }
  return bytes.toString('latin1', 0, end - layout.between.length)
}

function enlarge(bytes: Buffer<ArrayBuffer>, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(2 * bytes.length + needed)
  bytes.copy(larger)
  return larger
}

/** The columns whose values differ, and the text after the last of them. */
function toPieces(columns: readonly ColumnValues[], layout: RowLayout): { pieces: Piece[]; rest: string } {
  const pieces: Piece[] = []
  let rest = ''
  for (const { place, before } of layout.columns) {
    const values = columns[place] ?? null
    rest += before
    if (typeof values === 'object' && values !== null) {
      pieces.push({ before: rest, cells: values, writeNumber: makeNumberWriter() })
      rest = ''
    } else rest += typeof values === 'number' ? String(values) : layout.format(values)
  }
  return { pieces, rest }
}
