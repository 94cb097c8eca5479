import { createHash } from 'node:crypto'
import { readObject } from './bucket.ts'

/** Milliseconds between two calls of `atIntervals`. */
const INTERVAL_MS = 30_000

/**
 * The SHA-256 of an object (hexadecimal), and its bytes. `atIntervals` is called every half minute. Null if the time is up at
 * `deadline` (UNIX milliseconds): a repeat starts again.
 */
export async function hashObject(
  key: string,
  deadline: number,
  atIntervals: () => Promise<void>,
): Promise<{ sha256: string; size: number } | null> {
  const digest = createHash('sha256')
  let size = 0
  let calledAt = Date.now()
  for await (const chunk of await readObject(key)) {
    digest.update(chunk)
    size += chunk.length
    const now = Date.now()
    if (now > deadline) return null
    if (now - calledAt < INTERVAL_MS) continue
    calledAt = now
    await atIntervals()
  }
  return { sha256: digest.digest('hex'), size }
}
