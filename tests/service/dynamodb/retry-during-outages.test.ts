// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey | undefined
let clients: typeof import('../../../lib/clients/store.ts')
const UNKNOWN = 'f'.repeat(32)

/** Reloads the modules, with retries that wait a few milliseconds. */
beforeEach(async () => {
  latchkey ??= await startLatchkey()
  latchkey.database.plan = () => undefined
  vi.resetModules()
  clients = await import('../../../lib/clients/store.ts')
  const { retryDuringOutages } = await import('../../../lib/dynamodb/retry-during-outages.ts')
  retryDuringOutages(4)
})
afterAll(() => latchkey?.stop())

/** Breaks the next `count` commands, and returns a function that returns the number of commands since. */
function breakNext(fault: Fault, count: number): () => number {
  let seen = 0
  if (latchkey)
    latchkey.database.plan = () => {
      seen += 1
      return seen <= count ? fault : undefined
    }
  return () => seen
}

describe('a command after retryDuringOutages', () => {
  it.each<Fault>(['failing', 'never arrives'])('is retried after a fault (%s)', async (fault) => {
    await clients.findClient(UNKNOWN)
    const seen = breakNext(fault, 7)
    expect(await clients.findClient(UNKNOWN)).toBeNull()
    expect(seen()).toBe(8)
  })

  it('fails when the outage does not end', async () => {
    await clients.findClient(UNKNOWN)
    const seen = breakNext('never arrives', Infinity)
    await expect(clients.findClient(UNKNOWN)).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(seen()).toBe(5 * 3)
  })

  it('is retried by the client itself after throttling, also before the first success', async () => {
    const seen = breakNext('throttled', 7)
    expect(await clients.findClient(UNKNOWN)).toBeNull()
    expect(seen()).toBe(8)
  })

  it('fails when throttling does not end', async () => {
    await clients.findClient(UNKNOWN)
    setTimeBudgets({ throttledMs: 0 })
    const seen = breakNext('throttled', Infinity)
    await expect(clients.findClient(UNKNOWN)).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(seen()).toBe(1)
  })

  it('fails at once before the first success', async () => {
    const seen = breakNext('failing', Infinity)
    await expect(clients.findClient(UNKNOWN)).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(seen()).toBe(3)
  })

  it('is not retried after a failed condition', async () => {
    const { saveImport } = await import('../../../lib/measurements/store/imports.ts')
    const state = { ends: [1], blocks: 0, digest: '', time_columns: ['time'], times: 'seconds' as const }
    const version = await saveImport('client', 'file', state, undefined)
    const seen = breakNext(undefined, 0)
    expect(await saveImport('client', 'file', state, undefined)).toBeNull()
    expect(await saveImport('client', 'file', state, version ?? '')).not.toBeNull()
    expect(await saveImport('client', 'file', state, version ?? '')).toBeNull()
    expect(seen()).toBe(3)
  })
})
