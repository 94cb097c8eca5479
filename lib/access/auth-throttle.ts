import { hash } from 'node:crypto'
import { type AttemptLimit, findAttempts, recordAttempt } from '../dynamodb/rate-limit.ts'
import type { Request } from '../http/request.ts'
import { clientAddress } from './client-address.ts'

/** @limit Access | in which failed authentications are counted */
const FAILED_LOGINS = { message: 'Too many wrong credentials', windowMs: 10 * 60_000 }
/**
 * Many devices may share an address. Beyond the limit, no request reads the table.
 * @limit Access | failed authentications from one IP address, after which Latchkey rejects its requests
 */
const PER_ADDRESS: AttemptLimit = { ...FAILED_LOGINS, limit: 50 }
/**
 * Beyond the limit, others cannot lock out a client.
 * @limit Access | failed authentications of one client, after which only correct credentials work
 */
export const FAILED_LOGINS_PER_CLIENT: AttemptLimit = { ...FAILED_LOGINS, limit: 20 }

/** Client secrets and device keys have separate counters: failing devices do not block a server at their address. */
const COUNTERS = {
  secret: { address: 'address', client: 'client' },
  deviceKey: { address: 'device-address', client: 'device-client' },
} as const
type Credential = keyof typeof COUNTERS

const counterName = (kind: string, value: string) => `${kind}#${hash('sha256', value, 'base64url')}`

/** Throws `too_many_attempts` (429) for an address with too many failed logins. */
export async function rejectIfThrottled(request: Request, credential: Credential): Promise<void> {
  const name = counterName(COUNTERS[credential].address, await clientAddress(request))
  const { rejection } = await findAttempts(name, PER_ADDRESS, request.receivedAt)
  if (rejection) throw rejection
}

/** Records a failed login of a client and of an address. Throws `too_many_attempts` (429) beyond either limit. */
export async function recordFailedLogin(request: Request, clientId: string, credential: Credential): Promise<void> {
  const { receivedAt } = request
  const kinds = COUNTERS[credential]
  const address = await clientAddress(request)
  // Values that are not client ids would all share one counter.
  const isClientId = /^[0-9a-f]{32}$/.test(clientId)
  const windows = await Promise.all([
    isClientId ? recordAttempt(counterName(kinds.client, clientId), FAILED_LOGINS_PER_CLIENT, receivedAt) : null,
    recordAttempt(counterName(kinds.address, address), PER_ADDRESS, receivedAt),
  ])
  for (const window of windows) if (window?.rejection) throw window.rejection
}
