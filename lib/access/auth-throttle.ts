import { createHash } from 'node:crypto'
import { findAttempts, recordAttempt, tooManyAttempts } from '../dynamodb/attempts.ts'
import type { Request } from '../http/request.ts'

/** @limit Access | in which failed authentications are counted */
const WINDOW_MS = 10 * 60_000
/**
 * Many devices may share an address.
 * @limit Access | failed authentications from one IP address, after which Latchkey rejects all that come from it
 */
const PER_ADDRESS = 50
/**
 * Others cannot lock a client out.
 * @limit Access | failed authentications of one client, after which only the right secret is accepted
 */
const PER_CLIENT = 20

const WHAT = 'Too many wrong credentials'

const nameOf = (kind: 'address' | 'client', value: string) =>
  `${kind}#${createHash('sha256').update(value).digest('base64url')}`

/** Turns away who has failed too often from this address, before anything is looked up. */
export async function rejectIfThrottled({ address, receivedAt }: Request): Promise<void> {
  const found = await findAttempts(nameOf('address', address), receivedAt, WINDOW_MS)
  if (found.attempts >= PER_ADDRESS) throw tooManyAttempts(WHAT, found, receivedAt)
}

/** Counts a failed authentication, by client and by address. */
export async function recordFailedLogin({ address, receivedAt }: Request, clientId: string): Promise<void> {
  // What is no client id is nobody's: were it counted, all who send such would share one count.
  const named = /^[0-9a-f]{32}$/.test(clientId)
  const [client, from] = await Promise.all([
    named ? recordAttempt(nameOf('client', clientId), receivedAt, WINDOW_MS) : null,
    recordAttempt(nameOf('address', address), receivedAt, WINDOW_MS),
  ])
  if (client && client.attempts > PER_CLIENT) throw tooManyAttempts(WHAT, client, receivedAt)
  if (from.attempts > PER_ADDRESS) throw tooManyAttempts(WHAT, from, receivedAt)
}
