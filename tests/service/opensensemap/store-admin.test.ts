// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { boxDigest } from '../../../lib/opensensemap/box.ts'
import { type Forwarding, HOUR, readings, startForwarding } from '../../support/forwarding.ts'

let forwarding: Forwarding
let admin: typeof import('../../../lib/opensensemap/store-admin.ts')
let store: typeof import('../../../lib/opensensemap/store-due-blocks.ts')
const start = async (settings: Record<string, string> = {}) => {
  forwarding = await startForwarding(settings)
  vi.resetModules()
  admin = await import('../../../lib/opensensemap/store-admin.ts')
  store = await import('../../../lib/opensensemap/store-due-blocks.ts')
}
beforeEach(() => start())
afterEach(() => forwarding.stop())

/** Stores `count` blocks with times in the future and runs forwarding, which parks them. */
async function parked(box: string, count: number): Promise<void> {
  for (let block = 0; block < count; block += 1)
    await forwarding.upload({ box: [box], lat: [48], lon: [9], ...readings(1, block, -(48 + block) * HOUR) })
  await forwarding.forward()
}

describe('boxes with parked blocks', () => {
  it('are listed and redriven across all pages, then forwarded', async () => {
    await parked('one', 5)
    await parked('other', 1)
    const before = await admin.listParked(2)
    expect(before.map(({ box, blocks, reasons }) => [box, blocks, [...reasons]])).toEqual([
      ['one', 5, [['time_in_future', 5]]],
      ['other', 1, [['time_in_future', 1]]],
    ])
    expect(Math.abs(Date.parse(before[0]?.oldest ?? '') - Date.now() - 48 * HOUR)).toBeLessThan(HOUR)
    expect(await admin.listWaiting(Date.now())).toEqual([])
    expect(await admin.boxesWithBlocks()).toEqual(['one', 'other'])
    expect(await admin.redriveBoxes(['one', 'nobody'], 2)).toEqual({
      redriven: [{ box: 'one', blocks: 5 }],
      skipped: ['nobody'],
    })
    expect((await admin.listParked()).map(({ box }) => box)).toEqual(['other'])
    await forwarding.later(100 * HOUR)
    expect(forwarding.arrived().toSorted()).toEqual([0, 1, 2, 3, 4].map((value) => `one co2 ${value}`))
    expect((await admin.redriveBoxes(['one'])).skipped).toEqual(['one'])
  })
})

describe('waiting boxes', () => {
  it('are due immediately after a redrive', async () => {
    await forwarding.upload({ box: ['one'], ...readings(1) })
    await forwarding.forward()
    const [waiting] = await admin.listWaiting(Date.now())
    expect(waiting).toMatchObject({ box: 'one', failures: 0, reason: 'no_position', nextAttempt: expect.any(Number) })
    forwarding.osem.addBox({ name: 'latchkey senseBox one', sensors: [] })
    await forwarding.forward()
    expect(forwarding.arrived()).toEqual([])
    await admin.redriveBoxes(['one'])
    expect(await admin.listWaiting(Date.now())).toMatchObject([{ box: 'one', nextAttempt: null }])
    await forwarding.forward()
    expect(forwarding.arrived()).toEqual(['one co2 0'])
  })
})

describe('listParked', () => {
  it('omits blocks that are no longer parked, even if the index is stale', async () => {
    await parked('one', 1)
    const [box] = await store.parkedBoxes()
    expect(box).toMatchObject({ digest: boxDigest('one') })
    if (box) await store.redriveBlock(box.first, 'one')
    expect(await admin.listParked()).toEqual([])
  })
})
