import * as z from 'zod/mini'
import { ROOT } from '../parts/place.ts'
import { jsonBody, read, send } from '../parts/requests.ts'
import { addressOf, type View } from './address.ts'
import type { DataAccess } from './requests.ts'

/**
 * Shared links: `/download?<view>#share=<token>`. Browsers send the fragment to no server, so the token is in no log. The
 * page sends it in a header.
 */

/** The rest of the fragment is how the view is shown. */
const FRAGMENT = /^#share=([^&]*)/

/** What the fragment of the page's URL is: a share token, `incomplete` for a damaged one, or null without one. */
export function readShare(fragment: string): string | 'incomplete' | null {
  const token = FRAGMENT.exec(fragment)?.[1]
  if (token === undefined) return null
  return /^share_[0-9a-f]{16}_[\w-]{43}$/.test(token) ? token : 'incomplete'
}

/** What to share: series of the client or of one participant, and columns, if not all. */
export interface ShareRequest {
  name: string
  series: readonly string[]
  columns?: readonly string[]
  participant_id?: string
  /** Seconds. */
  expires_in?: number
}

const share = z.object({
  share_id: z.string(),
  name: z.string(),
  participant_id: z.optional(z.string()),
  series: z.array(z.string()),
  columns: z.optional(z.array(z.string())),
  expires_at: z.string(),
  last_used_at: z.nullable(z.string()),
})
const created = z.extend(share, { token: z.string() })
const shareList = z.object({ shares: z.array(share) })

/** A share without its token. */
export type Share = z.output<typeof share>

const owner = ({ clientId }: DataAccess) => (clientId === '' ? {} : { client_id: clientId })

/** Creates a share with the token of the page, once: a retry could make a second share. Throws a RequestError. */
export const createShare = (request: ShareRequest, access: DataAccess): Promise<z.output<typeof created>> =>
  read(created, 'shares', access.token, jsonBody({ ...request, ...owner(access) }))

/** The shares that the token of the page may revoke. */
export const fetchShares = async (access: DataAccess): Promise<Share[]> =>
  (await read(shareList, `shares?${new URLSearchParams(owner(access))}`, access.token)).shares

export const revokeShare = (id: string, access: DataAccess): Promise<Response> =>
  send(`shares/${id}?${new URLSearchParams(owner(access))}`, access.token, { method: 'DELETE' })

/** The link to a view, without the owner, and without units of columns that are not visible. */
export function shareLink(token: string, view: View): string {
  const series = view.series.map(({ source }) => ({ source }))
  const units = Object.fromEntries(Object.entries(view.units).filter(([column]) => view.columns.includes(column)))
  return new URL(`download${addressOf({ ...view, share: token, clientId: '', series, units })}`, ROOT).href
}
