import { createHash } from 'node:crypto'
import type { SQLOutputValue } from 'node:sqlite'
import type { Block } from '../../lib/measurements/blocks.ts'
import type { Cell } from '../../lib/measurements/cells.ts'
import { isServerColumn } from '../../lib/measurements/table.ts'
import { isoTime } from '../../lib/measurements/times.ts'
import { type Tally, tally } from '../support/tally.ts'
import { type CutBlock, cutBlocks } from './block-cutter.ts'
import { type ImportedRow, RECEIPT, RowIssue, storedNames, toRow } from './co2logserver-rows.ts'

/** What is imported: names of columns, and the rows from the first on, as often as they are asked for. */
export interface LogTable {
  columns: readonly string[]
  rows(): Iterable<readonly SQLOutputValue[]>
}

/** What the cutting of a file depends on beside the file. */
export interface CutOptions {
  timeColumns: readonly string[]
  /** Counts of rows at which the file ended before. */
  ends: readonly number[]
}

interface Told {
  warnings: Tally
  faults: Tally
  /** Hears of each row, and of null for one that cannot be stored. */
  row(row: ImportedRow | null): void
}

/** What there is to know of a file before anything of it is stored. */
export interface Survey {
  rows: number
  blocks: number
  /** Of the keys of the blocks up to a place, as `nextDigest` makes it; undefined when there are fewer. */
  digest: string | undefined
  /** ISO times of the first and the last row. */
  first: string | undefined
  last: string | undefined
  /** For the catalog. */
  series: Pick<Block, 'source' | 'columns' | 'span'>[]
  columns: string[]
  warnings: string[]
  /** Rows that cannot be stored, and why. */
  faults: Tally
}

/** Names a file by its first row, which stays while rows and columns are added. */
export function fileDigest({ columns, rows }: LogTable): string {
  const [first = []] = rows()
  const filled = columns.flatMap((name, index) => (first[index] === null ? [] : [[name.toLowerCase(), first[index]]]))
  const text = JSON.stringify(filled.sort(), (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return createHash('sha256').update(text).digest('base64url')
}

export const nextDigest = (digest: string, { block: { source, key } }: CutBlock): string =>
  createHash('sha256')
    .update(JSON.stringify([digest, source, key]))
    .digest('base64url')

/** The blocks of a file, cut anew from its first row on. */
export function* cutFile(table: LogTable, { timeColumns, ends }: CutOptions, told: Told): Generator<CutBlock> {
  const names = storedNames(table.columns, () => undefined)
  const readRow = (values: readonly SQLOutputValue[], index: number, before: number): ImportedRow | null => {
    try {
      return toRow(values, index, before, { names, timeColumns, warnings: told.warnings })
    } catch (error) {
      if (!(error instanceof RowIssue)) throw error
      told.faults.add(error.message, index)
      return null
    }
  }
  function* rows(): Generator<ImportedRow | null> {
    let before = 0
    let index = 0
    for (const values of table.rows()) {
      const row = readRow(values, index, before)
      before = row?.receivedAt ?? before
      index += 1
      told.row(row)
      yield row
    }
  }
  yield* cutBlocks(rows(), ends)
}

/** Reads a file from end to end and stores nothing; `blocks` says of how many blocks the digest is wanted. */
export function survey(table: LogTable, cutting: CutOptions, blocks: number, progress: (rows: number) => void): Survey {
  const notes: string[] = []
  const names = storedNames(table.columns, (sentence) => notes.push(sentence))
  const [warnings, faults] = [tally(), tally()]
  const series = new Map<string, { columns: Map<string, Cell[]>; span: number }>()
  const times = { first: Infinity, last: -Infinity }
  let rows = 0
  const row = (read: ImportedRow | null) => {
    rows += 1
    progress(rows)
    if (!read) return
    times.first = Math.min(times.first, read.time)
    times.last = Math.max(times.last, read.time)
  }
  let count = 0
  let digest = ''
  let wanted = blocks === 0 ? digest : undefined
  for (const cut of cutFile(table, cutting, { warnings, faults, row })) {
    count += 1
    digest = nextDigest(digest, cut)
    if (count === blocks) wanted = digest
    const { source, columns, span } = cut.block
    const known = series.get(source) ?? { columns: new Map(), span: 0 }
    for (const name of columns.keys()) if (name !== RECEIPT) known.columns.set(name, [])
    series.set(source, { ...known, span: Math.max(known.span, span) })
  }
  const columns = new Set([...series.values()].flatMap((each) => [...each.columns.keys()]))
  const empty = names.filter((name) => !columns.has(name) && !isServerColumn(name))
  return {
    rows,
    blocks: count,
    digest: wanted,
    first: count === 0 ? undefined : isoTime(times.first),
    last: count === 0 ? undefined : isoTime(times.last),
    series: [...series].map(([source, each]) => ({ source, ...each })),
    columns: [...columns].sort(),
    warnings: [
      ...notes,
      ...empty.map((name) => `column "${name}" is left out: it holds nothing that can be stored`),
      ...warnings.sentences(),
    ],
    faults,
  }
}
