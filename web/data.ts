import { readAddress, type View } from './data/address.ts'
import { chooseClient } from './data/clients.ts'
import { prepareDisplay } from './data/display.ts'
import { stopLive } from './data/live.ts'
import { load, show } from './data/loading.ts'
import { describeSeries } from './data/notes.ts'
import { watchUnits } from './data/own-units.ts'
import { downloadUrl, fetchSeries } from './data/requests.ts'
import { isFormat, save } from './data/save.ts'
import {
  checkAll,
  chosenColumns,
  chosenSeries,
  downloadSelection,
  offerColumns,
  offerSeries,
  showRange,
  watchRange,
} from './data/selection.ts'
import { showAsShare } from './data/share.ts'
import { readShare } from './data/share-link.ts'
import { offerSharing } from './data/sharing.ts'
import { accessPart, accessStatus, cancelTask, runTask, state, status, token, writeAddress } from './data/state.ts'
import { forgetToken, keepToken, keptToken } from './data/token.ts'
import { isAdminToken } from './parts/clients.ts'
import { copyButtons } from './parts/copy.ts'
import { byId, createElement, setStatus } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'

/** The page at /download: asks for a token if reading needs one, then shows the series that it may read. */

const clientId = byId('client-id', HTMLInputElement)
const keeps = byId('keep-token', HTMLInputElement)
const selectionPart = byId('selection-part', HTMLDetailsElement)
const choice = byId('choice', HTMLFormElement)
const together = byId('together', HTMLInputElement)
const live = byId('live', HTMLInputElement)
const zone = byId('zone', HTMLSelectElement)
const gap = byId('gap', HTMLSelectElement)
const right = byId('right', HTMLSelectElement)
const isOpen = byId('main', HTMLElement).hasAttribute('data-open')
const share = readShare(location.hash)
const isNarrow = matchMedia('(max-width: 59.99rem)')

/** Lists the series that the token may read, and shows those that the address names, or the first. */
async function connect(signal: AbortSignal): Promise<void> {
  setStatus(accessStatus, 'Asking.')
  if (share === null) {
    const { token } = state.access
    state.access = { token, clientId: await chooseClient(token, signal) }
  }
  state.view.clientId = state.access.clientId
  const all = await fetchSeries(state.access, signal)
  state.allSeries = all
  offerSharing(share === null && state.access.token !== '' && all.length > 0)
  for (const id of ['choosing', 'saving']) byId(id, HTMLFieldSetElement).disabled = all.length === 0
  if (all.length === 0) {
    accessPart.open = true
    setStatus(accessStatus, `${noSeries()} `)
    accessStatus.append(createElement('a', { href: new URL('uploadhelp', ROOT).href }, 'How to upload'))
    if (isAdminToken(state.access.token)) clientId.focus()
    return
  }
  const count = all.length.toLocaleString('en')
  setStatus(accessStatus, all.length === 1 ? 'There is one series.' : `There are ${count} series.`, 'good')
  showForm()
  await load(signal)
}

/** Without a client, the admin token reads the series of the shared client. */
function noSeries(): string {
  if (share !== null) return 'The shared series have no rows any more.'
  const { token: sent, clientId: client } = state.access
  if (isAdminToken(sent) && client === '') return 'The shared client has no rows. Choose a client.'
  return client === '' ? 'No rows have been uploaded yet.' : 'This client has uploaded no rows yet.'
}

/** Fills the form and the switches with what the view says. */
function showForm(): void {
  offerSeries(state.allSeries, state.view)
  offerColumns(state.view.columns, state.view.units)
  describeSeries(chosenSeries(), state.view.zone)
  showSwitches()
}

function showSwitches(): void {
  const { view } = state
  together.checked = view.together
  live.checked = view.live
  zone.value = view.zone
  gap.value = String(view.gap)
  showRange(view)
  showCommand()
}

/** Loads what the form says, as a new entry of the history. */
function showChosen(): void {
  const columns = chosenColumns()
  if (columns.length > 0) {
    Object.assign(state.view, { series: chosenSeries(), columns, zoom: null })
    writeAddress(true)
    if (isNarrow.matches) selectionPart.open = false
  }
  runTask(status, load)
}

/** Uses the token of the form, or none if reading is open. */
function enter(): void {
  state.access = { token: token.value.trim(), clientId: '' }
  if (state.access.token === '' && !isOpen) {
    setStatus(accessStatus, 'Enter a token first.', 'bad')
    return
  }
  if (keeps.checked) keepToken(state.access.token)
  else forgetToken()
  start()
}

/** Folds the form for the token, and on a phone the selection, and shows the series. */
function start(): void {
  accessPart.open = false
  if (isNarrow.matches) selectionPart.open = false
  runTask(accessStatus, connect)
}

/** Changes how the same rows are shown. */
function change(part: Partial<View>): void {
  Object.assign(state.view, part)
  writeAddress()
  showSwitches()
  show()
}

async function saveChosen(format: string | null, signal: AbortSignal): Promise<void> {
  if (!isFormat(format)) return
  await save(format, downloadSelection(state.view), state.access, signal, (bytes) => {
    setStatus(status, `Saving: ${(bytes / 1e6).toFixed(1)} MB so far.`)
  })
  setStatus(status, 'Saved: see the downloads of your browser.', 'good')
}

/** Shows the curl command for the selection, without the token. */
function showCommand(): void {
  const { access, view } = state
  const header = access.token === '' ? '' : ' \\\n  -H "Authorization: Bearer $TOKEN"'
  const address = downloadUrl(downloadSelection(view), access, 'csv').href.replaceAll('%2C', ',').replaceAll("'", '%27')
  byId('curl', HTMLElement).textContent = `curl '${address}'${header}`
}

prepareDisplay(state.view)
byId('access', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  enter()
})
choice.addEventListener('submit', (event) => {
  event.preventDefault()
  showChosen()
})
for (const id of ['series', 'others']) {
  byId(id, HTMLElement).addEventListener('change', () => {
    offerColumns(chosenColumns(), state.view.units)
    describeSeries(chosenSeries(), state.view.zone)
  })
}
choice.addEventListener('change', showCommand)
watchRange(
  () => state.view.zone,
  (side, time) => {
    state.view[side] = time
    showCommand()
  },
)
for (const button of document.querySelectorAll('button[data-range]')) {
  button.addEventListener('click', () => {
    Object.assign(state.view, { from: button.getAttribute('data-range') ?? '', to: '' })
    showSwitches()
    showChosen()
  })
}
together.addEventListener('change', () => change({ together: together.checked }))
right.addEventListener('change', () => change({ right: right.value }))
watchUnits((units) => {
  change({ units })
  offerColumns(chosenColumns(), units)
})
gap.addEventListener('change', () => change({ gap: Number(gap.value) }))
zone.addEventListener('change', () => change({ zone: zone.value === 'local' ? 'local' : 'utc' }))
live.addEventListener('change', () => {
  state.view.live = live.checked
  writeAddress()
  if (live.checked) runTask(status, load)
  else stopLive()
})
for (const [id, checked] of [
  ['all-columns', true],
  ['no-columns', false],
] as const) {
  byId(id, HTMLButtonElement).addEventListener('click', () => {
    checkAll(checked)
    showCommand()
  })
}
byId('cancel', HTMLButtonElement).addEventListener('click', cancelTask)
for (const button of document.querySelectorAll('button[data-saves]')) {
  const format = button.getAttribute('data-saves')
  button.addEventListener('click', () => runTask(status, (signal) => saveChosen(format, signal)))
}
copyButtons(byId('copied', HTMLElement))
// Also after a change of the fragment by hand.
addEventListener('popstate', () => {
  state.view = readAddress(new URL(location.href))
  if (state.allSeries.length === 0) return
  showForm()
  runTask(status, load)
})
showSwitches()
if (share === null) {
  const kept = keptToken()
  // A person may have typed before this script ran.
  clientId.value ||= state.view.clientId
  token.value ||= kept
  keeps.checked = kept !== ''
  if (isOpen || kept !== '') enter()
} else {
  showAsShare()
  if (share === 'incomplete') setStatus(accessStatus, 'This link is incomplete. Copy all of it.', 'bad')
  else {
    state.access = { token: share, clientId: '' }
    start()
  }
}
