import { byId, createElement } from '../parts/dom.ts'
import { formatAge, formatSecond } from '../parts/format.ts'
import { ROOT } from '../parts/place.ts'
import type { SeriesSummary } from '../parts/series.ts'
import { table, unbroken } from '../parts/tables.ts'
import { chosenClient, currentToken } from './access.ts'
import { fetchSeries, fetchSubmissions, type Submission, type Work } from './requests.ts'
import { count, hint, list } from './text.ts'

/** The tables of boxes and submissions of a client, and the amount of work. */

const place = byId('boxes', HTMLElement)
const submissionsPlace = byId('submissions', HTMLElement)
const workPlace = byId('work', HTMLElement)
const knownBoxes = byId('known-boxes', HTMLElement)

/** Boxes of which the page asks for the last row: each is a request. */
const MAX_BOXES = 12

let shown: readonly SeriesSummary[] = []

const owner = () => {
  const client_id = chosenClient()
  return client_id === '' ? {} : { client_id }
}

/** Requests the series of the client again, and shows them. */
export async function showBoxes(): Promise<void> {
  const token = currentToken()
  const parameters = owner()
  const all = await fetchSeries(token, parameters)
  const first = await Promise.all(
    all.slice(0, MAX_BOXES).map(async (series) => {
      const { source, participant_id } = series
      const [detailed] = await fetchSeries(token, { ...parameters, source, participant_id })
      return detailed ?? series
    }),
  )
  // The user may have chosen another client meanwhile.
  if (token !== currentToken() || parameters.client_id !== owner().client_id) return
  shown = [...first, ...all.slice(MAX_BOXES)]
  knownBoxes.replaceChildren(...all.map(({ source }) => createElement('option', { value: source })))
  drawBoxes()
}

function drawBoxes(): void {
  if (shown.length === 0) {
    place.replaceChildren(hint('This client has no rows yet: upload a file below.'))
    return
  }
  const scrolled = place.querySelector('.wide')?.scrollLeft ?? 0
  place.replaceChildren(table('Boxes', ['Box', 'Last row (UTC)', 'Age', 'Columns', 'Warnings'], shown.map(rowOf)))
  const region = place.querySelector('.wide')
  if (region) region.scrollLeft = scrolled
}

function rowOf({ source, participant_id, last, columns, warnings = [] }: SeriesSummary): (Node | string)[] {
  const query = new URLSearchParams({ ...owner(), source, ...(participant_id !== undefined && { participant_id }) })
  const link = createElement('a', { href: new URL(`download?${query}`, ROOT).href }, source)
  const label = participant_id === undefined ? [link] : [link, ` of ${participant_id}`]
  const details =
    warnings.length === 0
      ? 'none'
      : createElement(
          'details',
          {},
          createElement('summary', {}, count(warnings.length, 'warning')),
          list(warnings.map(({ sentence }) => sentence)),
        )
  const ageCell = unbroken(last === undefined ? '' : ageNow(last))
  if (last !== undefined) ageCell.dataset['last'] = last
  return [
    createElement('span', {}, ...label),
    last === undefined ? '' : unbroken(formatSecond(last)),
    ageCell,
    String(columns.length),
    details,
  ]
}

const ageNow = (iso: string): string => formatAge(Date.now() - Date.parse(iso))

/** Updates the ages without a request. */
export function drawAges(): void {
  for (const cell of place.querySelectorAll<HTMLElement>('[data-last]')) {
    cell.textContent = ageNow(cell.dataset['last'] ?? '')
  }
}

/** Whether a person reads the warnings of a box, which an update would close. */
export const isReading = (): boolean =>
  place.querySelector('details[open]') !== null || place.contains(document.activeElement)

export async function showSubmissions(): Promise<void> {
  const submissions = await fetchSubmissions(currentToken(), chosenClient())
  const row = ({ received_at, participant_id = '', id }: Submission) => [
    unbroken(formatSecond(received_at)),
    participant_id,
    unbroken(id),
  ]
  submissionsPlace.replaceChildren(
    submissions.length === 0
      ? hint('This client has no submissions.')
      : table('Last submissions', ['Received (UTC)', 'Participant', 'Id'], submissions.map(row)),
  )
}

export function showWork({ events, blocks }: Work): void {
  const texts = [
    `Events of providers, such as identity sessions to approve: ${events.due} due, ${events.parked} parked.`,
    `Blocks of rows for openSenseMap: ${blocks.due} due, ${blocks.parked} parked.`,
  ]
  const isParked = events.parked + blocks.parked > 0
  workPlace.replaceChildren(
    list(texts),
    ...(isParked
      ? [hint('Parked work waits for an operator: npx latchkey events list --parked, or npx latchkey forwarding list.')]
      : []),
  )
}

/** Shows why a part of the page is empty. */
export function showReason(part: 'boxes' | 'submissions' | 'work', reason: string): void {
  byId(part, HTMLElement).replaceChildren(hint(reason))
}
