import { byId, createElement } from '../parts/dom.ts'
import { formatTime, type Zone, zoneName } from '../parts/format.ts'
import type { SeriesSummary } from '../parts/series.ts'

/** What is known of the selected series: its times, its last warnings, and what openSenseMap has not received. */

const span = byId('span', HTMLElement)
const warnings = byId('warnings', HTMLElement)
const parked = byId('parked', HTMLElement)

/** Parked times that are listed; the plots mark all. */
const MAX_LISTED = 5

/** Shows the notes on the first series. */
export function describeSeries([main]: readonly SeriesSummary[], zone: Zone): void {
  const isKnown = main?.first !== undefined && main.last !== undefined
  span.textContent = isKnown
    ? `Rows from ${formatTime(Date.parse(main.first ?? ''), zone)} to ${formatTime(Date.parse(main.last ?? ''), zone)}.`
    : ''
  showWarnings(main?.warnings ?? [], zone)
  showParked(main?.parked ?? [], zone)
}

const list = (sentences: readonly string[]) =>
  createElement('ul', {}, ...sentences.map((sentence) => createElement('li', {}, sentence)))

function showWarnings(all: NonNullable<SeriesSummary['warnings']>, zone: Zone): void {
  const [first] = all
  warnings.hidden = !first
  if (!first) return
  const received = `${formatTime(Date.parse(first.received_at), zone)} ${zoneName(zone)}`
  warnings.replaceChildren(
    createElement('p', {}, `Last warnings, from the upload at ${received}. The plots mark this time:`),
    list(all.map(({ sentence }) => sentence)),
  )
}

function showParked(all: NonNullable<SeriesSummary['parked']>, zone: Zone): void {
  parked.hidden = all.length === 0
  const newest = all.slice(-MAX_LISTED).toReversed()
  const times = newest.map(
    ({ first, last, reason }) =>
      `${[...new Set([first, last])].map((time) => formatTime(Date.parse(time), zone)).join(' to ')} (${reason})`,
  )
  const which = all.length > MAX_LISTED ? `, the newest ${MAX_LISTED} of ${all.length}` : ''
  parked.replaceChildren(
    createElement('p', {}, `Not sent to openSenseMap (${zoneName(zone)})${which}. The plots mark these times:`),
    list(times),
  )
}
