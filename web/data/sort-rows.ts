import { numberIn, type Row } from './rows.ts'

/** A row of the table, with the name of its series if there are several. */
export interface TableRow extends Row {
  series: string
}

/** Sorts sensor2 before sensor10. */
const BY_TEXT = new Intl.Collator('en', { numeric: true })

/** The column and the direction in a text such as `co2:desc`; the column of times is empty, and the default. */
export function parseOrder(order: string): { column: string; isDescending: boolean } {
  const [, column = '', direction = 'desc'] = /^(.*):(asc|desc)$/s.exec(order) ?? []
  return { column, isDescending: direction === 'desc' }
}

/** Orders rows by a column: numbers before texts, empty cells last. The default is the newest row first. */
export function sortRows(rows: readonly TableRow[], order: string): TableRow[] {
  const { column, isDescending } = parseOrder(order)
  if (column === '') return isDescending ? rows.toReversed() : [...rows]
  const sign = isDescending ? -1 : 1
  return rows.toReversed().sort((one, other) => {
    const [a, b] = [one.cells[column], other.cells[column]]
    if (a == null || b == null) return Number(a == null) - Number(b == null)
    const [x, y] = [numberIn(a), numberIn(b)]
    if (x !== null && y !== null) return sign * (x - y)
    if (x === null && y === null) return sign * BY_TEXT.compare(String(a), String(b))
    return x === null ? 1 : -1
  })
}
