// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { times } from '../../support/shared-token.ts'

let latchkey: Latchkey
let boxes: typeof import('../../../lib/opensensemap/store-boxes.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  boxes = await import('../../../lib/opensensemap/store-boxes.ts')
})
afterAll(() => latchkey.stop())

const LEASE = 90_000
const NOW = 1_800_000_000_000
const FRESH = { served_at: 0, due_at: 0, failures: 0, begun: [], progress: { position: null, last: {} }, newest: {} }
let digest: string
beforeEach(() => {
  digest = randomUUID()
})
afterEach(() => {
  latchkey.database.plan = () => undefined
})

async function claimed(now = NOW) {
  const state = await boxes.claimBox(digest, 'box', now)
  return state ?? expect.unreachable('another caller has the lease')
}
const conditionFailed = { name: 'ConditionalCheckFailedException' }

describe('a box', () => {
  it('has no state before it is first forwarded', async () => {
    expect(await boxes.findBox(digest)).toBeNull()
  })

  it('has an empty state in its first lease', async () => {
    const state = await claimed()
    expect(state).toEqual({
      ...FRESH,
      box: 'box',
      served_at: NOW,
      lease_id: expect.any(String),
      lease_until: NOW + LEASE,
    })
    expect(await boxes.findBox(digest)).toMatchObject(state)
  })

  it('is leased to one of eight concurrent callers', async () => {
    const states = await times(8, (index) => boxes.claimBox(digest, `box ${index}`, NOW))
    const got = states.filter((state) => state !== null)
    expect(got).toHaveLength(1)
    expect(await boxes.findBox(digest)).toMatchObject(got[0] ?? {})
  })

  it.each([
    ['during its lease', 0, false],
    ['at its end', LEASE, false],
    ['after its end', LEASE + 1, true],
    ['with a slow clock', -LEASE, false],
    ['with a far too slow clock', -LEASE - 1, true],
  ])('can be leased again %s (%i): %s', async (_when, after, again) => {
    const first = await claimed()
    const state = await boxes.claimBox(digest, 'new name', NOW + after)
    expect(state !== null).toBe(again)
    expect((await boxes.findBox(digest))?.lease_id === first.lease_id).toBe(!again)
    if (again) expect(state).toMatchObject({ box: 'new name', lease_until: NOW + after + LEASE })
  })

  it('can be leased again after its release, with its stored state', async () => {
    const part = { series: 'a#b', block: 'c', from: 1, rows: 2, whole: false }
    const progress = { position: { lat: 1, lon: 2, height: 3 }, last: { a_b_c: 5 } }
    const post = {
      state: 'sent' as const,
      box_id: 'id',
      parts: [part],
      measurements: 3,
      newest: { s: 4, t: 3 },
      progress,
    }
    const known = { sealed: 'x', served_at: 5, due_at: 6, failures: 7, reason: 'why', at_most: 8, newest: { s: 9 } }
    const kept = { ...known, failing_since: 10, begun: [part], post, progress }
    await boxes.saveBox(digest, { ...(await claimed()), ...kept, lease_until: 0 })
    const state = await claimed(NOW + 1)
    const lease = { lease_id: expect.any(String), lease_until: NOW + 1 + LEASE }
    expect(state).toEqual({ ...kept, box: 'box', served_at: NOW + 1, ...lease })
  })

  it('does not affect another box', async () => {
    await claimed()
    digest = randomUUID()
    await claimed()
  })

  it.each(['answer lost', 'never arrives'] as const)('is leased once, also after a fault (%s)', async (fault) => {
    let faults = 0
    latchkey.database.plan = (command) => (command === 'UpdateItem' && ++faults === 1 ? fault : undefined)
    const state = await claimed()
    expect(faults).toBe(2)
    expect((await boxes.findBox(digest))?.lease_id).toBe(state.lease_id)
    expect(await boxes.claimBox(digest, 'box', NOW)).toBeNull()
  })

  it('is not leased while the table fails', async () => {
    latchkey.database.plan = () => 'failing'
    await expect(claimed()).rejects.toMatchObject({ code: 'storage_unavailable' })
  })
})

describe('the state of a box', () => {
  it('is replaced as a whole: undefined removes an attribute', async () => {
    const state = await claimed()
    await boxes.saveBox(digest, { ...state, sealed: 'x', reason: 'why', failures: 1 })
    await boxes.saveBox(digest, { ...state, sealed: undefined, failures: 2 })
    expect(await boxes.findBox(digest)).toEqual({ ...state, failures: 2 })
  })

  it('is stored after the lease expired, until another caller claims the box', async () => {
    const state = await claimed(NOW - 10 * LEASE)
    await boxes.saveBox(digest, { ...state, failures: 1 })
    expect(await boxes.findBox(digest)).toHaveProperty('failures', 1)
  })

  it('is not stored by a caller that lost the lease', async () => {
    const first = await claimed()
    const second = await claimed(NOW + LEASE + 1)
    await boxes.saveBox(digest, { ...second, failures: 2 })
    await expect(boxes.saveBox(digest, { ...first, failures: 1 })).rejects.toMatchObject(conditionFailed)
    expect(await boxes.findBox(digest)).toEqual({ ...second, failures: 2 })
  })

  it('is not stored for a box that was never claimed', async () => {
    const state = await claimed()
    digest = randomUUID()
    await expect(boxes.saveBox(digest, state)).rejects.toMatchObject(conditionFailed)
    expect(await boxes.findBox(digest)).toBeNull()
  })
})

describe('a box whose state cannot be stored', () => {
  it('is deferred with its stored state, and can be claimed', async () => {
    const state = await claimed()
    await boxes.saveBox(digest, { ...state, failures: 1, reason: 'why' })
    await boxes.deferBox(digest, NOW + 5)
    const put = { ...state, failures: 1, reason: 'why', due_at: NOW + 5, lease_until: 0 }
    expect(await boxes.findBox(digest)).toEqual(put)
    expect(await claimed(NOW + 1)).toMatchObject({ due_at: NOW + 5, reason: 'why' })
  })

  it('is not created', async () => {
    await boxes.deferBox(digest, NOW)
    expect(await boxes.findBox(digest)).toBeNull()
  })

  it('cannot be changed while the table fails', async () => {
    await claimed()
    latchkey.database.plan = () => 'failing'
    await expect(boxes.deferBox(digest, NOW)).rejects.toMatchObject({ code: 'storage_unavailable' })
  })
})

describe('a box that is retried', () => {
  it('is due immediately, without failures, and otherwise unchanged', async () => {
    const failing = { due_at: NOW, failures: 5, reason: 'why', at_most: 3, sealed: 'x', served_at: 7, newest: { s: 8 } }
    const state = { ...(await claimed()), ...failing }
    await boxes.saveBox(digest, state)
    await boxes.retryBox(digest)
    const { at_most: _most, reason: _reason, ...rest } = state
    expect(await boxes.findBox(digest)).toEqual({ ...rest, due_at: 0, failures: 0 })
  })

  it('is not created', async () => {
    await boxes.retryBox(digest)
    expect(await boxes.findBox(digest)).toBeNull()
  })

  it('cannot be changed while the table fails', async () => {
    latchkey.database.plan = () => 'failing'
    await expect(boxes.retryBox(digest)).rejects.toMatchObject({ code: 'storage_unavailable' })
  })
})
