// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { randomUUID } from 'node:crypto'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { eventId, keyOfEvent } from '../../../lib/jobs/events.ts'
import { event as jobEvent } from '../../support/jobs.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let admin: typeof import('../../../lib/jobs/store-admin.ts')
let redrive: typeof import('../../../lib/jobs/redrive.ts')
let events: typeof import('../../../lib/jobs/store.ts')
let store: typeof import('../../../lib/dynamodb/client.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  admin = await import('../../../lib/jobs/store-admin.ts')
  redrive = await import('../../../lib/jobs/redrive.ts')
  events = await import('../../../lib/jobs/store.ts')
  store = await import('../../../lib/dynamodb/client.ts')
})
afterAll(() => latchkey.stop())

/** Stores an event whose job is a dead letter. */
async function deadLetter(now: number): Promise<string> {
  const event = jobEvent({ provider: 'incode', delivery: randomUUID(), subject: 'interview', receivedAt: now })
  const claim = await events.claimEvent(event, 'incode', now)
  if (claim.state !== 'claimed') throw new Error(claim.state)
  await events.rescheduleJob(claim.job, now, 'provider_timeout', { outcome: null, sentTo: [] })
  await events.deadLetterJob(claim.job)
  return claim.job.id
}

describe('events', () => {
  it('are listed from every page, without their bodies', async () => {
    const now = Date.now()
    const ids: string[] = []
    for (let count = 0; count < 5; count += 1) ids.push(await deadLetter(now + count))
    const listed = await admin.listEvents('parked', 2)
    expect(listed.map(({ id }) => keyOfEvent(id))).toEqual(ids)
    expect(listed[0]).toEqual({
      id: eventId(ids[0] ?? ''),
      provider: 'incode',
      type: null,
      state: 'parked',
      received_at: new Date(now).toISOString(),
      occurred_at: null,
      verified_by: null,
      content_type: 'application/json',
      bytes: expect.any(Number),
      attempts: 0,
      reason: 'provider_timeout',
      due_at: new Date(now).toISOString(),
      sent_to: [],
    })
    expect(await admin.listEvents('due')).toEqual([])
  })

  it('do not include items of another kind', async () => {
    const TableName = process.env['SESSIONS_TABLE']
    await store.documents.send(new PutCommand({ TableName, Item: { id: 'odd', outbox: 'due', due_at: 1 } }))
    expect((await admin.listEvents('due')).map(({ id }) => id)).not.toContain('odd')
  })
})

describe('a redrive', () => {
  it('of a dead letter makes its job due, once', async () => {
    const now = Date.now()
    const key = await deadLetter(now)
    const id = eventId(key)
    expect(await redrive.redriveJob(id, 'parked', now)).toMatchObject({ id: key, work_state: 'pending', due_at: now })
    expect(await redrive.redriveJob(id, 'parked', now)).toBeNull()
    expect(await redrive.redriveJob('incode:unknown', 'stored', now)).toBeNull()
    expect(await events.dueJobs(now, 10)).toContain(key)
    expect((await events.claimJob(key, now + 1)).state).toBe('claimed')
  })

  it('fails while the table fails', async () => {
    latchkey.database.plan = () => 'failing'
    await expect(redrive.redriveJob('incode:x', 'parked', 0)).rejects.toThrow('repeat it')
    latchkey.database.plan = () => undefined
  })
})
