import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from 'jose'
import * as z from 'zod/mini'
import { parseJsonOrUndefined } from '../core/json.ts'
import { timeBudgets } from '../core/time-budgets.ts'

/** Each provider of webhooks.yml has at most one. */
const MAX_SETS = 20
/** Key sets have a few kilobytes. */
const MAX_BYTES = 200_000
/** After a failed request, deliveries fail at once for this time: each would wait for a URL that does not respond. */
const FAILURE_COOLDOWN_MS = 10_000

const keySet = z.object({ keys: z.array(z.unknown()) })

const sets = new Map<string, RemoteJWKSet>()

/**
 * Returns the keys at a URL. They are cached in this container for ten minutes, and are read again after 30 seconds for a
 * key that is not among them. Calling it throws errors of jose, and of `fetch` if the URL does not respond.
 */
export function remoteKeySet(url: string): RemoteJWKSet {
  const known = sets.get(url)
  if (known) return known
  const [oldest] = sets.keys()
  if (sets.size >= MAX_SETS && oldest !== undefined) sets.delete(oldest)
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeBudgets.keySetMs,
    [customFetch]: withCooldown(fetchKeySet),
  })
  sets.set(url, keys)
  return keys
}

function withCooldown(fetchKeys: FetchImplementation): FetchImplementation {
  let failedAt = -Infinity
  return async (url, init) => {
    const sinceFailure = Date.now() - failedAt
    // A negative time is one of a clock that was set back.
    if (sinceFailure >= 0 && sinceFailure < FAILURE_COOLDOWN_MS) throw new Error('The key set failed a moment ago.')
    try {
      return await fetchKeys(url, init)
    } catch (error) {
      failedAt = Date.now()
      throw error
    }
  }
}

/** Does not follow redirects, which jose's `init` forbids. */
const fetchKeySet: FetchImplementation = async (url, init) => {
  const response = await fetch(url, init)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) throw new Error('The key set is too long.')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  if (response.status !== 200 || !keySet.safeParse(parseJsonOrUndefined(text)).success)
    throw new Error('There is no key set.')
  return new Response(text)
}
