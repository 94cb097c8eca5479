import type { Cell } from './cells.ts'

// Parquet files start with the column types, which are known after the last row. A spool stores the rows until then.

/** A row in a spool: a line of JSON. */
export const toSpoolLine = (row: readonly Cell[]): string => `${JSON.stringify(row)}\n`

/** The rows of a spool. Only a line feed ends a row: texts may contain other characters that readers treat as line ends. */
export async function* readSpool(chunks: AsyncIterable<string>): AsyncGenerator<Cell[]> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}
