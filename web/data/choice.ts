import { parseRangeTime } from '../../lib/measurements/time-range.ts'
import { isoTime } from '../../lib/measurements/times.ts'
import { byId, createElement } from '../parts/dom.ts'
import { type DataSelection, type SeriesName, type SeriesSummary, seriesParameters } from './requests.ts'
import { CERTAIN_TIME_COLUMNS, formatTime, RECEIPT_COLUMN, TIME_COLUMNS } from './rows.ts'

/** The form that selects a series, its columns and a time range. */

const seriesChoice = byId('series', HTMLSelectElement)
const columns = byId('columns', HTMLElement)
const from = byId('from', HTMLInputElement)
const to = byId('to', HTMLInputElement)
const span = byId('span', HTMLElement)
const warnings = byId('warnings', HTMLElement)

/** Parameters of the page's URL. */
const pageQuery = new URLSearchParams(location.search)

/** Columns that are selected initially, so that a series with many columns is readable. */
const INITIAL_COLUMNS = 8
/** Columns that say where and by which box, and are not measurements. */
const METADATA = ['box', 'lat', 'lon', 'height']

/** Sorts sensor2 before sensor10. */
const BY_NAME = new Intl.Collator('en', { numeric: true })

const DAY_MS = 86_400_000

/** Lists the series, and selects the one that the page's URL names. */
export function offerSeries(list: readonly SeriesSummary[]): void {
  seriesChoice.replaceChildren(
    ...list.map((series) => createElement('option', { value: optionValue(series) }, seriesLabel(series))),
  )
  const [wanted, participant] = [pageQuery.get('source'), pageQuery.get('participant_id')]
  const known = list.find(
    ({ source, participant_id }) => source === wanted && (participant === null || participant_id === participant),
  )
  if (known) seriesChoice.value = optionValue(known)
}

const optionValue = (series: SeriesName): string => new URLSearchParams(seriesParameters(series)).toString()

/** Name of a series for people. Rows without a box have their participant as the source. */
export function seriesLabel({ source, participant_id }: SeriesName): string {
  if (participant_id === undefined) return source
  return participant_id === source ? `${source} (participant)` : `${source} of ${participant_id}`
}

export const isChosen = (series: SeriesName): boolean => optionValue(series) === seriesChoice.value

/** Lists the columns of a series; selects those that the page's URL names, or the first measurements. */
export function offerColumns({ columns: all, units = {} }: SeriesSummary): void {
  const offered = all.filter((name) => !CERTAIN_TIME_COLUMNS.includes(name)).sort(BY_NAME.compare)
  const wanted = pageQuery.get('cols')?.split(',') ?? []
  const named = offered.filter((name) => wanted.includes(name))
  const measured = offered.filter((name) => !METADATA.includes(name)).slice(0, INITIAL_COLUMNS)
  const checked = new Set(named.length > 0 ? named : measured)
  const boxes = offered.map((name) => {
    const box = createElement('input', { type: 'checkbox', value: name, checked: checked.has(name) })
    const unit = Object.hasOwn(units, name) ? ` (${units[name]})` : ''
    return createElement('label', { className: 'check' }, box, `${name}${unit}`)
  })
  columns.replaceChildren(...boxes)
}

const boxes = () => Array.from(columns.querySelectorAll('input'))

export function checkAll(checked: boolean): void {
  for (const box of boxes()) box.checked = checked
}

export const chosenColumns = (): string[] => boxes().flatMap(({ checked, value }) => (checked ? [value] : []))

/** The inputs have no UTC offset; their labels say UTC. */
const inUtc = (value: string): string => (value === '' ? '' : `${value}Z`)

const asInput = (ms: number | null): string => (ms === null ? '' : isoTime(ms).slice(0, 19))

/** The form as parameters of /download. Without `cols`, all columns are returned. */
export function selection(series: SeriesSummary): DataSelection {
  const { columns: all } = series
  const chosen = chosenColumns()
  const times = TIME_COLUMNS.filter((name) => all.includes(name))
  const parameters = {
    ...seriesParameters(series),
    cols: chosen.length === boxes().length ? '' : [...times, ...chosen, RECEIPT_COLUMN].join(','),
    from: inUtc(from.value),
    to: inUtc(to.value),
  }
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''))
}

/** Shows the last warnings of a series, and when it received them. */
export function showWarnings({ warnings: list = [] }: SeriesSummary): void {
  const [first] = list
  warnings.hidden = !first
  if (!first) return
  const items = list.map(({ sentence }) => createElement('li', {}, sentence))
  warnings.replaceChildren(
    createElement('p', {}, `Last warnings, from the upload at ${formatTime(Date.parse(first.received_at))} UTC:`),
    createElement('ul', {}, ...items),
  )
}

/** Shows the time range of a series, and enables buttons for its last days. */
export function offerTimes({ first, last }: SeriesSummary, onChange: () => void): void {
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
      onChange()
    }
  }
}

from.value = asInput(parseRangeTime(pageQuery.get('from') ?? '', 'from', Date.now()))
to.value = asInput(parseRangeTime(pageQuery.get('to') ?? '', 'to', Date.now()))
