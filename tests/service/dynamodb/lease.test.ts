// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LeaseAttributes, requireFreeLease, requireHeldLease } from '../../../lib/dynamodb/lease.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let client: typeof import('../../../lib/dynamodb/client.ts')
let id: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  client = await import('../../../lib/dynamodb/client.ts')
})
afterAll(() => latchkey.stop())
beforeEach(() => {
  id = randomUUID()
})

const NOW = 1_800_000_000_000
const LEASE: LeaseAttributes = { holder: 'holder', until: 'until' }
const BOUNDED: LeaseAttributes = { ...LEASE, longestMs: 100 }

type Condition = ReturnType<typeof requireFreeLease> | ReturnType<typeof requireHeldLease>
const write = (item: object, condition: Partial<Condition> = {}) =>
  client.sendIfConditionHolds(
    new PutCommand({ TableName: process.env['SESSIONS_TABLE'], Item: { id, ...item }, ...condition }),
  )
const acquire = (holder: string, now: number, lease = LEASE) =>
  write({ holder, until: now + 50 }, requireFreeLease(lease, holder, now))

describe('a lease', () => {
  it('is acquired by one of many concurrent callers', async () => {
    const acquired = await Promise.all(Array.from({ length: 8 }, (_, caller) => acquire(`${caller}`, NOW)))
    expect(acquired.filter((success) => success)).toHaveLength(1)
  })

  it('is free again after its end, not at it', async () => {
    await acquire('first', NOW)
    expect(await acquire('second', NOW + 50)).toBe(false)
    expect(await acquire('second', NOW + 51)).toBe(true)
  })

  it('is acquired again by its holder, whose first response may have been lost', async () => {
    await acquire('first', NOW)
    expect([await acquire('second', NOW), await acquire('first', NOW)]).toEqual([false, true])
  })

  it('is free on an item that never had one', async () => {
    await write({ other: 1 })
    expect(await acquire('first', NOW)).toBe(true)
  })

  it.each([
    [100, false],
    [101, true],
  ])('that ends %i ms from now, where 100 is the longest, is ignored: %s', async (ms, isIgnored) => {
    await write({ holder: 'wrong clock', until: NOW + ms })
    expect(await acquire('first', NOW, LEASE)).toBe(false)
    expect(await acquire('first', NOW, BOUNDED)).toBe(isIgnored)
  })

  it('is held until another caller acquires it, even after its end', async () => {
    await acquire('first', NOW)
    expect(await write({ holder: 'first', until: NOW }, requireHeldLease(LEASE, 'first'))).toBe(true)
    expect(await write({ holder: 'second' }, requireHeldLease(LEASE, 'second'))).toBe(false)
    await acquire('second', NOW + 51)
    expect(await write({ holder: 'first' }, requireHeldLease(LEASE, 'first'))).toBe(false)
  })

  it('is not held on an item that does not exist', async () => {
    expect(await write({ holder: 'first' }, requireHeldLease(LEASE, 'first'))).toBe(false)
  })
})
