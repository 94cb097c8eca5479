import { createElement } from '../parts/dom.ts'
import type { Line } from './legend.ts'
import { formatCount, formatNumber, formatTime, type Row, summaryOf } from './rows.ts'

/** Rows added per click: a phone needs long for all of them. */
const ROWS_PER_CLICK = 50

const scrolled = (label: string, table: HTMLTableElement): HTMLElement =>
  createElement('div', { className: 'wide', tabIndex: 0, role: 'region', ariaLabel: label }, table)

/** Numbers and their headers are right-aligned. */
const alignment = (isNumber: boolean): string => (isNumber ? 'number' : '')

function headOf(names: readonly string[], isNumber: (name: string) => boolean): HTMLElement {
  const cells = names.map((name) => createElement('th', { scope: 'col', className: alignment(isNumber(name)) }, name))
  return createElement('thead', {}, createElement('tr', {}, ...cells))
}

/** Statistics of the plotted columns. */
export function summaryTable(lines: readonly Line[]): HTMLElement {
  const rows = lines.flatMap(({ name, values }) => {
    const summary = summaryOf(values)
    if (!summary) return []
    const { count, least, mean, most, last } = summary
    const texts = [formatCount(count), ...[least, mean, most, last].map(formatNumber)]
    const cells = texts.map((text) => createElement('td', { className: alignment(true) }, text))
    return [createElement('tr', {}, createElement('th', { scope: 'row' }, name), ...cells)]
  })
  const head = headOf(['Column', 'Values', 'Minimum', 'Mean', 'Maximum', 'Last'], (name) => name !== 'Column')
  return scrolled('Summary', createElement('table', {}, head, createElement('tbody', {}, ...rows)))
}

/** The rows in a table that grows by clicks; `numbers` names the numeric columns. */
export function rowsTable(
  rows: readonly Row[],
  columns: readonly string[],
  numbers: ReadonlySet<string>,
): HTMLElement[] {
  const isNumber = (name: string) => numbers.has(name)
  const rowOf = ({ time, cells }: Row) => {
    const values = columns.map((name) =>
      createElement('td', { className: alignment(isNumber(name)) }, String(cells[name] ?? '')),
    )
    return createElement('tr', {}, createElement('td', {}, formatTime(time)), ...values)
  }
  const body = createElement('tbody')
  const count = createElement('p', { className: 'status', role: 'status' })
  const more = createElement('button', { type: 'button' }, `${ROWS_PER_CLICK} more rows`)
  const add = () => {
    const shown = body.rows.length
    body.append(...rows.slice(shown, shown + ROWS_PER_CLICK).map(rowOf))
    count.textContent = `Rows 1 to ${formatCount(body.rows.length)} of ${formatCount(rows.length)}.`
    more.disabled = body.rows.length === rows.length
  }
  more.addEventListener('click', add)
  add()
  const table = createElement('table', {}, headOf(['time (UTC)', ...columns], isNumber), body)
  return [count, scrolled('Measurements', table), createElement('p', {}, more)]
}
