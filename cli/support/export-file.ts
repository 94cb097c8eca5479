import { createReadStream } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import type { Cell } from '../../lib/measurements/cells.ts'
import { csvFormat, ndjsonFormat, type RowFormat } from '../../lib/measurements/row-writers.ts'
import { type ColumnType, widened, writeParquet } from './parquet.ts'

export type ExportFormat = 'csv' | 'ndjson' | 'parquet'

/** Characters that are gathered before they are written. */
const CHUNK = 1_000_000

/** Writes rows into a file and counts them. */
export function writeRows(
  file: string,
  format: ExportFormat,
  names: readonly string[],
  formulas: 'defuse' | 'keep',
  rows: AsyncIterable<readonly Cell[]>,
): Promise<number> {
  if (format === 'parquet') return throughSpool(file, names, rows)
  return writeText(file, format === 'csv' ? csvFormat(names, formulas) : ndjsonFormat(names), rows)
}

async function writeText(
  file: string,
  { head, row: line }: Pick<RowFormat, 'head' | 'row'>,
  rows: AsyncIterable<readonly Cell[]>,
): Promise<number> {
  const handle = await open(file, 'w')
  try {
    let text = head
    let count = 0
    for await (const row of rows) {
      text += line(row)
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

/** Parquet begins with the types of its columns, which only the last row settles: rows wait in a file of their own. */
async function throughSpool(
  file: string,
  names: readonly string[],
  rows: AsyncIterable<readonly Cell[]>,
): Promise<number> {
  const spool = `${file}.rows`
  const types: (ColumnType | undefined)[] = names.map(() => undefined)
  async function* noted() {
    for await (const row of rows) {
      for (const [index, cell] of row.entries()) types[index] = widened(types[index], cell)
      yield row
    }
  }
  try {
    const count = await writeText(spool, { head: '', row: (row) => `${JSON.stringify(row)}\n` }, noted())
    await writeParquet(file, names, types, spooled(spool))
    return count
  } finally {
    await rm(spool, { force: true })
  }
}

/** The rows of a spool, which only the line feed ends: texts may hold what other readers take for the end of a line. */
async function* spooled(file: string): AsyncGenerator<Cell[]> {
  let rest = ''
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}
