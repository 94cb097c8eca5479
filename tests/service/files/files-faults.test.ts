// @module-tag local-only
// It lets the bucket and the database of this process fail.
import { Readable } from 'node:stream'
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  CSV,
  completeFile,
  createFile,
  deleteFile,
  fileOf,
  getFile,
  itemOf,
  PART_BYTES,
  PHOTO,
  sendFile,
  sendParts,
  stateOf,
} from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { logged, outputSince } from '../../support/logs.ts'

const ROWS = Buffer.from('time,co2\n1772442000,612\n1772442060,618\n')
const MINUTE_MS = 60_000
const LEASE_MS = 5 * MINUTE_MS
const DAY_MS = 24 * 60 * MINUTE_MS

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})
afterEach(async () => {
  allIsWell()
  await latchkey.settled()
  vi.useRealTimers()
})

const allIsWell = () => {
  latchkey.database.plan = () => undefined
  latchkey.bucket.plan = () => undefined
}

/** Moves the clock, and runs the schedule. */
async function workAfter(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms)
  await latchkey.runScheduled('process-files.mjs')
}
const moveClock = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
const change = async (id: string, UpdateExpression: string, values: Record<string, unknown>) => {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const Key = { id: `file#${id}` }
  const TableName = process.env['SESSIONS_TABLE']
  await documents.send(new UpdateCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues: values }))
}

describe('while S3 fails', () => {
  it('requests get 503 with Retry-After, and succeed when it works again', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: ROWS.length }), 201)
    const other = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }), 201)
    await sendParts(created, ROWS)
    latchkey.bucket.plan = () => 'failing'
    for (const answer of [
      await createFile(latchkey, token, { ...PHOTO, size: ROWS.length }),
      await getFile(latchkey, token, created.id),
      await completeFile(latchkey, token, created.id),
    ])
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    // The deletion is done when S3 works again.
    expect((await deleteFile(latchkey, token, other.id)).status).toBe(204)
    await latchkey.settled()
    allIsWell()
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await latchkey.settled()
    expect((await stateOf(latchkey, token, created.id)).state).toBe('stored')
    moveClock()
    await workAfter(2 * MINUTE_MS)
    expect(await itemOf(other.id)).toBeUndefined()
  })

  it('the work is retried at growing intervals for days, and uses up no attempts', async () => {
    moveClock()
    const created = await fileOf(await createFile(latchkey, token, { ...CSV, size: ROWS.length }), 201)
    await sendParts(created, ROWS)
    latchkey.bucket.plan = (operation) => (operation === 'ListParts' ? undefined : 'failing')
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await latchkey.settled()
    const waits: number[] = []
    for (let run = 0; run < 8; run += 1) {
      const wait = Number((await itemOf(created.id))?.['due_at']) - Date.now()
      waits.push(Math.round(wait / MINUTE_MS))
      await workAfter(wait + 1)
      expect(await itemOf(created.id)).toMatchObject({ state: 'processing', attempts: 0 })
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15, 15])
    allIsWell()
    await workAfter(DAY_MS)
    token = await latchkey.token(clientId)
    expect((await stateOf(latchkey, token, created.id)).result).toEqual({ 'saved-in-db': 2 })
  })
})

describe('work that fails for another reason', () => {
  it('ends after five runs without progress: the file has failed, and an alarm fires', async () => {
    moveClock()
    const created = await fileOf(await createFile(latchkey, token, { ...CSV, size: ROWS.length }), 201)
    await sendParts(created, ROWS)
    // No version writes this.
    await change(created.id, 'SET progress = :progress', { ':progress': '{"isChecked":"yes"}' })
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await latchkey.settled()
    const before = logged()
    for (const minutes of [1, 2, 4, 8]) {
      await workAfter(minutes * MINUTE_MS - 1_000)
      await workAfter(2_000)
      expect((await itemOf(created.id))?.['state']).toBe('processing')
    }
    await workAfter(16 * MINUTE_MS)
    const { state, problem } = await stateOf(latchkey, token, created.id)
    expect([state, problem]).toMatchObject(['failed', { code: 'internal_error' }])
    expect(outputSince(before)).toContain('"FileWorkParked"')
    expect(outputSince(before)).toContain('"OldestPendingSeconds"')
    // An operator has a week to look at the object.
    expect(await latchkey.bucket.store.list(`measurements/${created.id}`)).toHaveLength(1)
    await workAfter(7 * DAY_MS + 1_000)
    expect(await latchkey.bucket.store.list(`measurements/${created.id}`)).toEqual([])
  })

  it('continues every hour if it removes a file', async () => {
    moveClock()
    const { id } = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }), 201)
    await change(id, 'SET attempts = :many', { ':many': 6 })
    await workAfter(6 * DAY_MS + 1)
    expect(await itemOf(id)).toMatchObject({ state: 'waiting', due_at: Date.now() + 60 * MINUTE_MS })
  })
})

describe('a run whose time is up', () => {
  const works = async () => {
    const { fileWork } = await import('../../../lib/files/process-file.ts')
    const notCalled = () => Promise.reject(new Error('not called'))
    return { file: fileWork({ storeMeasurements: notCalled, findSubmission: notCalled }) }
  }

  it('leaves the file to the next one', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: ROWS.length }), 201)
    await sendParts(created, ROWS)
    const { completeFileItem, findFile } = await import('../../../lib/files/store.ts')
    const file = await findFile(created.id)
    if (!file) throw new Error('no file')
    await completeFileItem(file, Date.now())
    const { runWork } = await import('../../../lib/files/work.ts')
    await runWork(await works(), {}, Date.now() - 1)
    expect(await itemOf(created.id)).not.toHaveProperty('lease_id')
    await runWork(await works(), { file: created.id }, Date.now() - 1)
    expect(await itemOf(created.id)).toMatchObject({ state: 'processing', attempts: 1 })
    await latchkey.runScheduled('process-files.mjs')
    expect((await stateOf(latchkey, token, created.id)).state).toBe('stored')
  })

  it('renews its lease while it reads a file', async () => {
    moveClock()
    const start = Date.now()
    let dueAt: unknown
    const content = Buffer.alloc(3 * PART_BYTES)
    latchkey.bucket.plan = async (operation) => {
      if (operation !== 'GetObject') return undefined
      dueAt = (await itemOf(id))?.['due_at']
      vi.setSystemTime(Date.now() + MINUTE_MS)
      return undefined
    }
    const { id } = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: content.length }), 201)
    await sendParts(await stateOf(latchkey, token, id), content)
    await fileOf(await completeFile(latchkey, token, id), 202)
    await latchkey.settled()
    expect(Number(dueAt) - start).toBeGreaterThanOrEqual(LEASE_MS + MINUTE_MS)
    expect((await stateOf(latchkey, token, id)).state).toBe('stored')
  })
})

describe('two runs at once', () => {
  it('do the work of a file once', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...CSV, size: ROWS.length }), 201)
    await sendParts(created, ROWS)
    latchkey.bucket.operations.length = 0
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await Promise.all([1, 2, 3].map(() => latchkey.runScheduled('process-files.mjs')))
    await latchkey.settled()
    expect(latchkey.bucket.operations.filter((operation) => operation === 'CompleteMultipartUpload')).toHaveLength(1)
    expect((await stateOf(latchkey, token, created.id)).result).toEqual({ 'saved-in-db': 2 })
  })

  it('store each row once if the lease of the first has expired', async () => {
    moveClock()
    const created = await fileOf(await createFile(latchkey, token, { ...CSV, size: ROWS.length }), 201)
    await sendParts(created, ROWS)
    const second = Promise.withResolvers<undefined>()
    let reads = 0
    latchkey.bucket.plan = (operation) => {
      if (operation !== 'GetObject') return undefined
      reads += 1
      return reads === 1 ? second.promise : undefined
    }
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await vi.waitFor(() => expect(reads).toBe(1))
    await workAfter(LEASE_MS + 1)
    const stored = await itemOf(created.id)
    expect(stored).toMatchObject({ state: 'stored', result: { 'saved-in-db': 2 } })
    second.resolve(undefined)
    await latchkey.settled()
    expect(await itemOf(created.id)).toEqual(stored)
    expect(await latchkey.rows(clientId)).toHaveLength(2)
  })
})

describe('a file that S3 has neither as parts nor as an object', () => {
  const lose = async (id: string) => {
    const { abortTransfer } = await import('../../../lib/files/bucket.ts')
    await abortTransfer(`submissions/${id}`, String((await itemOf(id))?.['transfer']))
  }

  it('is processed for an hour, because S3 may still assemble it, and has failed then', async () => {
    moveClock()
    latchkey.bucket.plan = (operation) => (operation === 'ListObjectsV2' ? 'failing' : undefined)
    const id = await sendFile(latchkey, token, PHOTO, ROWS)
    await latchkey.settled()
    allIsWell()
    await lose(id)
    await workAfter(58 * MINUTE_MS)
    expect((await stateOf(latchkey, token, id)).state).toBe('processing')
    await workAfter(15 * MINUTE_MS)
    expect(await stateOf(latchkey, token, id)).toMatchObject({ state: 'failed', problem: { code: 'parts_missing' } })
  })

  it('is retried if its transfer ends while the object is made', async () => {
    moveClock()
    let id = ''
    latchkey.bucket.plan = async (operation) => {
      if (operation === 'CompleteMultipartUpload') await lose(id)
      return undefined
    }
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: ROWS.length }), 201)
    id = created.id
    await sendParts(created, ROWS)
    await fileOf(await completeFile(latchkey, token, id), 202)
    await latchkey.settled()
    expect(await itemOf(id)).toMatchObject({ state: 'processing', outages: 1 })
    await latchkey.bucket.store.put(`submissions/${id}`, 'image/jpeg', {
      stream: Readable.from([ROWS]),
      size: ROWS.length,
      sha256: undefined,
    })
    await workAfter(2 * MINUTE_MS)
    expect((await stateOf(latchkey, token, id)).state).toBe('stored')
  })
})

it('work of a kind that this version does not know waits for another version', async () => {
  moveClock()
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const { dueAttributes } = await import('../../../lib/files/work-store.ts')
  const id = 'export#of-a-newer-version'
  const Key = { id }
  const TableName = process.env['SESSIONS_TABLE']
  const { outbox, due_at } = dueAttributes(id, Date.now())
  const UpdateExpression = 'SET outbox = :outbox, due_at = :due, created_at = :due'
  const ExpressionAttributeValues = { ':outbox': outbox, ':due': due_at }
  await documents.send(new UpdateCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues }))
  const { runWork } = await import('../../../lib/files/work.ts')
  for (let run = 0; run < 8; run += 1) {
    vi.setSystemTime(Date.now() + 60 * MINUTE_MS)
    await runWork({}, { export: 'of-a-newer-version' }, Date.now() + MINUTE_MS)
  }
  const { Item } = await documents.send(new GetCommand({ TableName, Key }))
  expect(Item).toMatchObject({ attempts: 8, due_at: Date.now() + 60 * MINUTE_MS })
})

it('a call for a file that does not exist does nothing', async () => {
  const { runWork } = await import('../../../lib/files/work.ts')
  await runWork({}, { file: 'nonexistent' }, Date.now() + MINUTE_MS)
  expect(await itemOf('nonexistent')).toBeUndefined()
})
