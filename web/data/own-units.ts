import { byId, createElement } from '../parts/dom.ts'
import { UNIT_MARKS, type View } from './address.ts'
import type { ColumnData } from './traces.ts'

/** The form that sets the unit of a column. */

const column = byId('unit-column', HTMLSelectElement)
const unit = byId('unit', HTMLInputElement)

let shown = new Map<string, string>()
let own: View['units'] = {}

/** Lists the columns that are shown, with their units. */
export function offerUnits(columns: readonly ColumnData[], { units }: Pick<View, 'units'>): void {
  const before = [...shown.keys()]
  shown = new Map(columns.map(({ column, unit }) => [column, unit]))
  own = units
  const names = [...shown.keys()]
  // An update would close the list while the page is live.
  if (names.join('\n') !== before.join('\n')) {
    const { value } = column
    column.replaceChildren(...names.map((name) => createElement('option', {}, name)))
    if (shown.has(value)) column.value = value
  }
  column.disabled = names.length === 0
  unit.disabled = column.disabled
  if (document.activeElement !== unit) showUnit()
}

function showUnit(): void {
  unit.value = shown.get(column.value) ?? ''
}

/** Calls `onChange` with the units that the user has set. An empty one is that of the uploads or of the name again. */
export function watchUnits(onChange: (units: View['units']) => void): void {
  column.addEventListener('change', showUnit)
  unit.addEventListener('change', () => {
    const { [column.value]: _before, ...others } = own
    const text = unit.value.replaceAll(UNIT_MARKS, '').trim()
    onChange(text === '' ? others : { ...others, [column.value]: text })
    showUnit()
  })
}
