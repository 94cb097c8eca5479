import './parts/no-eval.ts'
import * as z from 'zod/mini'
import { currentToken, isAdmin, offerClients, offerNoClient, useToken } from './index/access.ts'
import { drawAges, isReading, showBoxes, showReason, showSubmissions, showWork } from './index/boxes.ts'
import { hideSecrets, listenToForm, showClients } from './index/clients.ts'
import { fetchWork } from './index/requests.ts'
import { message } from './index/text.ts'
import { listenToFiles, showPreview } from './index/upload.ts'
import { fetchClients } from './parts/clients.ts'
import { copyButtons } from './parts/copy.ts'
import { byId, setStatus } from './parts/dom.ts'
import { ROOT } from './parts/place.ts'
import { RequestError } from './parts/requests.ts'

/** The page at /: version and health, and with a token boxes, submissions, work, clients and uploads. */

const identity = z.object({ version: z.string(), stage: z.string() })
const health = z.object({ status: z.enum(['ok', 'degraded']), unreachable: z.array(z.string()) })

const REFRESH_MS = 10_000

async function showIdentity(): Promise<void> {
  byId('address', HTMLElement).textContent = ROOT.href
  const response = await fetch(ROOT, { headers: { accept: 'application/json' } })
  const { version, stage } = identity.parse(await response.json())
  byId('version', HTMLElement).textContent = version
  byId('stage', HTMLElement).textContent = stage
}

async function showHealth(): Promise<void> {
  const place = byId('health', HTMLElement)
  try {
    // A 503 response has the same body.
    const response = await fetch(new URL('health', ROOT))
    const { status, unreachable } = health.parse(await response.json())
    if (status === 'ok') setStatus(place, 'ok: all tables respond', 'good')
    else setStatus(place, `degraded: no response from ${unreachable.join(', ')}`, 'bad')
  } catch {
    setStatus(place, 'unknown: no response', 'bad')
  }
}

const status = byId('access-status', HTMLElement)

/** Shows what the token may read; `wanted` is a client to choose. */
async function connect(wanted: string): Promise<void> {
  setStatus(status, 'Asking.')
  for (const id of ['uploading', 'registering']) byId(id, HTMLFieldSetElement).disabled = true
  try {
    if (isAdmin()) await showAdmin(wanted)
    else offerNoClient()
    await showBoxes().catch((error: unknown) => {
      // A token without the scope to read may upload.
      if (!(error instanceof RequestError) || error.status !== 403) throw error
      showReason('boxes', error.message)
    })
  } catch (error) {
    setStatus(status, message(error), 'bad')
    return
  }
  byId('uploading', HTMLFieldSetElement).disabled = false
  setStatus(status, isAdmin() ? 'The admin token is valid.' : 'The auth token is valid.', 'good')
  await showRest()
}

async function showAdmin(wanted: string): Promise<void> {
  const list = await fetchClients(currentToken())
  offerClients(list.clients, wanted)
  showClients(list)
  byId('registering', HTMLFieldSetElement).disabled = false
  const registerStatus = byId('register-status', HTMLElement)
  if (registerStatus.textContent === 'Enter the admin token first.') setStatus(registerStatus, '')
}

/** What may fail without hiding the boxes. */
async function showRest(): Promise<void> {
  await Promise.all([
    showSubmissions().catch((error: unknown) => showReason('submissions', message(error))),
    refreshWork(),
    showPreview(),
  ])
}

async function refreshWork(): Promise<void> {
  if (!isAdmin()) return
  await fetchWork(currentToken()).then(showWork, (error: unknown) => showReason('work', message(error)))
}

byId('access', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  const token = byId('token', HTMLInputElement).value.trim()
  if (token === '') return setStatus(status, 'Enter a token first.', 'bad')
  if (token !== currentToken()) hideSecrets()
  useToken(token)
  connect(new URLSearchParams(location.search).get('client_id') ?? '')
})
byId('client', HTMLSelectElement).addEventListener('change', () => {
  showBoxes().then(showRest, (error: unknown) => setStatus(status, message(error), 'bad'))
})
listenToForm((clientId) => connect(clientId))
listenToFiles(() => {
  showBoxes().catch((error: unknown) => showReason('boxes', message(error)))
  refreshWork()
})
copyButtons(byId('copied', HTMLElement))

setInterval(drawAges, 1_000)
setInterval(() => {
  if (currentToken() === '' || document.visibilityState !== 'visible') return
  // A failed request leaves what is shown; the next one may succeed.
  if (!isReading()) showBoxes().catch(() => undefined)
  refreshWork()
}, REFRESH_MS)

showHealth()
showIdentity().catch(() => undefined)
