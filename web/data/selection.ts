import { DEFAULT_TIME_COLUMNS, splitTimeColumns } from '../../lib/core/time-columns.ts'
import { parseRangeTime } from '../../lib/measurements/time-range.ts'
import { byId, createElement } from '../parts/dom.ts'
import { fromInput, toInput, type Zone, zoneName } from '../parts/format.ts'
import type { SeriesSummary } from '../parts/series.ts'
import type { View } from './address.ts'
import { isRelative, spanText } from './range.ts'
import { type DataSelection, isSameSeries, seriesLabel, seriesParameters } from './requests.ts'
import { RECEIPT_COLUMN } from './samples.ts'
import { unitOf, unitsOf } from './units.ts'

/** The form that selects series, their columns and a time range. */

const seriesChoice = byId('series', HTMLSelectElement)
const others = byId('others', HTMLElement)
const columns = byId('columns', HTMLElement)
const limits = { from: byId('from', HTMLInputElement), to: byId('to', HTMLInputElement) }
const otherRange = byId('other-range', HTMLButtonElement)

/** Columns that are selected initially, so that a series with many columns is readable. */
const INITIAL_COLUMNS = 8
/** Columns that say where and by which box, and are not measurements. */
const METADATA = ['box', 'lat', 'lon', 'lng', 'latitude', 'longitude', 'height']
const TIMES = splitTimeColumns(DEFAULT_TIME_COLUMNS).certain
/** Series that can be compared: there are eight colours. */
export const MAX_SERIES = 8

/** Sorts sensor2 before sensor10. */
const BY_NAME = new Intl.Collator('en', { numeric: true })

let list: readonly SeriesSummary[] = []

/** Lists the series; selects those of a view, or the first. */
export function offerSeries(all: readonly SeriesSummary[], { series }: View): void {
  list = all
  const [first = list[0], ...compared] = series.flatMap((name) => list.find((other) => isSameSeries(name, other)) ?? [])
  seriesChoice.replaceChildren(
    ...list.map((item, index) => createElement('option', { value: String(index) }, seriesLabel(item))),
  )
  if (first) seriesChoice.value = String(list.indexOf(first))
  byId('comparing', HTMLDetailsElement).hidden = list.length < 2
  offerChecks(
    others,
    list.map((item, index) => [String(index), seriesLabel(item), compared.includes(item)]),
  )
  markFirst()
}

/** The main series cannot be compared with itself. */
function markFirst(): void {
  for (const box of boxesIn(others)) box.disabled = box.value === seriesChoice.value
}

function offerChecks(host: HTMLElement, items: [value: string, label: string, checked: boolean][]): void {
  const labels = items.map(([value, label, checked]) =>
    createElement('label', { className: 'check' }, createElement('input', { type: 'checkbox', value, checked }), label),
  )
  host.replaceChildren(...labels)
}

const boxesIn = (host: HTMLElement) => Array.from(host.querySelectorAll('input'))
const checkedIn = (host: HTMLElement) =>
  boxesIn(host).flatMap(({ checked, disabled, value }) => (checked && !disabled ? [value] : []))

/** The selected series, first the main one. */
export const chosenSeries = (): SeriesSummary[] =>
  [seriesChoice.value, ...checkedIn(others)].flatMap((place) => list[Number(place)] ?? []).slice(0, MAX_SERIES)

/** Lists the columns of the selected series; selects those in a list, or the first measurements. */
export function offerColumns(wanted: readonly string[], own: View['units']): void {
  const series = chosenSeries()
  const names = [...new Set(series.flatMap(({ columns: all }) => all))]
  const offered = names.filter((name) => !TIMES.includes(name)).sort(BY_NAME.compare)
  const named = offered.filter((name) => wanted.includes(name))
  const measured = offered.filter((name) => !METADATA.includes(name)).slice(0, INITIAL_COLUMNS)
  const checked = new Set(named.length > 0 ? named : measured)
  const units = unitsOf(series, own)
  offerChecks(
    columns,
    offered.map((name) => {
      const unit = unitOf(name, units)
      return [name, unit === '' ? name : `${name} (${unit})`, checked.has(name)]
    }),
  )
  markFirst()
}

export function checkAll(checked: boolean): void {
  for (const box of boxesIn(columns)) box.checked = checked
}

export const chosenColumns = (): string[] => checkedIn(columns)

/** Shows the limits of a range. Those ago stay as they are: a button shows which one is chosen, if necessary its own. */
export function showRange({ from, to, zone }: Pick<View, 'from' | 'to' | 'zone'>): void {
  for (const side of ['from', 'to'] as const) {
    const text = { from, to }[side]
    const ms = isRelative(text) ? null : parseRangeTime(text, side, Date.now())
    limits[side].value = ms === null ? '' : toInput(ms, zone)
    byId(`${side}-label`, HTMLElement).textContent = `${side === 'from' ? 'From' : 'To'} (${zoneName(zone)})`
  }
  const buttons = [...document.querySelectorAll('button[data-range]')]
  const isOther = to === '' && isRelative(from) && !buttons.some((each) => each.getAttribute('data-range') === from)
  if (isOther) {
    otherRange.dataset['range'] = from
    otherRange.textContent = spanText(from)
    otherRange.hidden = false
  }
  for (const button of buttons) button.ariaPressed = String(to === '' && button.getAttribute('data-range') === from)
}

/** Calls `onChange` with the time that the user enters for a side. */
export function watchRange(zone: () => Zone, onChange: (side: 'from' | 'to', time: string) => void): void {
  for (const side of ['from', 'to'] as const)
    limits[side].addEventListener('input', () => onChange(side, fromInput(limits[side].value, zone())))
}

/** A view as parameters of /download: the rows of its main series as they were sent. Without `cols`, all columns are returned. */
export function downloadSelection({ from, to }: Pick<View, 'from' | 'to'>): DataSelection {
  const [series] = chosenSeries()
  if (!series) return {}
  const chosen = chosenColumns()
  const times = DEFAULT_TIME_COLUMNS.filter((name) => series.columns.includes(name))
  const isAll = chosen.length === boxesIn(columns).length
  const cols = isAll ? '' : [...new Set([...times, ...chosen, RECEIPT_COLUMN])].join(',')
  const parameters = { ...seriesParameters(series), cols, from, to }
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''))
}
