import type { BlockColumns } from './columns.ts'
import { compareText } from './compare.ts'
import { exactTime } from './times.ts'

interface Rows {
  timeColumn: string | null
  columns: BlockColumns
}

/**
 * Returns a function that describes a row of a block. Two rows of a series have the same description if their times and
 * values are equal. The notation of the time, the name of its column and empty cells make no difference.
 */
export function rowContents({ timeColumn, columns }: Rows): (row: number) => string {
  const times = timeColumn === null ? undefined : columns.get(timeColumn)
  const values = [...columns]
    // An import stores when the row was received, which is not a value.
    .filter(([name, cells]) => name !== timeColumn && name !== 'time_upload_utc' && cells.length > 0)
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, cells]) => ({ name: JSON.stringify(name), cells }))
  return (row) => {
    let text = exactTime(times?.[row] ?? null) ?? ''
    for (const { name, cells } of values) {
      const cell = cells[row] ?? null
      if (cell !== null) text += `,${name}:${typeof cell === 'string' ? JSON.stringify(cell) : cell}`
    }
    return text
  }
}
