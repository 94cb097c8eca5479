// @module-tag local-only
// It needs hundreds of requests that fail, and reads the bucket of this process.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Fault } from '../../support/database.ts'
import { itemOf, PHOTO, sendFile } from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { accepted, contentOf, formOf, piecesOf, submissionsOf, submit } from '../../support/submissions.ts'

vi.mock(import('../../../lib/dynamodb/shards.ts'), () => import('../../support/few-shards.ts'))

/** After a crash at any command, a submission has its large file or does not exist, and a retry completes it. */
const HOUR_MS = 3_600_000

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download delete' })).client_id
  token = await latchkey.token(clientId)
})
afterEach(() => {
  vi.useRealTimers()
  allIsWell()
})

const allIsWell = () => {
  latchkey.database.plan = () => undefined
}
const content = randomBytes(1_000)
async function stored(): Promise<string> {
  const id = await sendFile(latchkey, token, PHOTO, content)
  await latchkey.settled()
  return id
}
/** A form with two large files and one in the form, so that each command is sent for more than one. */
const send = (uploads: readonly string[]) => {
  const form = formOf({ auth_token: token, files: [['a.txt', 'x']] })
  for (const upload of uploads) form.append('upload', upload)
  return submit(latchkey, form)
}
const remove = (id: string) =>
  latchkey.call(`/submissions/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })
const idsListed = async () => (await submissionsOf(latchkey, clientId)).map(({ id }) => id)
const objects = async () =>
  (await latchkey.bucket.store.list('submissions/')).map(({ key }) => key.slice('submissions/'.length))

/** Breaks the n-th new command and its retries; `andAll` breaks all later ones too, `once` exempts retries. */
function breakAt(n: number, fault: Fault, { andAll = false, once = false } = {}): () => number {
  const seen: string[] = []
  latchkey.database.plan = (command, body) => {
    const known = seen.indexOf(command + body)
    if (known < 0) seen.push(command + body)
    const number = (known < 0 ? seen.length - 1 : known) + 1
    return (number === n && !(once && known >= 0)) || (andAll && number > n) ? fault : undefined
  }
  return () => seen.length
}
const WAYS: { fault: Fault; how: string; andAll?: boolean; once?: boolean }[] = [
  { fault: 'answer lost', how: 'once', once: true },
  { fault: 'failing', how: 'repeatedly' },
  { fault: 'answer lost', how: 'repeatedly' },
  { fault: 'never arrives', how: 'repeatedly' },
  { fault: 'failing', how: 'and all later commands', andAll: true },
  { fault: 'answer lost', how: 'and all later commands', andAll: true },
]

/** Runs the work of files and the clean-up as if this time had passed. */
async function workAfter(ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
  try {
    await latchkey.runScheduled('process-files.mjs')
    await latchkey.runScheduled('clean-up-submissions.mjs')
  } finally {
    vi.useRealTimers()
  }
}

/** Every visible submission is complete. */
async function nothingIsHalf(): Promise<void> {
  for (const { id, files } of await submissionsOf(latchkey, clientId)) {
    expect(files.map(({ size }) => size)).toEqual([1, 1_000, 1_000])
    expect((await contentOf(latchkey, id, 1)).toString()).toBe('x')
    for (const part of [2, 3]) expect((await contentOf(latchkey, id, part)).equals(content)).toBe(true)
  }
}
/** Nothing exists but the submissions that are visible. */
async function nothingIsTooMany(uploads: readonly string[], isStored: boolean): Promise<void> {
  await workAfter(2 * HOUR_MS)
  await workAfter(8 * 24 * HOUR_MS)
  const left = await objects()
  expect(uploads.filter((upload) => left.includes(upload))).toEqual(isStored ? uploads : [])
  for (const upload of uploads) expect((await itemOf(upload)) !== undefined).toBe(isStored)
  const { there, named } = await piecesOf(latchkey)
  expect(there).toEqual(named)
}

/**
 * Commands of a submission: token and client, two files, manifest, two attachments, attempts, attempt, chunk, manifest,
 * attempt. Of a removal: token and client, manifest, attempt, two releases, manifest, chunk, attempt.
 */
const SUBMITTING = 11
const REMOVING = 8

it('a submission and its removal send a known number of commands', async () => {
  const uploads = [await stored(), await stored()]
  const submitting = breakAt(0, undefined)
  const { id } = await accepted(await send(uploads))
  expect(submitting()).toBe(SUBMITTING)
  const removing = breakAt(0, undefined)
  expect((await remove(id)).status).toBe(204)
  expect(removing()).toBe(REMOVING)
})

describe('a submission with a failing command', () => {
  it.each(WAYS)('($fault, $how) exists once with its files after a retry', async ({ fault, ...way }) => {
    for (let n = 2; n <= SUBMITTING; n += 1) {
      const uploads = [await stored(), await stored()]
      breakAt(n, fault, way)
      const answer = await send(uploads)
      allIsWell()
      expect(answer.status).toBeOneOf(way.once ? [200] : [200, 503])
      await nothingIsHalf()
      if (answer.status === 200) expect(await idsListed()).toHaveLength(1)
      if (n % 2 === 0) await workAfter(2 * HOUR_MS)
      const { id } = await accepted(await send(uploads))
      expect(await accepted(await send(uploads))).toEqual({ status: 'accepted', id })
      expect(await idsListed()).toEqual([id])
      await nothingIsTooMany(uploads, true)
      await nothingIsHalf()
      await remove(id)
      await nothingIsTooMany(uploads, false)
    }
  })

  it('and without a retry leaves nothing', async () => {
    for (let n = 5; n < SUBMITTING; n += 1) {
      const uploads = [await stored(), await stored()]
      breakAt(n, 'failing', { andAll: true })
      expect((await send(uploads)).status).toBe(503)
      allIsWell()
      expect(await idsListed()).toEqual([])
      await nothingIsTooMany(uploads, false)
    }
  })
})

describe('a removal with a failing command', () => {
  it.each(WAYS)('($fault, $how) removes everything or nothing', async ({ fault, ...way }) => {
    for (let n = 2; n <= REMOVING; n += 1) {
      const uploads = [await stored(), await stored()]
      const { id } = await accepted(await send(uploads))
      breakAt(n, fault, way)
      const { status } = await remove(id)
      allIsWell()
      expect(status).toBeOneOf(way.once ? [204] : [204, 503])
      const isLeft = (await idsListed()).length > 0
      if (status === 204) expect(isLeft).toBe(false)
      await nothingIsHalf()
      await nothingIsTooMany(uploads, isLeft)
      await nothingIsHalf()
      expect((await remove(id)).status).toBe(isLeft ? 204 : 404)
      await nothingIsTooMany(uploads, false)
    }
  })
})
