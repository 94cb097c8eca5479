// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { listOfShard } from '../../../lib/dynamodb/shards.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
let store: typeof import('../../../lib/jobs/store.ts')
let counts: typeof import('../../../lib/jobs/count-jobs.ts')
let submissions: typeof import('../../../lib/submissions/store-list.ts')
let client: typeof import('../../../lib/dynamodb/client.ts')
beforeAll(async () => {
  latchkey = await startLatchkey()
  vi.resetModules()
  store = await import('../../../lib/jobs/store.ts')
  counts = await import('../../../lib/jobs/count-jobs.ts')
  submissions = await import('../../../lib/submissions/store-list.ts')
  client = await import('../../../lib/dynamodb/client.ts')
})
afterAll(() => latchkey.stop())

const put = (table: string, Item: Record<string, unknown>) =>
  client.documents.send(new PutCommand({ TableName: process.env[`${table}_TABLE`], Item }))

/** Stores a pending job, as this version does, or in a list of an earlier one. */
async function job(name: string, due_at: number, outbox?: string): Promise<string> {
  const id = `event#shop#${name}`
  const work = { kind: 'send', subject: '', attempts: 0, received_at: 1, work_state: 'pending' }
  await put('SESSIONS', { id, ...work, due_at, outbox: outbox ?? listOfShard('due', id), expires_at: 4e9 })
  return id
}

describe('due jobs', () => {
  it('are read from all shards and from the list of earlier versions, the longest due first', async () => {
    const backlog: string[] = []
    for (let count = 0; count < 25; count += 1) backlog.push(await job(`backlog ${count}`, 1_000 + 2 * count))
    const old = await job('of an earlier version', 1_001, 'due')
    const other = await job('of another target', 1_003)
    await job('later', 9_000)
    const [first, second, ...rest] = backlog
    const expected = [first, old, second, other, ...rest]
    expect(await store.dueJobs(5_000, 100)).toEqual(expected)
    expect(await store.dueJobs(5_000, 5)).toEqual(expected.slice(0, 5))
    expect(await counts.countJobs('due', 1_000)).toBe(28)
    expect(await counts.countJobs('due', 10)).toBe(10)
  })

  it('of an earlier version move to a shard when they are claimed', async () => {
    const id = await job('claimed', 1, 'due')
    const claim = await store.claimJob(id, 5_000)
    if (claim.state !== 'claimed') throw new Error(claim.state)
    expect(claim.job.item['outbox']).toBe(listOfShard('due', id))
    await store.deadLetterJob(claim.job)
    expect(await counts.countJobs('parked', 10)).toBe(1)
  })
})

describe('unfinished submissions', () => {
  const attempt = (name: string, minute: number, list?: string) => {
    const id = name.padStart(32, '0')
    const list_key = list ?? listOfShard('unfinished', id)
    const list_order = `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z#${id}`
    const attributes = { id, attempt: 'a', chunks: 0, client_id: 'c', list_key, list_order }
    return put('SUBMISSIONS', { submission: id, piece: 'attempt#a', ...attributes })
  }
  const before = Date.parse('2026-01-01T00:45:00Z')

  it('are listed from all shards and from the list of earlier versions, the oldest first', async () => {
    const minutes = Array.from({ length: 30 }, (_, minute) => minute)
    for (const minute of minutes.toReversed())
      await attempt(String(minute), minute, minute % 7 === 0 ? 'unfinished' : undefined)
    await attempt('99', 59)
    const listed = await Array.fromAsync(submissions.listUnfinished(before))
    expect(listed.map(({ id }) => Number(id))).toEqual(minutes)
  })

  it('are removed, but for recent ones', async () => {
    await submissions.removeUnfinishedSubmissions(before, Infinity)
    const listed = await Array.fromAsync(submissions.listUnfinished(Date.parse('2027-01-01')))
    expect(listed.map(({ id }) => Number(id))).toEqual([99])
  })
})
