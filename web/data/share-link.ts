import '../parts/no-eval.ts'
import * as z from 'zod/mini'
import { ROOT } from '../parts/place.ts'
import { type DataAccess, toRequestError } from './requests.ts'

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

const created = z.object({ share_id: z.string(), token: z.string(), expires_at: z.string() })

export interface CreatedShare {
  id: string
  /** The link to this page; `view` are the parameters that it opens with. */
  link: string
  /** ISO time. */
  expiresAt: string
}

/** Creates a share with the token of the page, once: a retry could make a second share. Throws a RequestError. */
export async function createShare(
  request: ShareRequest,
  view: Readonly<Record<string, string>>,
  { token, clientId }: DataAccess,
): Promise<CreatedShare> {
  const response = await fetch(new URL('shares', ROOT), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...request, ...(clientId !== '' && { client_id: clientId }) }),
  }).catch(() => null)
  if (!response?.ok) throw await toRequestError(response)
  const share = created.parse(await response.json())
  return { id: share.share_id, link: shareLink(share.token, view), expiresAt: share.expires_at }
}

/** Parameters that name an owner are left out: the token does, and readers need not know it. */
export function shareLink(
  token: string,
  { client_id: _client, participant_id: _participant, ...view }: Readonly<Record<string, string>>,
): string {
  const link = new URL('download', ROOT)
  link.search = new URLSearchParams(view).toString()
  link.hash = `share=${token}`
  return link.href
}
