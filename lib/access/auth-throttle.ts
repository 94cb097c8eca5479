import { createHash } from 'node:crypto'
import { type Attempts, findAttempts, recordAttempt, tooManyAttempts } from '../dynamodb/attempts.ts'
import type { Request } from '../http/request.ts'

const WINDOW_MS = 10 * 60_000
/** An address that has failed so often is not listened to any more; many devices may share one. */
const PER_ADDRESS = 50
/** A client is never locked out by others who fail in its name: they are told to wait, the right secret is not. */
const PER_CLIENT = 20

export const tooManyFailures = (window: Attempts, now: number) =>
  tooManyAttempts('Too many wrong credentials', window, now)

const nameOf = (kind: 'address' | 'client', value: string) =>
  `${kind}#${createHash('sha256').update(value).digest('base64url')}`

/** Turns away who has failed too often from this address, before anything is looked up. */
export async function rejectIfThrottled({ address, receivedAt }: Request): Promise<void> {
  const found = await findAttempts(nameOf('address', address), receivedAt, WINDOW_MS)
  if (found.attempts >= PER_ADDRESS) throw tooManyFailures(found, receivedAt)
}

/** Counts a failed authentication, by client and by address. */
export async function recordFailedLogin({ address, receivedAt }: Request, clientId: string): Promise<void> {
  // What is no client id is nobody's: were it counted, all who send such would share one count.
  const named = /^[0-9a-f]{32}$/.test(clientId)
  const [client, from] = await Promise.all([
    named ? recordAttempt(nameOf('client', clientId), receivedAt, WINDOW_MS) : null,
    recordAttempt(nameOf('address', address), receivedAt, WINDOW_MS),
  ])
  if (client && client.attempts > PER_CLIENT) throw tooManyFailures(client, receivedAt)
  if (from.attempts > PER_ADDRESS) throw tooManyFailures(from, receivedAt)
}
