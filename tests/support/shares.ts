import * as z from 'zod'
import type { Latchkey } from './latchkey.ts'

const created = z.looseObject({ share_id: z.string(), token: z.string(), url: z.string(), expires_at: z.string() })

/** Sends a request with a token as Bearer. */
export const withToken = (latchkey: Latchkey, token: string, path: string, init: RequestInit = {}) =>
  latchkey.call(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } })

/** Asks for a share with an auth token or the admin token. */
export const requestShare = (latchkey: Latchkey, token: string, body: Readonly<Record<string, unknown>>) =>
  withToken(latchkey, token, '/shares', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'neighbours', ...body }),
  })

/** A new share, and its token. */
export async function shared(latchkey: Latchkey, token: string, body: Readonly<Record<string, unknown>>) {
  const answer = await requestShare(latchkey, token, body)
  if (!answer.ok) throw new Error(`shares answered ${answer.status}: ${await answer.text()}`)
  return created.parse(await answer.json())
}
