import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { Cell } from '../../lib/measurements/cells.ts'
import { type CsvOptions, csvFormat, ndjsonFormat, type RowFormat } from '../../lib/measurements/row-writers.ts'
import { type ColumnType, widenType, writeParquet } from './parquet.ts'

export type ExportFormat = 'csv' | 'ndjson' | 'parquet'

/** Characters per write. */
const CHUNK = 1_000_000

/** Writes rows to a file. Returns their number. */
export function writeRows(
  file: string,
  format: ExportFormat,
  names: readonly string[],
  csv: CsvOptions,
  rows: AsyncIterable<readonly Cell[]>,
): Promise<number> {
  if (format === 'parquet') return writeViaSpool(file, names, rows)
  return writeText(file, format === 'csv' ? csvFormat(names, csv) : ndjsonFormat(names), rows)
}

async function writeText(
  file: string,
  { head, row: formatRow }: Pick<RowFormat, 'head' | 'row'>,
  rows: AsyncIterable<readonly Cell[]>,
): Promise<number> {
  const handle = await open(file, 'w')
  try {
    let text = head
    let count = 0
    for await (const row of rows) {
      text += formatRow(row)
      count += 1
      if (text.length < CHUNK) continue
      await handle.appendFile(text)
      text = ''
    }
    await handle.appendFile(text)
    await handle.sync()
    return count
  } finally {
    await handle.close()
  }
}

/** Parquet files start with the column types, which are known after the last row. A spool file stores the rows until then. */
async function writeViaSpool(
  file: string,
  names: readonly string[],
  rows: AsyncIterable<readonly Cell[]>,
): Promise<number> {
  const spool = `${file}.rows`
  const types: (ColumnType | undefined)[] = names.map(() => undefined)
  async function* withTypes() {
    for await (const row of rows) {
      for (const [index, cell] of row.entries()) types[index] = widenType(types[index], cell)
      yield row
    }
  }
  try {
    const count = await writeText(spool, { head: '', row: (row) => `${JSON.stringify(row)}\n` }, withTypes())
    await writeParquet(file, names, types, readSpool(spool))
    return count
  } finally {
    await rm(spool, { force: true })
  }
}

/** The rows of a spool. Only a line feed ends a row: texts may contain other characters that readers treat as line ends. */
async function* readSpool(file: string): AsyncGenerator<Cell[]> {
  let rest = ''
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}
