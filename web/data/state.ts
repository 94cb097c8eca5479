import { byId, setStatus } from '../parts/dom.ts'
import { RequestError } from '../parts/requests.ts'
import type { SeriesSummary } from '../parts/series.ts'
import { addressOf, readAddress, type View } from './address.ts'
import type { Loaded } from './display.ts'
import type { DataAccess } from './requests.ts'
import { forgetToken } from './token.ts'

/** What the page shows and has loaded, and the one task that runs. */
export const state: { access: DataAccess; view: View; allSeries: SeriesSummary[]; loaded: Loaded | null } = {
  access: { token: '', clientId: '' },
  view: readAddress(new URL(location.href)),
  allSeries: [],
  loaded: null,
}

export const token = byId('token', HTMLInputElement)
export const accessPart = byId('access-part', HTMLDetailsElement)
export const accessStatus = byId('access-status', HTMLElement)
export const status = byId('status', HTMLElement)
const cancel = byId('cancel', HTMLButtonElement)

/** The reason of an abort by the user. */
const CANCELLED = new Error('cancelled')

let current = new AbortController()

/** Runs a task and aborts the previous one. */
export async function runTask(place: HTMLElement, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
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

export const cancelTask = (): void => current.abort(CANCELLED)

export function showError(place: HTMLElement, error: unknown): void {
  const isRequestError = error instanceof RequestError
  setStatus(place, isRequestError ? error.message : 'The response could not be read. Try again.', 'bad')
  if (place === accessStatus) accessPart.open = true
  if (!isRequestError || error.status !== 401) return
  forgetToken()
  accessPart.open = true
  setStatus(accessStatus, state.view.share === '' ? `${error.message} Enter the token again.` : error.message, 'bad')
  token.focus()
  token.select()
}

/** Writes the view to the address. A new entry of the history has another range, series or columns. */
export function writeAddress(isNewEntry = false): void {
  const address = addressOf(state.view)
  if (isNewEntry && address !== `${location.search}${location.hash}`) history.pushState(null, '', address)
  else history.replaceState(null, '', address)
}
