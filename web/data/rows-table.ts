import { createElement } from '../parts/dom.ts'
import { formatCount, formatTime, type Zone, zoneName } from '../parts/format.ts'
import { scrolled } from '../parts/tables.ts'
import { numberIn } from './rows.ts'
import { parseOrder, sortRows, type TableRow } from './sort-rows.ts'

/** Rows added per click: a phone needs long for all of them. */
const ROWS_PER_CLICK = 50

export interface TableContent {
  /** In the order of their times. */
  rows: readonly TableRow[]
  columns: readonly string[]
  /** How many rows the range has: the table may have the newest of them only. */
  total: number
  zone: Zone
  hasSeries: boolean
}

/** How the table is ordered and filtered: part of the address. */
export interface TableChoice {
  order: string
  find: string
}

/** Shows rows in a table that grows by clicks. Calls `onChange` when the user orders or filters it. */
export function rowsTable(content: TableContent, choice: TableChoice, onChange: (choice: TableChoice) => void) {
  const { rows, columns, total, zone, hasSeries } = content
  const shown = columns.filter((name) => name.includes(choice.find.toLowerCase()))
  const numbers = new Set(shown.filter((name) => rows.some(({ cells }) => numberIn(cells[name]) !== null)))
  const sorted = sortRows(rows, choice.order)
  const alignment = (name: string) => (numbers.has(name) ? 'number' : '')
  const rowOf = ({ time, cells, series }: TableRow) =>
    createElement(
      'tr',
      {},
      createElement('th', { scope: 'row' }, formatTime(time, zone)),
      ...(hasSeries ? [createElement('td', {}, series)] : []),
      ...shown.map((name) => createElement('td', { className: alignment(name) }, String(cells[name] ?? ''))),
    )
  const order = parseOrder(choice.order)
  const orderButton = (column: string, label: string) => {
    const isOrder = order.column === column
    const button = createElement('button', { type: 'button', className: 'order' }, label)
    button.dataset['column'] = column
    button.addEventListener('click', () =>
      onChange({ ...choice, order: `${column}:${isOrder && order.isDescending ? 'asc' : 'desc'}` }),
    )
    const cell = createElement('th', { scope: 'col', className: alignment(column) }, button)
    if (isOrder) cell.ariaSort = order.isDescending ? 'descending' : 'ascending'
    return cell
  }
  const head = createElement(
    'tr',
    {},
    orderButton('', `time (${zoneName(zone)})`),
    ...(hasSeries ? [createElement('th', { scope: 'col' }, 'series')] : []),
    ...shown.map((name) => orderButton(name, name)),
  )
  const body = createElement('tbody')
  const count = createElement('p', { className: 'status', role: 'status' })
  const more = createElement('button', { type: 'button' }, `${ROWS_PER_CLICK} more rows`)
  const add = () => {
    const start = body.rows.length
    body.append(...sorted.slice(start, start + ROWS_PER_CLICK).map(rowOf))
    const rest =
      total > rows.length
        ? ` Only the newest ${formatCount(rows.length)} of ${formatCount(total)} rows are loaded: zoom in to see others.`
        : ''
    count.textContent = `Rows 1 to ${formatCount(body.rows.length)} of ${formatCount(rows.length)}.${rest}`
    more.disabled = body.rows.length === rows.length
  }
  more.addEventListener('click', add)
  add()
  const table = createElement('table', {}, createElement('thead', {}, head), body)
  return [count, scrolled('Measurements', table, 'wide rows'), createElement('p', {}, more)]
}
