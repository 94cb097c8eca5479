import {
  checkAll,
  chosenColumns,
  isChosen,
  offerColumns,
  offerSeries,
  offerTimes,
  selection,
  seriesLabel,
  showWarnings,
} from './data/choice.ts'
import { CANCELLED, type Loaded, load } from './data/load.ts'
import { type DataAccess, downloadUrl, fetchSeries, RequestError, type SeriesSummary } from './data/requests.ts'
import { formatCount, formatTime } from './data/rows.ts'
import { isFormat, save } from './data/save.ts'
import { showAsShare } from './data/share.ts'
import { readShare } from './data/share-link.ts'
import { show } from './data/view.ts'
import { copyButtons } from './parts/copy.ts'
import { byId, createElement, setStatus } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'

/** The page at /download: asks for a token if reading needs one, then shows the series that it may read. */

const token = byId('token', HTMLInputElement)
const clientId = byId('client-id', HTMLInputElement)
const accessStatus = byId('access-status', HTMLElement)
const choice = byId('choice', HTMLFormElement)
const status = byId('status', HTMLElement)
const cancel = byId('cancel', HTMLButtonElement)
const isOpen = byId('main', HTMLElement).hasAttribute('data-open')
const fragment = location.hash
const share = readShare(fragment)

let access: DataAccess = { token: share ?? '', clientId: '' }
let allSeries: SeriesSummary[] = []
let current = new AbortController()

/** Runs a task and aborts the previous one. */
async function runTask(place: HTMLElement, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  current.abort()
  const controller = new AbortController()
  current = controller
  cancel.disabled = false
  try {
    await task(controller.signal)
  } catch (error) {
    if (controller.signal.reason === CANCELLED) setStatus(place, 'Cancelled.')
    else if (!controller.signal.aborted) showError(place, error)
  } finally {
    if (current === controller) cancel.disabled = true
  }
}

function showError(place: HTMLElement, error: unknown): void {
  const isRequestError = error instanceof RequestError
  setStatus(place, isRequestError ? error.message : 'The response could not be read. Try again.', 'bad')
  if (!isRequestError || error.status !== 401) return
  setStatus(accessStatus, share === null ? `${error.message} Enter the token again.` : error.message, 'bad')
  token.focus()
  token.select()
}

/** Lists the series that the token may read, and shows the one that the address names, or the first. */
async function connect(signal: AbortSignal): Promise<void> {
  setStatus(accessStatus, 'Asking.')
  allSeries = await fetchSeries(access, signal)
  for (const id of ['choosing', 'saving']) byId(id, HTMLFieldSetElement).disabled = allSeries.length === 0
  if (allSeries.length === 0) {
    setStatus(accessStatus, `${noSeries()} `)
    accessStatus.append(createElement('a', { href: new URL('uploadhelp', ROOT).href }, 'How to upload'))
    return
  }
  setStatus(
    accessStatus,
    allSeries.length === 1 ? 'There is one series.' : `There are ${formatCount(allSeries.length)} series.`,
    'good',
  )
  offerSeries(allSeries)
  chooseSeries()
  await showChosen(signal)
}

/** Without a client id, the admin token reads the series of the shared client. */
function noSeries(): string {
  if (share !== null) return 'The shared series have no rows any more.'
  const isAdmin = access.token !== '' && !access.token.includes('.')
  if (isAdmin && access.clientId === '') return 'The shared client has no rows. Enter a client id.'
  return access.clientId === ''
    ? 'No rows have been uploaded yet.'
    : 'No rows have been uploaded under this client id yet.'
}

const chosenSeries = (): SeriesSummary | undefined => allSeries.find(isChosen)

function chooseSeries(): void {
  const series = chosenSeries()
  if (!series) return
  offerColumns(series)
  showWarnings(series)
  offerTimes(series, showSelection)
  showCommand()
  // The times of the series come with another request; without them the buttons for the last days stay disabled.
  fetchSeries(access, new AbortController().signal, series)
    .then(([detailed]) => detailed && isChosen(series) && offerTimes(detailed, showSelection))
    .catch(() => undefined)
}

async function showChosen(signal: AbortSignal): Promise<void> {
  const series = chosenSeries()
  const columns = chosenColumns()
  if (!series || columns.length === 0) return setStatus(status, 'Choose a column.', 'bad')
  const chosen = selection(series)
  const address = { ...(access.clientId !== '' && { client_id: access.clientId }), ...chosen }
  // The link of a share stays in the address.
  history.replaceState(null, '', `?${new URLSearchParams(address)}${share === null ? '' : fragment}`)
  showCommand()
  setStatus(status, 'Loading.')
  bringIntoView()
  const loaded = await load(chosen, access, signal, (count) => setStatus(status, `Loading: ${rowsIn(count)} so far.`))
  setStatus(status, `${seriesLabel(series)}: ${outcome(loaded, show(loaded.rows, columns))}`)
}

const showSelection = () => runTask(status, showChosen)

/** On a phone the plot is below the form. The page does not scroll before the user has acted. */
function bringIntoView(): void {
  const isBelow = status.getBoundingClientRect().bottom > innerHeight
  if (isBelow && navigator.userActivation.hasBeenActive) status.scrollIntoView()
}

const rowsIn = (count: number): string => (count === 1 ? '1 row' : `${formatCount(count)} rows`)

const CUTS = {
  cancelled: ' Cancelled: not all rows are shown.',
  'too many': ' There may be more rows: choose a shorter time range, or save all of them.',
}

function outcome({ rows, cut }: Loaded, unplotted: readonly string[]): string {
  const [first, last] = [rows[0], rows.at(-1)]
  const end = cut ? CUTS[cut] : ''
  if (!first || !last) return `There are no rows in this selection.${end}`
  const texts = unplotted.length > 0 ? ` Columns without numbers are only in the table: ${unplotted.join(', ')}.` : ''
  return `${rowsIn(rows.length)}, ${formatTime(first.time)} to ${formatTime(last.time)} UTC.${texts}${end}`
}

async function saveChosen(format: string | null, signal: AbortSignal): Promise<void> {
  const series = chosenSeries()
  if (!series || !isFormat(format)) return
  await save(format, selection(series), access, signal, (bytes) => {
    setStatus(status, `Saving: ${(bytes / 1e6).toFixed(1)} MB so far.`)
  })
  setStatus(status, 'Saved: see the downloads of your browser.', 'good')
}

/** Shows the curl command for the selection, without the token. */
function showCommand(): void {
  const series = chosenSeries()
  if (!series) return
  const header = access.token === '' ? '' : ' \\\n  -H "Authorization: Bearer $TOKEN"'
  const address = downloadUrl(selection(series), access, 'csv').href.replaceAll('%2C', ',').replaceAll("'", '%27')
  byId('curl', HTMLElement).textContent = `curl '${address}'${header}`
}

byId('access', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  access = { token: token.value.trim(), clientId: clientId.value.trim() }
  if (access.token === '' && !isOpen) setStatus(accessStatus, 'Enter a token first.', 'bad')
  else runTask(accessStatus, connect)
})
choice.addEventListener('submit', (event) => {
  event.preventDefault()
  showSelection()
})
choice.addEventListener('input', showCommand)
byId('series', HTMLSelectElement).addEventListener('change', chooseSeries)
for (const [id, checked] of [
  ['all-columns', true],
  ['no-columns', false],
] as const) {
  byId(id, HTMLButtonElement).addEventListener('click', () => {
    checkAll(checked)
    showCommand()
  })
}
cancel.addEventListener('click', () => current.abort(CANCELLED))
for (const button of document.querySelectorAll('button[data-saves]')) {
  const format = button.getAttribute('data-saves')
  button.addEventListener('click', () => runTask(status, (signal) => saveChosen(format, signal)))
}
copyButtons(byId('copied', HTMLElement))
if (share === null) clientId.value = new URLSearchParams(location.search).get('client_id') ?? ''
if (share !== null) showAsShare()
if (share === 'incomplete') setStatus(accessStatus, 'This link is incomplete. Copy all of it.', 'bad')
else if (isOpen || share !== null) runTask(accessStatus, connect)
