import {
  checkAll,
  chosenColumns,
  chosenSource,
  offerColumns,
  offerSeries,
  offerTimes,
  selection,
} from './data/choice.ts'
import { CANCELLED, type Loaded, load } from './data/load.ts'
import { type DataAccess, downloadUrl, fetchSeries, RequestError, type SeriesSummary } from './data/requests.ts'
import { formatCount, formatTime } from './data/rows.ts'
import { isFormat, save } from './data/save.ts'
import { show } from './data/view.ts'
import { copyButtons } from './parts/copy.ts'
import { byId, createElement, setStatus } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'

/** The page at /download: asks for a token where one is needed, then shows what it may read. */

const token = byId('token', HTMLInputElement)
const clientId = byId('client-id', HTMLInputElement)
const accessTold = byId('access-told', HTMLElement)
const choice = byId('choice', HTMLFormElement)
const told = byId('told', HTMLElement)
const cancel = byId('cancel', HTMLButtonElement)
const isOpen = byId('main', HTMLElement).hasAttribute('data-open')

let access: DataAccess = { token: '', clientId: '' }
let known: SeriesSummary[] = []
let work = new AbortController()

/** Does one thing at a time: what was under way is given up. */
async function begin(place: HTMLElement, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  work.abort()
  const own = new AbortController()
  work = own
  cancel.disabled = false
  try {
    await task(own.signal)
  } catch (error) {
    if (own.signal.reason === CANCELLED) setStatus(place, 'Cancelled.')
    else if (!own.signal.aborted) tellFailure(place, error)
  } finally {
    if (work === own) cancel.disabled = true
  }
}

function tellFailure(place: HTMLElement, error: unknown): void {
  const isRefused = error instanceof RequestError
  setStatus(place, isRefused ? error.message : 'The answer could not be read: try again.', 'bad')
  if (!isRefused || error.status !== 401) return
  setStatus(accessTold, `${error.message} Enter the token again.`, 'bad')
  token.focus()
  token.select()
}

/** Lists what the token may read, and shows the series that the address asks for, or else the first. */
async function connect(signal: AbortSignal): Promise<void> {
  setStatus(accessTold, 'Asking.')
  known = await fetchSeries(access, signal)
  for (const id of ['choosing', 'saving']) byId(id, HTMLFieldSetElement).disabled = known.length === 0
  if (known.length === 0) {
    setStatus(accessTold, `${noSeries()} `)
    accessTold.append(createElement('a', { href: new URL('uploadhelp', ROOT).href }, 'How to upload'))
    return
  }
  setStatus(
    accessTold,
    known.length === 1 ? 'There is one series.' : `There are ${formatCount(known.length)} series.`,
    'good',
  )
  offerSeries(known)
  chooseSeries()
  await showChosen(signal)
}

/** The admin token reads what is the shared client's, unless another one is named. */
function noSeries(): string {
  const isAdmin = access.token !== '' && !access.token.includes('.')
  if (isAdmin && access.clientId === '') return 'The shared client has no rows: enter the client id, too.'
  return access.clientId === '' ? 'Nothing was uploaded yet.' : 'Nothing was uploaded yet under this client id.'
}

const chosenSeries = (): SeriesSummary | undefined => known.find(({ source }) => source === chosenSource())

function chooseSeries(): void {
  const series = chosenSeries()
  if (!series) return
  offerColumns(series)
  offerTimes(series, beginToShow)
  showCommand()
  // Its times are told when they come; without them, only the buttons for the last days stay idle.
  fetchSeries(access, new AbortController().signal, series.source)
    .then(([timed]) => timed && chosenSource() === timed.source && offerTimes(timed, beginToShow))
    .catch(() => undefined)
}

async function showChosen(signal: AbortSignal): Promise<void> {
  const series = chosenSeries()
  const columns = chosenColumns()
  if (!series || columns.length === 0) return setStatus(told, 'Choose a column.', 'bad')
  const chosen = selection(series)
  const address = { ...(access.clientId !== '' && { client_id: access.clientId }), ...chosen }
  history.replaceState(null, '', `?${new URLSearchParams(address)}`)
  showCommand()
  setStatus(told, 'Loading.')
  bringIntoView()
  const loaded = await load(chosen, access, signal, (count) => setStatus(told, `Loading: ${rowsIn(count)} so far.`))
  setStatus(told, `${series.source}: ${outcome(loaded, show(loaded.rows, columns))}`)
}

const beginToShow = () => begin(told, showChosen)

/** On a phone the plot is below the form; nothing moves for somebody who has not pressed anything yet. */
function bringIntoView(): void {
  const isBelow = told.getBoundingClientRect().bottom > innerHeight
  if (isBelow && navigator.userActivation.hasBeenActive) told.scrollIntoView()
}

const rowsIn = (count: number): string => (count === 1 ? '1 row' : `${formatCount(count)} rows`)

const CUTS = {
  cancelled: ' Cancelled: these are not all.',
  'too many': ' There may be more: narrow the range of times to see others, or save all of them.',
}

function outcome({ rows, cut }: Loaded, unplotted: readonly string[]): string {
  const [first, last] = [rows[0], rows.at(-1)]
  const end = cut ? CUTS[cut] : ''
  if (!first || !last) return `There are no rows in this selection.${end}`
  const texts = unplotted.length > 0 ? ` Without numbers, and so only in the table: ${unplotted.join(', ')}.` : ''
  return `${rowsIn(rows.length)}, ${formatTime(first.time)} to ${formatTime(last.time)} UTC.${texts}${end}`
}

async function saveChosen(format: string | null, signal: AbortSignal): Promise<void> {
  const series = chosenSeries()
  if (!series || !isFormat(format)) return
  await save(format, selection(series), access, signal, (bytes) => {
    setStatus(told, `Saving: ${(bytes / 1e6).toFixed(1)} MB so far.`)
  })
  setStatus(told, 'Saved: see the downloads of your browser.', 'good')
}

/** The command for what the form says; the token itself is not shown. */
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
  if (access.token === '' && !isOpen) setStatus(accessTold, 'Enter a token first.', 'bad')
  else begin(accessTold, connect)
})
choice.addEventListener('submit', (event) => {
  event.preventDefault()
  beginToShow()
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
cancel.addEventListener('click', () => work.abort(CANCELLED))
for (const button of document.querySelectorAll('button[data-saves]')) {
  const format = button.getAttribute('data-saves')
  button.addEventListener('click', () => begin(told, (signal) => saveChosen(format, signal)))
}
copyButtons(byId('copied', HTMLElement))
clientId.value = new URLSearchParams(location.search).get('client_id') ?? ''
if (isOpen) begin(accessTold, connect)
