import { hash } from 'node:crypto'
import type { SQLOutputValue } from 'node:sqlite'
import type { Block } from '../../lib/measurements/blocks.ts'
import type { Cell } from '../../lib/measurements/cells.ts'
import { isServerColumn } from '../../lib/measurements/table.ts'
import { isoTime } from '../../lib/measurements/times.ts'
import { type Tally, tally } from '../support/tally.ts'
import { type CutBlock, cutBlocks } from './block-cutter.ts'
import { type ImportedRow, type ImportedTimes, RECEIPT, RowIssue, toRow, toStoredNames } from './co2logserver-rows.ts'

/** The table to import. Each call of `rows` starts at the first row. */
export interface LogTable {
  columns: readonly string[]
  rows(): Iterable<readonly SQLOutputValue[]>
}

/** Settings and earlier imports that determine how a file is cut. */
export interface CutOptions {
  timeColumns: readonly string[]
  times: ImportedTimes
  /** Numbers of rows of the file at earlier imports. */
  ends: readonly number[]
}

interface CutReport {
  warnings: Tally
  faults: Tally
  /** Receives each row, or null for one that cannot be stored. */
  row(row: ImportedRow | null): void
}

/** Result of reading a whole file before the import. */
export interface Survey {
  rows: number
  blocks: number
  /** Digest of the keys of the first blocks, see `nextDigest`; undefined if there are fewer. */
  digest: string | undefined
  /** ISO times of the first and the last row. */
  first: string | undefined
  last: string | undefined
  /** For the catalog. */
  series: Pick<Block, 'source' | 'columns' | 'span'>[]
  columns: string[]
  warnings: string[]
  /** Reasons why rows cannot be stored. */
  faults: Tally
}

/** Id of a file: a digest of its first row, which does not change when rows and columns are added. */
export function fileDigest({ columns, rows }: LogTable): string {
  const [first = []] = rows()
  const filled = columns.flatMap((name, index) => (first[index] === null ? [] : [[name.toLowerCase(), first[index]]]))
  const text = JSON.stringify(filled.sort(), (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  return hash('sha256', text, 'base64url')
}

export const nextDigest = (digest: string, { block: { source, key } }: CutBlock): string =>
  hash('sha256', JSON.stringify([digest, source, key]), 'base64url')

/** The blocks of a file, from its first row. */
export function* cutFile(
  table: LogTable,
  { timeColumns, times, ends }: CutOptions,
  report: CutReport,
): Generator<CutBlock> {
  const names = toStoredNames(table.columns, () => undefined)
  const readRow = (values: readonly SQLOutputValue[], index: number, before: number): ImportedRow | null => {
    try {
      return toRow(values, index, before, { names, timeColumns, times, warnings: report.warnings })
    } catch (error) {
      if (!(error instanceof RowIssue)) throw error
      report.faults.add(error.message, index)
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
      report.row(row)
      yield row
    }
  }
  yield* cutBlocks(rows(), ends)
}

/** Reads a whole file and stores nothing. `blocks` is the number of blocks in the digest. */
export function readSurvey(
  table: LogTable,
  cutting: CutOptions,
  blocks: number,
  progress: (rows: number) => void,
): Survey {
  const notes: string[] = []
  const names = toStoredNames(table.columns, (sentence) => notes.push(sentence))
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
  let requestedDigest = blocks === 0 ? digest : undefined
  for (const cut of cutFile(table, cutting, { warnings, faults, row })) {
    count += 1
    digest = nextDigest(digest, cut)
    if (count === blocks) requestedDigest = digest
    const { source, columns, span } = cut.block
    const known = series.get(source) ?? { columns: new Map(), span: 0 }
    for (const name of columns.keys()) if (name !== RECEIPT) known.columns.set(name, [])
    series.set(source, { ...known, span: Math.max(known.span, span) })
  }
  const columns = new Set([...series.values()].flatMap((item) => [...item.columns.keys()]))
  const empty = names.filter((name) => !columns.has(name) && !isServerColumn(name))
  return {
    rows,
    blocks: count,
    digest: requestedDigest,
    first: count === 0 ? undefined : isoTime(times.first),
    last: count === 0 ? undefined : isoTime(times.last),
    series: [...series].map(([source, item]) => ({ source, ...item })),
    columns: [...columns].sort(),
    warnings: [
      ...notes,
      ...empty.map((name) => `column "${name}" is left out: it contains no value that can be stored`),
      ...warnings.sentences(),
    ],
    faults,
  }
}
