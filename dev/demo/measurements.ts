import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod'
import { requestJson } from '../../cli/support/http-client.ts'
import { type DemoBox, HISTORY_BOXES, LIVE_BOX } from './boxes.ts'
import { requestToken } from './client.ts'
import { rowsOf } from './rows.ts'

/** The User-Agent of the rows of every second, which `npm start` does not print. */
export const LIVE_AGENT = 'latchkey-demo-live'

export interface DemoAccess {
  url: string
  clientId: string
  token: string
}

const shared = z.object({ url: z.string() })
const SHARE_SECONDS = 86_400

const seriesList = z.object({ series: z.array(z.object({ last: z.iso.datetime().optional() })) })
const stored = z.object({ 'saved-in-db': z.int() })

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** The time of the last stored row of a box in UNIX seconds; 0 without rows. */
async function lastTime({ url, token }: DemoAccess, { name }: DemoBox): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const { series } = await requestJson(new URL(`/series?source=${name}`, url), seriesList, { headers })
  return Math.max(0, ...series.map(({ last = 0 }) => Math.floor(new Date(last).getTime() / 1000)))
}

/** Uploads the rows of a box after a time until `now`. Returns their number. */
async function uploadRows({ url, token }: DemoAccess, box: DemoBox, now: number, after: number, agent?: string) {
  const table = rowsOf(box, now, after)
  if (table.time.length === 0) return 0
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(agent !== undefined && { 'user-agent': agent }),
  }
  const request = { method: 'POST', headers, body: JSON.stringify(table) }
  return (await requestJson(new URL('/upload', url), stored, request))['saved-in-db']
}

/** Uploads the history of all boxes until `now` (UNIX seconds) that is not stored yet. Returns the number of rows. */
export async function uploadHistory(access: DemoAccess, now: number): Promise<number> {
  let rows = 0
  // One after the other: a slow machine times out when many functions start at once.
  for (const box of [...HISTORY_BOXES, LIVE_BOX]) {
    rows += await uploadRows(access, box, now, await lastTime(access, box))
  }
  return rows
}

/** The view of the live box: its last quarter of an hour, with new rows. */
const VIEW = { source: LIVE_BOX.name, from: '-15m' }

/** The data page with the live box, which asks for a token. */
export const pageUrl = ({ url, clientId }: DemoAccess): string =>
  new URL(`/download?${new URLSearchParams({ client_id: clientId, ...VIEW })}#live=1`, url).href

/** Returns a link to the data page that shows the boxes of the demo without a token; null if shares are forbidden. */
export async function shareBoxes({ url, token }: DemoAccess): Promise<string | null> {
  const body = JSON.stringify({
    name: 'Demo',
    series: [LIVE_BOX, ...HISTORY_BOXES].map(({ name }) => name),
    expires_in: SHARE_SECONDS,
  })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const share = await requestJson(new URL('/shares', url), shared, { method: 'POST', headers, body }).catch(() => null)
  // The link has PUBLIC_URL, which may be the name of another machine.
  return share && new URL(`/download?${new URLSearchParams(VIEW)}${new URL(share.url).hash}&live=1`, url).href
}

/** Attempts to send the rows of a second; `npm start` restarts its functions after a change of the code. */
const ATTEMPTS = 10

/**
 * Sends the rows of the live box every second until it is aborted, first all rows after `since` (UNIX seconds). Rejects if
 * Latchkey no longer responds.
 */
export async function sendLiveRows(access: DemoAccess, since: number, signal: AbortSignal): Promise<void> {
  let { token } = access
  let after = since
  let failures = 0
  while (!signal.aborted) {
    await wait(1_000 - (Date.now() % 1_000), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const now = nowSeconds()
    try {
      await uploadRows({ ...access, token }, LIVE_BOX, now, after, LIVE_AGENT)
      after = now
      failures = 0
    } catch (error) {
      failures += 1
      if (failures === ATTEMPTS) throw error
      // The token may have expired.
      token = await requestToken(access.url, access.clientId).catch(() => token)
    }
  }
}
