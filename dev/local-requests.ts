import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** A host that always is this machine. */
const LOOPBACK_NAME = /^(?:localhost|[\w-]+\.localhost)$/

/**
 * Whether the `Host` of a request is an IP address, a name of this machine or one of `names`. Any other name may be one
 * that a web page lets point to this machine (DNS rebinding).
 */
export function isLocalHost(host: string, names: readonly string[] = []): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return (
    isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 ||
    LOOPBACK_NAME.test(name) ||
    names.some((allowed) => allowed.toLowerCase() === name)
  )
}

/** Whether a request is from a web page: it has an `Origin`, or a `Host` that a web page lets point to this machine. */
export const isFromPage = ({ headers: { origin, host = '' } }: IncomingMessage): boolean =>
  origin !== undefined || !isLocalHost(host)
