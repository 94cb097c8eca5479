import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey | undefined
let clients: typeof import('../../../lib/clients/store.ts')
const nobody = 'f'.repeat(32)

/** Has a process of its own wait patiently, a few milliseconds at first. */
beforeEach(async () => {
  latchkey ??= await startLatchkey()
  latchkey.database.plan = () => undefined
  vi.resetModules()
  clients = await import('../../../lib/clients/store.ts')
  const { retryWhileThrottled } = await import('../../../lib/dynamodb/retry-while-throttled.ts')
  retryWhileThrottled(4)
})
afterAll(() => latchkey?.stop())

/** Breaks so many commands from now on, and tells how many came. */
function breaks(fault: Fault, count: number): () => number {
  let seen = 0
  if (latchkey)
    latchkey.database.plan = () => {
      seen += 1
      return seen <= count ? fault : undefined
    }
  return () => seen
}

describe('a command of long work', () => {
  it.each<Fault>(['throttled', 'failing', 'never arrives'])('is repeated while the table is %s', async (fault) => {
    await clients.findClient(nobody)
    const seen = breaks(fault, 7)
    expect(await clients.findClient(nobody)).toBeNull()
    expect(seen()).toBe(8)
  })

  it('fails when the table stays away', async () => {
    await clients.findClient(nobody)
    const seen = breaks('never arrives', Infinity)
    await expect(clients.findClient(nobody)).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(seen()).toBe(5 * 3)
  })

  it('fails at once while nothing has worked yet', async () => {
    const seen = breaks('failing', Infinity)
    await expect(clients.findClient(nobody)).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(seen()).toBe(3)
  })

  it('is not repeated when it was refused for what it asks', async () => {
    const { saveImport } = await import('../../../lib/measurements/store/imports.ts')
    const state = { ends: [1], blocks: 0, digest: '', time_columns: ['time'] }
    const version = await saveImport('client', 'file', state, undefined)
    const seen = breaks(undefined, 0)
    expect(await saveImport('client', 'file', state, undefined)).toBeNull()
    expect(await saveImport('client', 'file', state, version ?? '')).not.toBeNull()
    expect(await saveImport('client', 'file', state, version ?? '')).toBeNull()
    expect(seen()).toBe(3)
  })
})
