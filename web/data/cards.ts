import { byId, createElement } from '../parts/dom.ts'
import { formatAge, formatNumber, formatTime, type Zone, zoneName } from '../parts/format.ts'
import { numberIn } from './rows.ts'
import type { ColumnData } from './traces.ts'

/** Cards with the last value of each column and its age. */

const list = byId('cards', HTMLElement)

/** How often ages are updated. */
const UPDATE_MS = 5_000

let ages: { place: HTMLElement; time: number }[] = []

/** Shows the last value of each column in the range. */
export function showCards(columns: readonly ColumnData[], zone: Zone): void {
  ages = []
  const items = columns.flatMap(({ name, column, unit, data: { newest, recent }, samples }) => {
    const row =
      recent.findLast(({ cells }) => cells[column] != null) ?? newest.findLast(({ cells }) => cells[column] != null)
    const sample = samples.at(-1)
    const last = row ? row.cells[column] : sample?.last
    const time = row?.time ?? sample?.time
    if (last == null || time === undefined) return []
    const number = numberIn(last)
    const place = createElement('span', { className: 'age', title: `${formatTime(time, zone)} ${zoneName(zone)}` })
    ages.push({ place, time })
    const value = createElement('strong', {}, number === null ? String(last) : formatNumber(number))
    const measure = unit === '' || number === null ? [] : [` ${unit}`]
    return [
      createElement(
        'li',
        {},
        createElement('span', { className: 'name', title: name }, name),
        createElement('span', { className: 'reading-now' }, value, ...measure),
        place,
      ),
    ]
  })
  list.replaceChildren(...items)
  showAges()
}

function showAges(): void {
  for (const { place, time } of ages) place.textContent = formatAge(Date.now() - time)
}

setInterval(() => document.hidden || showAges(), UPDATE_MS)
