import dns from 'node:dns'
import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from '../core/public-address.ts'

/** A response is not used, and read only so that the sender does not see a broken connection. */
const RESPONSE_BYTES = 65_536

interface Post {
  headers: Record<string, string>
  body: Uint8Array
  /** Whether to connect to public addresses only. */
  publicOnly: boolean
  timeoutMs: number
}

interface Posted {
  status: number
  /** The header Retry-After. */
  retryAfter: string | null
}

/** Code of the error of a host that is not public. */
export const ADDRESS_NOT_PUBLIC = 'address_not_public'

const addressNotPublic = () => Object.assign(new Error('The address is not public.'), { code: ADDRESS_NOT_PUBLIC })

/**
 * Posts a body on a new connection, and returns the status without following a redirect. The status is valid even if the
 * rest of the response is long, late or cut off. Rejects with an error with a `code` if no status arrives in time.
 */
export async function post(url: URL, { headers, body, publicOnly, timeoutMs }: Post): Promise<Posted> {
  // A connection to an IP address resolves no name.
  const address = url.hostname.replace(/^\[|\]$/g, '')
  if (publicOnly && isIP(address) !== 0 && !isPublicAddress(address)) throw addressNotPublic()
  const options = {
    method: 'POST',
    headers,
    // An open connection would be used again without the check of its address.
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    ...(publicOnly && { lookup: lookUpPublic, autoSelectFamily: true }),
  } satisfies RequestOptions
  const { request } = url.protocol === 'http:' ? http : https
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // A response such as 101 closes the connection without an error.
    const onClose = () => reject(Object.assign(new Error('The connection was closed.'), { code: 'ECONNRESET' }))
    request(url, options, resolve).on('error', reject).on('close', onClose).end(body)
  })
  await readBounded(response).catch(() => undefined)
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] ?? null }
}

async function readBounded(response: IncomingMessage): Promise<void> {
  let bytes = 0
  for await (const chunk of response) {
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes > RESPONSE_BYTES) return
  }
}

/**
 * Resolves a name at the time of the connection, so that no later change can lead to a private address (DNS rebinding). One
 * private address is enough to reject the name. With `autoSelectFamily`, the caller expects all addresses.
 */
const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, [])
    const isPublic = addresses.every(({ address }) => isPublicAddress(address))
    return isPublic ? callback(null, addresses) : callback(addressNotPublic(), [])
  })
}
