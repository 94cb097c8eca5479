// @module-tag local-only
// It moves the clock of this process.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FindSubmission } from '../../../lib/files/unused-files.ts'
import { CSV, createFile, deleteFile, fileOf, getFile, itemOf, PHOTO, sendFile } from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const CONTENT = Buffer.from('a photo')
const DAY_MS = 86_400_000
const SUBMISSION = '1'.repeat(32)
const OTHER = '2'.repeat(32)

let latchkey: Latchkey
let clientId: string
let token: string
let id: string
/** Stored submissions with their files. */
let submissions: Map<string, { fileIds: string[]; expiresAt?: number }>

beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  submissions = new Map()
  clientId = (await latchkey.register()).client_id
  token = await latchkey.token(clientId)
  id = await sendFile(latchkey, token, PHOTO, CONTENT)
  await latchkey.settled()
})
afterEach(async () => {
  await latchkey.settled()
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})

const attachments = () => import('../../../lib/files/attachments.ts')
const findSubmission: FindSubmission = async (name) => submissions.get(name) ?? null
const attach = async (submission: string, now = Date.now()) =>
  (await attachments()).attachFiles([id], submission, now, findSubmission)

/** Moves the clock by this number of milliseconds, and does what is due. */
async function workAfter(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms)
  const { runWork } = await import('../../../lib/files/work.ts')
  const { fileWork } = await import('../../../lib/files/process-file.ts')
  const storeMeasurements = () => Promise.reject(new Error('not a file of measurements'))
  await runWork({ file: fileWork({ storeMeasurements, findSubmission }) }, {}, Date.now() + 60_000)
}
const moveClock = () => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
/** The error of a promise. Its class is that of the modules that were loaded last. */
const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('no error was thrown'),
    (error: unknown) => error,
  )
const exists = async () => (await itemOf(id)) !== undefined

describe('the files that a submission names', () => {
  it('are described in their order', async () => {
    const second = await sendFile(latchkey, token, { ...PHOTO, name: 'b.jpg' }, CONTENT)
    await latchkey.settled()
    const files = await (await attachments()).requireSubmissionFiles([second, id], { clientId })
    expect(files).toMatchObject([
      { id: second, name: 'b.jpg', type: 'image/jpeg', size: 7 },
      { id, name: 'photo.jpg', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ])
  })

  it('are rejected if they are unknown, of another owner, of measurements, or failed', async () => {
    const { requireSubmissionFiles } = await attachments()
    const measurements = await sendFile(latchkey, token, CSV, Buffer.from('time,co2\n1772442000,612\n'))
    const failed = await sendFile(latchkey, token, { ...PHOTO, sha256: '0'.repeat(64) }, CONTENT)
    await latchkey.settled()
    for (const [name, owner] of [
      ['0'.repeat(32), { clientId }],
      [id, { clientId: 'another' }],
      [id, { clientId, participant: 'P1' }],
      [measurements, { clientId }],
      [failed, { clientId }],
    ] as const)
      expect(await errorOf(requireSubmissionFiles([name], owner))).toMatchObject({ issues: [{ field: 'upload' }] })
  })

  it('are not ready while their parts are missing', async () => {
    const { id: waiting } = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 7 }), 201)
    const pending = (await attachments()).requireSubmissionFiles([waiting], { clientId })
    expect(await errorOf(pending)).toMatchObject({ code: 'file_not_ready', headers: { 'retry-after': '5' } })
  })
})

describe('an attached file', () => {
  it('stays as long as its submission exists, also after a repeat of the request', async () => {
    moveClock()
    await attach(SUBMISSION)
    await attach(SUBMISSION)
    submissions.set(SUBMISSION, { fileIds: [id] })
    await workAfter(DAY_MS + 1)
    expect(await itemOf(id)).toMatchObject({ state: 'stored', submitted: true })
    expect(await itemOf(id)).not.toHaveProperty('due_at')
    await workAfter(100 * DAY_MS)
    expect(await latchkey.bucket.store.list(`submissions/${id}`)).toHaveLength(1)
  })

  it('cannot be deleted, and has no time of removal', async () => {
    await attach(SUBMISSION)
    expect((await deleteFile(latchkey, token, id)).status).toBe(409)
    expect(await fileOf(await getFile(latchkey, token, id))).not.toHaveProperty('expires_at')
  })

  it('is removed after its submission has expired', async () => {
    moveClock()
    const expiresAt = Date.now() + 10 * DAY_MS
    await attach(SUBMISSION)
    submissions.set(SUBMISSION, { fileIds: [id], expiresAt })
    await workAfter(DAY_MS + 1)
    expect(await itemOf(id)).toMatchObject({ due_at: expiresAt + DAY_MS })
    submissions.delete(SUBMISSION)
    await workAfter(10 * DAY_MS)
    expect(await exists()).toBe(false)
    expect(await latchkey.bucket.store.list(`submissions/${id}`)).toEqual([])
  })

  it('is removed after its submission was deleted, even if it was never seen', async () => {
    moveClock()
    await attach(SUBMISSION)
    submissions.set(SUBMISSION, { fileIds: [id] })
    await (await attachments()).releaseFiles([id], SUBMISSION, Date.now())
    submissions.delete(SUBMISSION)
    await workAfter(60_000)
    expect(await exists()).toBe(true)
    await workAfter(300_000)
    expect(await exists()).toBe(false)
  })

  it('stays if the deletion of its submission failed, or releases another one', async () => {
    moveClock()
    await attach(SUBMISSION)
    submissions.set(SUBMISSION, { fileIds: [id] })
    await (await attachments()).releaseFiles([id], OTHER, Date.now())
    await (await attachments()).releaseFiles([id], SUBMISSION, Date.now())
    await workAfter(600_000)
    expect(await itemOf(id)).toMatchObject({ state: 'stored', submitted: true })
    expect(await itemOf(id)).not.toHaveProperty('due_at')
  })

  it('is free again if its submission was never stored, and removed seven days after its completion', async () => {
    moveClock()
    await attach(SUBMISSION)
    await workAfter(DAY_MS + 1)
    expect(await itemOf(id)).not.toHaveProperty('attached_to')
    expect((await fileOf(await getFile(latchkey, await latchkey.token(clientId), id))).state).toBe('stored')
    await workAfter(6 * DAY_MS)
    expect(await exists()).toBe(false)
  })

  it('is not kept by a submission with the same id that does not name it', async () => {
    moveClock()
    await attach(SUBMISSION)
    submissions.set(SUBMISSION, { fileIds: [] })
    await workAfter(DAY_MS + 1)
    await workAfter(7 * DAY_MS)
    expect(await exists()).toBe(false)
  })

  it('belongs to one submission only, unless that was never stored', async () => {
    const now = Date.now()
    await attach(SUBMISSION, now - 600_000)
    submissions.set(SUBMISSION, { fileIds: [id] })
    expect(await errorOf(attach(OTHER))).toMatchObject({ code: 'file_in_use' })
    submissions.delete(SUBMISSION)
    await attach(OTHER)
    expect(await itemOf(id)).toMatchObject({ attached_to: OTHER })
    // The request for that one may still be running.
    expect(await errorOf(attach(SUBMISSION))).toMatchObject({
      code: 'file_not_ready',
      headers: { 'retry-after': '300' },
    })
  })

  it('is not that of a submission that has another file', async () => {
    await attach(SUBMISSION, Date.now() - 600_000)
    submissions.set(SUBMISSION, { fileIds: [] })
    await attach(OTHER)
    expect(await itemOf(id)).toMatchObject({ attached_to: OTHER })
  })

  it('is attached to one of two submissions that are sent at once', async () => {
    const results = await Promise.allSettled([attach(SUBMISSION), attach(OTHER)])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('stays if it is attached while the work removes it as unused, or the request gets an error', async () => {
    moveClock()
    vi.setSystemTime(Date.now() + 7 * DAY_MS + 1_000)
    // The file is attached after the work has read it, and before it is marked for removal.
    let attaching: Promise<void> | undefined
    latchkey.database.plan = async (command, body) => {
      if (command !== 'UpdateItem' || !body.includes('"removing"') || attaching) return undefined
      attaching = attach(SUBMISSION)
      await attaching
      return undefined
    }
    await workAfter(0)
    await attaching
    expect(await itemOf(id)).toMatchObject({ state: 'stored', attached_to: SUBMISSION })
    expect(await latchkey.bucket.store.list(`submissions/${id}`)).toHaveLength(1)
  })

  it('cannot be one that is being removed', async () => {
    expect((await deleteFile(latchkey, token, id)).status).toBe(204)
    expect(await errorOf(attach(SUBMISSION))).toMatchObject({ issues: [{ field: 'upload' }] })
  })
})
