import { noteMissing } from '../row-times.ts'
import { toTable } from '../table.ts'
import { Warnings } from '../warnings.ts'
import { noteMixed } from './column-facts.ts'
import { type Facts, storedColumns } from './facts.ts'
import type { FileSettings } from './state.ts'

const TIME_KINDS = new Set<string>(['time_unreadable', 'time_ambiguous', 'time_early', 'time_late'])

/** The warnings of a whole file. Throws a `Problem` for two columns that are stored under one name. */
export function finishWarnings(
  facts: Facts,
  { timeColumn, rows, settings }: { timeColumn: string | null; rows: number; settings: FileSettings },
): Warnings {
  const warnings = new Warnings()
  const { values, notes, ignored } = facts.warnings.entries()
  warnings.append({ values: [], notes, ignored }, 0)
  toTable(
    [...facts.names.values()].map((name) => [name, []]),
    settings.accept,
    warnings,
    settings.textColumns,
  )
  const mixed = new Warnings()
  for (const [name, column] of facts.columns) noteMixed(name, column, mixed)
  // In the order of an upload: by column, those about times last.
  const order = new Map([...facts.columns.keys()].map((name, index) => [name, index]))
  const sorted = [...values, ...mixed.entries().values].sort(
    (a, b) =>
      Number(TIME_KINDS.has(a.kind)) - Number(TIME_KINDS.has(b.kind)) ||
      (order.get(a.column) ?? 0) - (order.get(b.column) ?? 0) ||
      a.firstRow - b.firstRow,
  )
  warnings.append({ values: sorted, notes: [], ignored: [] }, 0)
  if (timeColumn === null) noteMissing(storedColumns(facts, settings), rows, warnings)
  else withdrawForTimes(timeColumn, warnings)
  return warnings
}

/** As for an upload: a time has no spelling to lose, and its digits are kept as ISO text if all times are readable. */
function withdrawForTimes(column: string, warnings: Warnings): void {
  warnings.withdraw('text_in_numbers', column)
  if (!warnings.has('time_unreadable', column) && !warnings.has('time_ambiguous', column))
    warnings.withdraw('inexact', column)
}
