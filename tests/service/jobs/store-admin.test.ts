// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let admin: typeof import('../../../lib/jobs/store-admin.ts')
let events: typeof import('../../../lib/jobs/store.ts')
let store: typeof import('../../../lib/dynamodb/client.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  admin = await import('../../../lib/jobs/store-admin.ts')
  events = await import('../../../lib/jobs/store.ts')
  store = await import('../../../lib/dynamodb/client.ts')
})
afterAll(() => latchkey.stop())

/** Stores an event whose job is a dead letter. */
async function deadLetter(now: number): Promise<string> {
  const event = { provider: 'incode', delivery: randomUUID(), subject: 'interview', body: '{}', receivedAt: now }
  const claim = await events.claimEvent(event, 'incode', now)
  if (claim.state !== 'claimed') throw new Error(claim.state)
  await events.rescheduleJob(claim.job, now, 'provider_timeout')
  await events.deadLetterJob(claim.job)
  return claim.job.id
}

describe('events', () => {
  it('are listed from every page, without their bodies, and are due again after a redrive', async () => {
    const now = Date.now()
    const ids: string[] = []
    for (let count = 0; count < 5; count += 1) ids.push(await deadLetter(now + count))
    const listed = await admin.listEvents('parked', 2)
    expect(listed.map(({ id }) => id)).toEqual(ids)
    expect(listed[0]).toEqual({
      id: ids[0],
      outbox: 'parked',
      kind: 'incode',
      subject: 'interview',
      attempts: 0,
      reason: 'provider_timeout',
      received_at: now,
      due_at: now,
    })
    const [first = '', ...others] = ids
    expect(await admin.redriveEvents([first, 'event#nobody'])).toEqual({ redriven: [first], skipped: ['event#nobody'] })
    expect(await admin.redriveEvent(first)).toBe(false)
    expect((await admin.listEvents('due')).map(({ id, due_at }) => [id, due_at])).toEqual([[first, 0]])
    expect((await admin.listEvents('parked')).map(({ id }) => id)).toEqual(others)
    expect(await events.dueJobs(now, 10)).toEqual([first])
    expect((await events.claimJob(first, now + 1)).state).toBe('claimed')
  })

  it('do not include items of another kind', async () => {
    const TableName = process.env['SESSIONS_TABLE']
    await store.documents.send(new PutCommand({ TableName, Item: { id: 'odd', outbox: 'due', due_at: 1 } }))
    expect((await admin.listEvents('due')).map(({ id }) => id)).not.toContain('odd')
  })

  it('cannot be redriven while the table fails', async () => {
    latchkey.database.plan = () => 'failing'
    await expect(admin.redriveEvent('event#x')).rejects.toThrow('repeat it')
    latchkey.database.plan = () => undefined
  })
})
