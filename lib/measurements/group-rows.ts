import { Problem } from '../core/problem.ts'
import { LIMITS } from './limits.ts'
import { placedProblem } from './placed-problem.ts'
import type { RowTimes } from './row-times.ts'
import type { DataTable } from './table.ts'

/** The source of rows without a box and a participant. */
export const DEFAULT_SOURCE = 'default'

/** Indices of the rows of one source that all have times, or all have none. */
export interface RowGroup {
  source: string
  timeColumn: string | null
  rows: number[]
}

/** Groups the rows of a table by source: their box, else the participant, else `default`. Throws a `Problem` for too many. */
export function groupRows(table: DataTable, times: RowTimes, participant?: string): RowGroup[] {
  const boxes = table.columns.get('box')
  const groups: RowGroup[] = []
  const sources = new Set<string>()
  // A box and a participant may have the same name; their rows are in separate blocks.
  const groupsByBox = { timed: new Map<string | null, RowGroup>(), untimed: new Map<string | null, RowGroup>() }
  for (let row = 0; row < table.rows; row += 1) {
    const cell = boxes?.[row] ?? null
    const box = cell === null || cell === '' ? null : String(cell)
    const isTimed = times.isReadable[row] === 1
    const groupOf = isTimed ? groupsByBox.timed : groupsByBox.untimed
    const group = groupOf.get(box)
    if (group) group.rows.push(row)
    else {
      const source = box ?? participant ?? DEFAULT_SOURCE
      checkSource(source, row, sources.add(source).size)
      const newGroup: RowGroup = { source, timeColumn: isTimed ? times.column : null, rows: [row] }
      groupOf.set(box, newGroup)
      groups.push(newGroup)
    }
  }
  return groups
}

function checkSource(source: string, index: number, sourceCount: number): void {
  const maxCharacters = LIMITS.sourceCharacters
  if (source.length > maxCharacters) {
    const messageAt = ({ row }: { row: number }) =>
      `Row ${row}: a box name may have at most ${maxCharacters} characters.`
    const issue = { field: 'box', detail: `longer than ${maxCharacters} characters` }
    throw placedProblem('limit_exceeded', { row: index + 1 }, messageAt, issue)
  }
  if (sourceCount > LIMITS.sources) {
    throw new Problem('limit_exceeded', `The upload has rows of more than ${LIMITS.sources} boxes. Send it in parts.`)
  }
}
