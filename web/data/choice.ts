import { isoTime, parseTime } from '../../lib/measurements/times.ts'
import { byId, createElement } from '../parts/dom.ts'
import type { DataSelection, SeriesSummary } from './requests.ts'
import { formatTime, RECEIPT_COLUMN, TIME_COLUMNS } from './rows.ts'

/** The form that says what is shown: a series, its columns, a range of times. */

const source = byId('series', HTMLSelectElement)
const columns = byId('columns', HTMLElement)
const from = byId('from', HTMLInputElement)
const to = byId('to', HTMLInputElement)
const span = byId('span', HTMLElement)

/** What the address of the page asks for. */
const asked = new URLSearchParams(location.search)

/** Columns that are checked at first, so that a series with many is still readable. */
const CHECKED_AT_FIRST = 8
/** What Latchkey itself reads in rows: not measured, but where and by what. */
const UNMEASURED = ['box', 'lat', 'lon', 'height']

/** So that sensor2 comes before sensor10. */
const BY_NAME = new Intl.Collator('en', { numeric: true })

const DAY_MS = 86_400_000

/** Offers series; true when one of them is the one that is meant, without being chosen. */
export function offerSeries(list: readonly SeriesSummary[]): void {
  source.replaceChildren(...list.map((each) => createElement('option', {}, each.source)))
  const wanted = asked.get('source')
  const known = list.find((each) => each.source === wanted)
  if (known) source.value = known.source
}

export const chosenSource = (): string => source.value

/** Offers the columns of a series: those that the address asks for are checked, else the first that were measured. */
export function offerColumns({ columns: all }: SeriesSummary): void {
  const offered = all.filter((name) => !TIME_COLUMNS.includes(name)).sort(BY_NAME.compare)
  const wanted = asked.get('cols')?.split(',') ?? []
  const named = offered.filter((name) => wanted.includes(name))
  const measured = offered.filter((name) => !UNMEASURED.includes(name)).slice(0, CHECKED_AT_FIRST)
  const checked = new Set(named.length > 0 ? named : measured)
  const boxes = offered.map((name) => {
    const box = createElement('input', { type: 'checkbox', value: name, checked: checked.has(name) })
    return createElement('label', { className: 'check' }, box, name)
  })
  columns.replaceChildren(...boxes)
}

const boxes = () => Array.from(columns.querySelectorAll('input'))

export function checkAll(checked: boolean): void {
  for (const box of boxes()) box.checked = checked
}

export const chosenColumns = (): string[] => boxes().flatMap(({ checked, value }) => (checked ? [value] : []))

/** The inputs hold times without an offset, and the page says that they are in UTC. */
const inUtc = (value: string): string => (value === '' ? '' : `${value}Z`)

const asInput = (ms: number | null): string => (ms === null ? '' : isoTime(ms).slice(0, 19))

/** What the form says, as parameters of a download. All columns are asked for by naming none. */
export function selection({ columns: all }: SeriesSummary): DataSelection {
  const chosen = chosenColumns()
  const times = TIME_COLUMNS.filter((name) => all.includes(name))
  const parameters = {
    source: source.value,
    cols: chosen.length === boxes().length ? '' : [...times, ...chosen, RECEIPT_COLUMN].join(','),
    from: inUtc(from.value),
    to: inUtc(to.value),
  }
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''))
}

/** Says what times a series has, and fills in the last days of them on demand, or none. */
export function offerTimes({ first, last }: SeriesSummary, chosen: () => void): void {
  const isKnown = first !== undefined && last !== undefined
  span.textContent = isKnown ? `Rows from ${formatTime(Date.parse(first))} to ${formatTime(Date.parse(last))}.` : ''
  for (const [id, days] of [
    ['last-day', 1],
    ['last-week', 7],
    ['all-times', null],
  ] as const) {
    const button = byId(id, HTMLButtonElement)
    button.disabled = !isKnown && days !== null
    button.onclick = () => {
      from.value = isKnown && days !== null ? asInput(Date.parse(last) - days * DAY_MS) : ''
      to.value = ''
      chosen()
    }
  }
}

from.value = asInput(parseTime(asked.get('from') ?? ''))
to.value = asInput(parseTime(asked.get('to') ?? ''))
