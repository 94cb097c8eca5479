// @module-tag local-only
// It reads the bucket of this process.
import { hash, randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  CSV,
  completeFile,
  createFile,
  deleteFile,
  fileOf,
  getFile,
  isInBucket,
  itemOf,
  PART_BYTES,
  PHOTO,
  sendFile,
  sendParts,
  setFileState,
  stateOf,
} from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'

const ROWS = Buffer.from('time,co2\n1772442000,612\n1772442060,618\n')
const DAY_MS = 86_400_000

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
  await latchkey.settled()
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
  latchkey.bucket.plan = () => undefined
})

const problemOf = async (answer: Response) => {
  const { code, detail } = await fieldsOf(answer)
  return { status: answer.status, code, detail }
}

/** Runs the schedule as if this number of milliseconds had passed. */
async function workAfter(ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  try {
    await latchkey.runScheduled('process-files.mjs')
  } finally {
    vi.useRealTimers()
  }
}
const objectsIn = async (prefix: string) => (await latchkey.bucket.store.list(prefix)).map(({ key }) => key)

describe('measurements', () => {
  it('are stored after their parts were sent to the bucket, and their object is deleted', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...CSV, size: ROWS.length }), 201)
    expect(created).toMatchObject({ state: 'waiting', part_bytes: PART_BYTES, parts: { total: 1, received: 0 } })
    await sendParts(created, ROWS)
    expect(await stateOf(latchkey, token, created.id)).toMatchObject({ state: 'waiting', parts: { received: 1 } })
    const answer = await completeFile(latchkey, token, created.id)
    expect(answer.headers.get('location')).toBe(`/files/${created.id}`)
    expect(answer.headers.get('retry-after')).toBe('2')
    expect((await fileOf(answer, 202)).state).toBe('processing')
    await latchkey.settled()
    expect(await stateOf(latchkey, token, created.id)).toMatchObject({ state: 'stored', result: { 'saved-in-db': 2 } })
    expect(await latchkey.rows(clientId)).toMatchObject([{ co2: 612 }, { co2: 618 }])
    expect(await objectsIn(`measurements/${created.id}`)).toEqual([])
    expect(await itemOf(created.id)).not.toHaveProperty('due_at')
  })

  it('belong to the participant of the token, and have the time of the completion', async () => {
    const ofPerson = await latchkey.token(clientId, { participant_id: 'P1' })
    const content = Buffer.from('temp\n21.5\n')
    const id = await sendFile(latchkey, ofPerson, CSV, content)
    await latchkey.settled()
    expect(await stateOf(latchkey, ofPerson, id)).toMatchObject({ state: 'stored' })
    expect(await latchkey.rows(clientId, { participant_id: 'P1' })).toMatchObject([{ temp: 21.5 }])
  })

  it('that are invalid are rejected with the place of the error, and nothing is stored', async () => {
    const id = await sendFile(latchkey, token, CSV, Buffer.from('time,co2\n1772442000,612\n1,2,3,4\n'))
    await latchkey.settled()
    const { state, problem } = await stateOf(latchkey, token, id)
    expect([state, problem]).toMatchObject(['failed', { code: 'body_invalid', errors: [{ line: 3 }] }])
    expect(await latchkey.rows(clientId)).toEqual([])
    expect(await objectsIn(`measurements/${id}`)).toEqual([])
  })

  it('have the options of the file, and those of the client', async () => {
    const upload = { time_column: 'when', decimal: 'comma' }
    const client = await latchkey.register({ scope: 'upload download', upload })
    const own = await latchkey.token(client.client_id)
    const options = { skip: 1, time_format: '%d.%m.%Y %H:%M' }
    const content = Buffer.from('a logger\nwhen;temp\n02.03.2026 09:00;21,5\n')
    await sendFile(latchkey, own, { ...CSV, options }, content)
    await latchkey.settled()
    expect(await latchkey.rows(client.client_id)).toMatchObject([{ temp: 21.5, when: '2026-03-02T09:00:00.000Z' }])
  })

  it('whose SHA-256 is another one are rejected', async () => {
    const sha256 = '0'.repeat(64)
    const id = await sendFile(latchkey, token, { ...CSV, sha256 }, ROWS)
    await latchkey.settled()
    expect(await stateOf(latchkey, token, id)).toMatchObject({ state: 'failed', problem: { code: 'body_invalid' } })
    expect(await latchkey.rows(clientId)).toEqual([])
    const right = await sendFile(latchkey, token, { ...CSV, sha256: hash('sha256', ROWS, 'hex') }, ROWS)
    await latchkey.settled()
    expect((await stateOf(latchkey, token, right)).state).toBe('stored')
  })
})

describe('an interrupted transfer', () => {
  const content = randomBytes(2 * PART_BYTES + 5)

  it('continues with the missing parts, with another token of the same client', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: content.length }), 201)
    await sendParts(created, content, [2])
    const missing = await stateOf(latchkey, await latchkey.token(clientId), created.id)
    expect(missing.upload?.map(({ number, start, size }) => [number, start, size])).toEqual([
      [1, 0, PART_BYTES],
      [3, 2 * PART_BYTES, 5],
    ])
    await sendParts(missing, content, [1])
    expect(await problemOf(await completeFile(latchkey, token, created.id))).toMatchObject({
      status: 409,
      code: 'parts_missing',
      detail: expect.stringContaining(': 3.'),
    })
    await sendParts(await stateOf(latchkey, token, created.id), content)
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await latchkey.settled()
    expect((await stateOf(latchkey, token, created.id)).result).toEqual({ sha256: hash('sha256', content, 'hex') })
  })

  it('accepts a part again, of which the last one is used', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: content.length }), 201)
    await sendParts(created, randomBytes(content.length), [1])
    await sendParts(created, content)
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await latchkey.settled()
    expect((await stateOf(latchkey, token, created.id)).result).toEqual({ sha256: hash('sha256', content, 'hex') })
  })

  it('accepts a part only in its size', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: content.length }), 201)
    const url = created.upload?.[2]?.url ?? ''
    for (const size of [4, 6, PART_BYTES])
      expect((await fetch(url, { method: 'PUT', body: Buffer.alloc(size) })).status).toBe(403)
    expect((await stateOf(latchkey, token, created.id)).parts.received).toBe(0)
  })

  it('has URLs for 100 parts at a time', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 1_000_000_000 }), 201)
    expect(created.parts.total).toBe(120)
    expect(created.upload?.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
    expect(await problemOf(await completeFile(latchkey, token, created.id))).toMatchObject({
      detail: expect.stringContaining('1-120'),
    })
  })
})

describe('completing a file', () => {
  it('a second time returns its state', async () => {
    const id = await sendFile(latchkey, token, PHOTO, ROWS)
    await latchkey.settled()
    expect((await fileOf(await completeFile(latchkey, token, id), 202)).state).toBe('stored')
    await latchkey.settled()
    expect((await stateOf(latchkey, token, id)).state).toBe('stored')
  })

  it('twice at once starts its work once', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...CSV, size: ROWS.length }), 201)
    await sendParts(created, ROWS)
    const answers = await Promise.all(Array.from({ length: 5 }, () => completeFile(latchkey, token, created.id)))
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202])
    await latchkey.settled()
    expect((await stateOf(latchkey, token, created.id)).result).toEqual({ 'saved-in-db': 2 })
    expect(await latchkey.rows(clientId)).toHaveLength(2)
  })

  it('succeeds when its work has already assembled the object since the file was read', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: ROWS.length }), 201)
    await sendParts(created, ROWS)
    // The second request reads the parts after the first one has ended.
    const first = Promise.withResolvers<undefined>()
    let lists = 0
    latchkey.bucket.plan = (operation) => {
      if (operation !== 'ListParts') return undefined
      lists += 1
      return lists === 1 ? first.promise : undefined
    }
    const late = completeFile(latchkey, token, created.id)
    await vi.waitFor(() => expect(lists).toBe(1))
    await fileOf(await completeFile(latchkey, token, created.id), 202)
    await latchkey.settled()
    first.resolve(undefined)
    expect((await fileOf(await late, 202)).state).toBe('stored')
  })

  it('of a transfer that was ended returns 404', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: ROWS.length }), 201)
    const { abortTransfer } = await import('../../../lib/files/bucket.ts')
    await abortTransfer(`submissions/${created.id}`, String((await itemOf(created.id))?.['transfer']))
    expect((await completeFile(latchkey, token, created.id)).status).toBe(404)
    expect((await getFile(latchkey, token, created.id)).status).toBe(404)
  })
})

describe('an Idempotency-Key', () => {
  const key = (name: string) => ({ 'idempotency-key': name })

  it('gives a repeat the same file, also when both are sent at once', async () => {
    const body = { ...PHOTO, size: 10 }
    const send = () => createFile(latchkey, token, body, key('one'))
    const files = await Promise.all([send(), send(), send()])
    const ids = await Promise.all(files.map(async (answer) => (await fileOf(answer, 201)).id))
    ids.push((await fileOf(await send(), 201)).id)
    expect(new Set(ids).size).toBe(1)
  })

  it('of another request is rejected with 422, and of another owner is another key', async () => {
    const body = { ...PHOTO, size: 10 }
    const { id } = await fileOf(await createFile(latchkey, token, body, key('two')), 201)
    expect((await createFile(latchkey, token, { ...body, size: 11 }, key('two'))).status).toBe(422)
    const ofPerson = await latchkey.token(clientId, { participant_id: 'P1' })
    expect((await fileOf(await createFile(latchkey, ofPerson, body, key('two')), 201)).id).not.toBe(id)
  })
})

describe('files of others', () => {
  it('do not exist for another client, another participant and a client without one', async () => {
    const ofPerson = await latchkey.token(clientId, { participant_id: 'P1' })
    const created = await fileOf(await createFile(latchkey, ofPerson, { ...PHOTO, size: 10 }), 201)
    const strangers = [
      token,
      await latchkey.token(clientId, { participant_id: 'P2' }),
      await latchkey.token((await latchkey.register()).client_id, { participant_id: 'P1' }),
    ]
    for (const stranger of strangers)
      for (const request of [getFile, completeFile, deleteFile])
        expect((await request(latchkey, stranger, created.id)).status).toBe(404)
    const samePerson = await latchkey.token(clientId, { participant_id: 'P1' })
    expect((await getFile(latchkey, samePerson, created.id)).status).toBe(200)
  })
})

describe('the work', () => {
  it('removes a file that is not completed within six days, with its parts', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }), 201)
    await sendParts(created, Buffer.alloc(10))
    const transfer = (await itemOf(created.id))?.['transfer']
    expect(created.expires_at).toBe(new Date(Date.parse(created.created_at) + 6 * DAY_MS).toISOString())
    await workAfter(6 * DAY_MS - 60_000)
    expect((await getFile(latchkey, token, created.id)).status).toBe(200)
    await workAfter(6 * DAY_MS + 1_000)
    expect((await getFile(latchkey, token, created.id)).status).toBe(404)
    expect(await itemOf(created.id)).toBeUndefined()
    expect(await isInBucket(latchkey, `submissions/${created.id}`, transfer)).toBe(false)
  })

  it('removes the file of a submission that was not submitted within seven days', async () => {
    const id = await sendFile(latchkey, token, PHOTO, ROWS)
    await latchkey.settled()
    await workAfter(7 * DAY_MS - 60_000)
    expect(await objectsIn(`submissions/${id}`)).toEqual([`submissions/${id}`])
    await workAfter(7 * DAY_MS + 1_000)
    expect((await getFile(latchkey, token, id)).status).toBe(404)
    expect(await objectsIn(`submissions/${id}`)).toEqual([])
    expect(await itemOf(id)).toBeUndefined()
  })
})

describe('deleting a file', () => {
  it('that is being processed is rejected with 409', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }), 201)
    await setFileState(created.id, 'processing')
    const answer = await deleteFile(latchkey, token, created.id)
    expect(answer.headers.get('retry-after')).toBe('30')
    expect(await problemOf(answer)).toMatchObject({ status: 409, code: 'file_not_ready' })
    await setFileState(created.id, 'waiting')
  })

  it('twice at once succeeds, or returns 404', async () => {
    const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }), 201)
    const answers = await Promise.all([1, 2, 3].map(() => deleteFile(latchkey, token, created.id)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses).toContain(204)
    expect(statuses.filter((status) => status !== 204 && status !== 404)).toEqual([])
  })

  it('ends its transfer, or removes its object', async () => {
    const waiting = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }), 201)
    const stored = await sendFile(latchkey, token, PHOTO, ROWS)
    await latchkey.settled()
    for (const id of [waiting.id, stored]) {
      const transfer = (await itemOf(id))?.['transfer']
      expect((await deleteFile(latchkey, token, id)).status).toBe(204)
      expect((await getFile(latchkey, token, id)).status).toBe(404)
      expect((await deleteFile(latchkey, token, id)).status).toBe(404)
      await latchkey.settled()
      expect(await itemOf(id)).toBeUndefined()
      expect(await isInBucket(latchkey, `submissions/${id}`, transfer)).toBe(false)
    }
  })
})
