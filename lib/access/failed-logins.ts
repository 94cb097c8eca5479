import { createHash } from 'node:crypto'
import type { Request } from '../http/request.ts'
import { Problem } from '../problem.ts'
import { countAttempt, findAttempts } from '../store/attempts.ts'

const WINDOW_MS = 10 * 60_000
/** An address that has failed so often is not listened to any more; many devices may share one. */
const PER_ADDRESS = 50
/** A client is never locked out by others who fail in its name: they are told to wait, the right secret is not. */
const PER_CLIENT = 20

const nameOf = (kind: 'address' | 'client', value: string) =>
  `${kind}#${createHash('sha256').update(value).digest('base64url')}`

/** Turns away who has failed too often from this address, before anything is looked up. */
export async function refuseThrottled({ address, receivedAt }: Request): Promise<void> {
  const { attempts, until } = await findAttempts(nameOf('address', address), receivedAt, WINDOW_MS)
  if (attempts >= PER_ADDRESS) throw tooMany(until, receivedAt)
}

/** Counts a failed authentication, by client and by address. */
export async function countFailure({ address, receivedAt }: Request, clientId: string): Promise<void> {
  const [client] = await Promise.all([
    countAttempt(nameOf('client', clientId), receivedAt, WINDOW_MS),
    countAttempt(nameOf('address', address), receivedAt, WINDOW_MS),
  ])
  if (client.attempts > PER_CLIENT) throw tooMany(client.until, receivedAt)
}

function tooMany(until: number, now: number): Problem {
  const seconds = Math.max(1, Math.ceil((until - now) / 1000))
  return new Problem('too_many_attempts', `Too many wrong credentials: try again in ${seconds} seconds.`, {
    headers: { 'retry-after': String(seconds) },
  })
}
