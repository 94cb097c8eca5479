import { byId } from '../parts/dom.ts'

/** Asks for new rows while the page is visible. */

/** A row appears within this time and that of a request. */
const INTERVAL_MS = 4_000
/** Read units and dollars of a request without new rows: see docs/operations/cost.md. */
const READ_UNITS = 5
const DOLLARS_A_REQUEST = 2.61e-6

const cost = byId('live-cost', HTMLElement)

let timer: ReturnType<typeof setTimeout> | undefined
let controller = new AbortController()

/** Starts to call `poll` every few seconds, and shows what that costs. The next call follows the end of the one before. */
export function startLive(series: number, poll: (signal: AbortSignal) => Promise<void>): void {
  stopLive()
  controller = new AbortController()
  const { signal } = controller
  const requests = (series * 3_600_000) / INTERVAL_MS
  const units = (requests * READ_UNITS).toLocaleString('en')
  cost.textContent = `Asks every ${INTERVAL_MS / 1_000} seconds, unless this page is hidden. An open page costs about ${units} read units an hour, ${(requests * DOLLARS_A_REQUEST * 100).toFixed(2)} cents.`
  const next = () => {
    timer = setTimeout(async () => {
      if (!document.hidden) await poll(signal)
      if (!signal.aborted) next()
    }, INTERVAL_MS)
  }
  next()
}

export function stopLive(): void {
  clearTimeout(timer)
  controller.abort()
  cost.textContent = ''
}
