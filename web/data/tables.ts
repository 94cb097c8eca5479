import { make } from '../parts/dom.ts'
import type { Line } from './legend.ts'
import { type Row, shownCount, shownNumber, shownTime, summaryOf } from './rows.ts'

/** Rows that are added to the table at a time: a phone would be busy for long with all of them. */
const ROWS_AT_A_TIME = 50

const scrolled = (label: string, table: HTMLTableElement): HTMLElement =>
  make('div', { className: 'wide', tabIndex: 0, role: 'region', ariaLabel: label }, table)

/** Numbers stand at the right, and so do the names above them. */
const side = (isNumber: boolean): string => (isNumber ? 'number' : '')

function headOf(names: readonly string[], isNumber: (name: string) => boolean): HTMLElement {
  const cells = names.map((name) => make('th', { scope: 'col', className: side(isNumber(name)) }, name))
  return make('thead', {}, make('tr', {}, ...cells))
}

/** What the plotted columns are like, in numbers. */
export function summaryTable(lines: readonly Line[]): HTMLElement {
  const rows = lines.flatMap(({ name, values }) => {
    const summary = summaryOf(values)
    if (!summary) return []
    const { count, least, mean, most, last } = summary
    const texts = [shownCount(count), ...[least, mean, most, last].map(shownNumber)]
    const cells = texts.map((text) => make('td', { className: side(true) }, text))
    return [make('tr', {}, make('th', { scope: 'row' }, name), ...cells)]
  })
  const head = headOf(['Column', 'Values', 'Least', 'Mean', 'Most', 'Last'], (name) => name !== 'Column')
  return scrolled('Summary', make('table', {}, head, make('tbody', {}, ...rows)))
}

/** The rows, in the order of their times, some at first and more on demand; `numbers` are the columns that hold some. */
export function rowsTable(
  rows: readonly Row[],
  columns: readonly string[],
  numbers: ReadonlySet<string>,
): HTMLElement[] {
  const isNumber = (name: string) => numbers.has(name)
  const rowOf = ({ time, cells }: Row) => {
    const values = columns.map((name) => make('td', { className: side(isNumber(name)) }, String(cells[name] ?? '')))
    return make('tr', {}, make('td', {}, shownTime(time)), ...values)
  }
  const body = make('tbody')
  const count = make('p', { className: 'status', role: 'status' })
  const more = make('button', { type: 'button' }, `${ROWS_AT_A_TIME} more rows`)
  const add = () => {
    const shown = body.rows.length
    body.append(...rows.slice(shown, shown + ROWS_AT_A_TIME).map(rowOf))
    count.textContent = `Rows 1 to ${shownCount(body.rows.length)} of ${shownCount(rows.length)}.`
    more.disabled = body.rows.length === rows.length
  }
  more.addEventListener('click', add)
  add()
  const table = make('table', {}, headOf(['time (UTC)', ...columns], isNumber), body)
  return [count, scrolled('Measurements', table), make('p', {}, more)]
}
