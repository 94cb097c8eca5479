import * as z from 'zod/mini'
import { firstRowTime } from './block-key.ts'
import type { Block } from './blocks.ts'
import type { Cell } from './cells.ts'
import type { DataTable } from './table.ts'
import { isoTime } from './times.ts'

const COLUMN_TYPES = ['number', 'text', 'boolean', 'mixed', 'empty'] as const

/** What an upload would store. A unit is known if the body names it. */
export const uploadPreview = z.object({
  rows: z.int(),
  columns: z.array(
    z.object({ name: z.string(), type: z.enum(COLUMN_TYPES), nulls: z.int(), unit: z.optional(z.string()) }),
  ),
  /** Column with the times of the rows; null if all rows have the time of receipt. */
  time_column: z.nullable(z.string()),
  sources: z.array(z.string()),
  first: z.optional(z.iso.datetime()),
  last: z.optional(z.iso.datetime()),
})

type ColumnType = (typeof COLUMN_TYPES)[number]

function findType(cells: readonly Cell[]): ColumnType {
  const types = new Set(cells.map((cell) => typeof cell))
  if (types.size > 1) return 'mixed'
  if (types.has('number')) return 'number'
  if (types.has('string')) return 'text'
  return types.has('boolean') ? 'boolean' : 'empty'
}

function describeColumn([name, cells]: readonly [string, readonly Cell[]]) {
  const values = cells.filter((cell) => cell !== null)
  return { name, type: findType(values), nulls: cells.length - values.length }
}

/** Describes a table and its blocks: columns with types and numbers of nulls, sources, and the range of times. */
export function previewUpload(table: DataTable, blocks: readonly Block[]): z.output<typeof uploadPreview> {
  const first = blocks.reduce((least, { key }) => Math.min(least, firstRowTime(key)), Infinity)
  const last = blocks.reduce((most, { key, span }) => Math.max(most, firstRowTime(key) + span), -Infinity)
  return {
    rows: table.rows,
    columns: [...table.columns].map((column) => {
      const unit = table.units?.get(column[0])
      return { ...describeColumn(column), ...(unit !== undefined && { unit }) }
    }),
    time_column: blocks.find(({ timeColumn }) => timeColumn !== null)?.timeColumn ?? null,
    sources: [...new Set(blocks.map(({ source }) => source))],
    ...(blocks.length > 0 && { first: isoTime(first), last: isoTime(last) }),
  }
}
