import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import type { Cell } from '../../lib/measurements/cells.ts'
import { countCell, noCells, toParquetColumns } from '../../lib/measurements/parquet-columns.ts'
import { type CsvOutput, csvFormat, ndjsonFormat, type RowFormat } from '../../lib/measurements/row-writers.ts'
import { readSpool, toSpoolLine } from '../../lib/measurements/spool.ts'
import { CommandError } from './error-message.ts'

export interface ExportFormat {
  format: 'csv' | 'ndjson' | 'parquet'
  names: readonly string[]
  csv: CsvOutput
  /** Columns of ISO 8601 texts that are timestamps in Parquet. */
  timestamps: ReadonlySet<string>
}

/** What was written. */
export interface WrittenRows {
  rows: number
  bytes: number
  columns: readonly string[]
  /** Sentences about columns for the operator. */
  notes: readonly string[]
}

type Rows = AsyncIterable<readonly Cell[]>
type WriteText = (text: string) => Promise<unknown>

/** Characters per write. */
const CHUNK = 1_000_000

/** Writes rows to a file. */
export async function writeRows(file: string, target: ExportFormat, rows: Rows): Promise<WrittenRows> {
  const result = await (target.format === 'parquet' ? writeViaSpool(file, target, rows) : writeFile(file, target, rows))
  return { ...result, bytes: (await stat(file)).size }
}

/** Writes rows to a stream, such as stdout. */
export async function writeRowsTo(stream: Writable, target: ExportFormat, rows: Rows): Promise<WrittenRows> {
  let bytes = 0
  // The callback of each write gets the error. Without a listener, the stream would end the process.
  stream.on('error', () => undefined)
  const write = (chunk: string | Buffer) =>
    new Promise<void>((resolve, reject) => {
      bytes += Buffer.byteLength(chunk)
      stream.write(chunk, (error) => (error ? reject(streamClosed()) : resolve()))
    })
  if (target.format !== 'parquet') return { ...(await writeLines(write, target, rows)), bytes }
  // The library writes to files only.
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-export-'))
  try {
    const file = join(folder, 'rows.parquet')
    const result = await writeViaSpool(file, target, rows)
    for await (const chunk of createReadStream(file)) await write(chunk)
    return { ...result, bytes }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const streamClosed = () => new CommandError('The program that reads stdout has stopped reading.')

async function writeFile(file: string, target: ExportFormat, rows: Rows) {
  const handle = await open(file, 'w')
  try {
    const result = await writeLines((text) => handle.appendFile(text), target, rows)
    await handle.sync()
    return result
  } finally {
    await handle.close()
  }
}

async function writeLines(write: WriteText, { format, names, csv }: ExportFormat, rows: Rows) {
  const count = await writeText(write, format === 'csv' ? csvFormat(names, csv) : ndjsonFormat(names), rows)
  return { rows: count, columns: names, notes: [] }
}

async function writeText(
  write: WriteText,
  { head, row: formatRow }: Pick<RowFormat, 'head' | 'row'>,
  rows: Rows,
): Promise<number> {
  let text = head
  let count = 0
  for await (const row of rows) {
    text += formatRow(row)
    count += 1
    if (text.length < CHUNK) continue
    await write(text)
    text = ''
  }
  await write(text)
  return count
}

async function writeViaSpool(file: string, { names, timestamps }: ExportFormat, rows: Rows) {
  const spool = `${file}.rows`
  const counts = names.map(noCells)
  async function* withCounts() {
    for await (const row of rows) {
      counts.forEach((column, place) => {
        countCell(column, row[place] ?? null)
      })
      yield row
    }
  }
  const handle = await open(spool, 'w')
  try {
    const count = await writeText((text) => handle.appendFile(text), { head: '', row: toSpoolLine }, withCounts())
    const columns = toParquetColumns(names, counts, timestamps)
    const { fileWriter } = await import('hyparquet-writer')
    const { writeParquet } = await import('../../lib/measurements/parquet.ts')
    await writeParquet(fileWriter(file), columns, readSpool(createReadStream(spool, 'utf8')))
    const notes = columns.flatMap(({ name, place, others }) =>
      others === undefined ? [] : [`Note: values of "${names[place]}" with another type are in "${name}": ${others}.`],
    )
    return { rows: count, columns: columns.map(({ name }) => name), notes }
  } finally {
    await handle.close()
    await rm(spool, { force: true })
  }
}
