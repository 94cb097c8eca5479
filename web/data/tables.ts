import { createElement } from '../parts/dom.ts'
import { formatCount, formatNumber, withUnit } from '../parts/format.ts'
import { scrolled } from '../parts/tables.ts'
import { samplesOf, summaryOf } from './samples.ts'
import type { ColumnData } from './traces.ts'

/** The place of the statistics. */
export const summary = createElement('div')

/** Statistics of columns in the whole range, whatever part of it is visible. */
export function summaryTable(columns: readonly ColumnData[]): HTMLElement[] {
  const rows = columns.flatMap(({ name, column, unit, data: { windows, recent } }) => {
    const statistics = summaryOf([...samplesOf(windows, column), ...samplesOf({ rows: recent, width: 0 }, column)])
    if (!statistics) return []
    const { count, least, mean, most, last } = statistics
    const texts = [formatCount(count), ...[least, mean, most, last].map((value) => withUnit(formatNumber(value), unit))]
    const cells = texts.map((text) => createElement('td', { className: 'number' }, text))
    return [createElement('tr', {}, createElement('th', { scope: 'row' }, name), ...cells)]
  })
  if (rows.length === 0) return []
  const names = ['Column', 'Values', 'Minimum', 'Mean', 'Maximum', 'Last'].map((name, index) =>
    createElement('th', { scope: 'col', className: index === 0 ? '' : 'number' }, name),
  )
  const head = createElement('thead', {}, createElement('tr', {}, ...names))
  const table = createElement('table', {}, head, createElement('tbody', {}, ...rows))
  return [createElement('h2', {}, 'Summary'), scrolled('Summary', table)]
}
