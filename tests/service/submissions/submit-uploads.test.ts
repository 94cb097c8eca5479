// @module-tag local-only
// It reads the bucket of this process.
import { hash, randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import {
  CSV,
  completeFile,
  createFile,
  deleteFile,
  fileOf,
  itemOf,
  PHOTO,
  sendFile,
  sendParts,
  stateOf,
} from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, problemOf } from '../../support/responses.ts'
import {
  accepted,
  contentOf,
  formOf,
  MULTIPART,
  multipart,
  part,
  piecesOf,
  submissionsOf,
  submit,
} from '../../support/submissions.ts'

const MINUTE_MS = 60_000

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
  latchkey.database.plan = () => undefined
})

/** A form that names these files, after the token. */
const uploadsOf = (ids: readonly string[], auth_token = token) => {
  const form = formOf({ auth_token })
  for (const id of ids) form.append('upload', id)
  return form
}
const send = (ids: readonly string[], headers: Record<string, string> = {}) => submit(latchkey, uploadsOf(ids), headers)
/** Stores a file in the bucket. Returns its id. */
async function stored(content: Uint8Array<ArrayBuffer>, as = token, file: object = PHOTO): Promise<string> {
  const id = await sendFile(latchkey, as, { ...file }, content)
  await latchkey.settled()
  expect((await stateOf(latchkey, as, id)).state).toBe('stored')
  return id
}
const bearer = (as: string) => ({ authorization: `Bearer ${as}` })
const call = (path: string, init: RequestInit = {}) => latchkey.call(path, { headers: bearer(token), ...init })
const remove = (id: string) => call(`/submissions/${id}`, { method: 'DELETE' })
const objects = async () => (await latchkey.bucket.store.list('submissions/')).map(({ key }) => key.split('/')[1])
const idsListed = async () => (await submissionsOf(latchkey, clientId)).map(({ id }) => id)
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
/** Runs the work of files as if this time had passed since the last call. */
async function workAfter(ms: number) {
  later(ms)
  await latchkey.runScheduled('process-files.mjs')
}

describe('a submission with large files', () => {
  it('leaves nothing of an attempt that sent the same file in the form, and failed', async () => {
    const content = randomBytes(600_000)
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && /"chunk#[^"]+#0001"/.test(body) ? 'failing' : undefined
    const form = formOf({ auth_token: token, files: [[PHOTO.name, content, PHOTO.type]] })
    expect((await submit(latchkey, form)).status).toBe(503)
    latchkey.database.plan = () => undefined
    const { id } = await accepted(await send([await stored(content)]))
    expect((await contentOf(latchkey, id, 1)).equals(content)).toBe(true)
    later(15 * MINUTE_MS)
    await latchkey.runScheduled('clean-up-submissions.mjs')
    const { there, named } = await piecesOf(latchkey)
    expect(there.filter((piece) => piece.startsWith(id))).toEqual(named.filter((piece) => piece.startsWith(id)))
  })

  it('has them in the order of the form, as it has other files', async () => {
    const [one, two] = [randomBytes(3_000), randomBytes(10)]
    const ids = [await stored(one), await stored(two, token, { ...PHOTO, name: 'b.bin', type: 'text/x-thing' })]
    const answer = await submit(
      latchkey,
      multipart([
        part('name="auth_token"', token),
        part('name="file"; filename="first.txt"', 'the first', 'Content-Type: text/plain'),
        part('name="upload"', ids[0]),
        part('name="responses"', '{}'),
        part('name="file"; filename="middle.txt"', 'the middle', 'Content-Type: text/plain'),
        part('name="upload"', ` ${ids[1]}\r\n`),
        part('name="file"; filename="last.txt"', 'the last', 'Content-Type: text/plain'),
      ]),
      MULTIPART,
    )
    const { id, ignored } = await accepted(answer)
    expect(ignored).toBeUndefined()
    const described = (name: string, type: string, content: string | Buffer) => ({
      name,
      type,
      size: content.length,
      sha256: hash('sha256', content, 'hex'),
    })
    const expected = [
      described('first.txt', 'text/plain', 'the first'),
      described('photo.jpg', 'image/jpeg', one),
      described('middle.txt', 'text/plain', 'the middle'),
      described('b.bin', 'text/x-thing', two),
      described('last.txt', 'text/plain', 'the last'),
    ]
    expect(await (await call(`/submissions/${id}`)).json()).toMatchObject({ id, files: expected })
    const page = z.object({ submissions: z.array(z.looseObject({})) }).parse(await (await call('/submissions')).json())
    expect(page.submissions).toEqual([expect.objectContaining({ id, files: expected })])
    for (const [index, content] of ['the first', one, 'the middle', two, 'the last'].entries())
      expect((await contentOf(latchkey, id, index + 1)).equals(Buffer.from(content))).toBe(true)
    expect((await contentOf(latchkey, id, 'responses')).toString()).toBe('{}')
    expect((await call(`/submissions/${id}/6`)).status).toBe(404)
  })

  it('can be sent as an urlencoded form', async () => {
    const ids = [await stored(randomBytes(5)), await stored(randomBytes(6))]
    const body = new URLSearchParams([['auth_token', token], ...ids.map((id): [string, string] => ['upload', id])])
    await accepted(await submit(latchkey, body))
    const [submission] = await submissionsOf(latchkey, clientId)
    expect(submission?.files.map(({ size }) => size)).toEqual([5, 6])
  })

  it('stores a file that is sent in a field named upload as any other file', async () => {
    const form = formOf({ auth_token: token })
    form.append('upload', new Blob(['x']), 'a.txt')
    await accepted(await submit(latchkey, form))
    expect(await submissionsOf(latchkey, clientId)).toMatchObject([{ files: [{ name: 'a.txt', size: 1 }] }])
  })

  it('is the same as one with the same content in the form', async () => {
    const content = randomBytes(100)
    const form = formOf({ auth_token: token, files: [[PHOTO.name, content, PHOTO.type]] })
    const { id } = await accepted(await submit(latchkey, form))
    const upload = await stored(content)
    expect((await accepted(await send([upload]))).id).toBe(id)
    // The file is not needed, and is removed as if it had not been submitted.
    expect((await deleteFile(latchkey, token, upload)).status).toBe(204)
    expect((await contentOf(latchkey, id, 1)).equals(content)).toBe(true)
  })

  it('is stored once, also after a repeat, and a repeat with the file sent again', async () => {
    const content = randomBytes(100)
    const upload = await stored(content)
    const { id } = await accepted(await send([upload]))
    expect((await accepted(await send([upload]))).id).toBe(id)
    const again = await stored(content)
    expect((await accepted(await send([again]))).id).toBe(id)
    expect(await idsListed()).toEqual([id])
    expect(await itemOf(again)).not.toHaveProperty('attached_to')
  })

  it('is identified by an Idempotency-Key, also after the token changed', async () => {
    const upload = await stored(randomBytes(10))
    const { id } = await accepted(await send([upload], { 'idempotency-key': 'k' }))
    token = await latchkey.token(clientId)
    expect((await accepted(await send([upload], { 'idempotency-key': 'k' }))).id).toBe(id)
    const answer = await send([await stored(randomBytes(10))], { 'idempotency-key': 'k' })
    expect(answer.status).toBe(422)
    expect(await idsListed()).toEqual([id])
  })
})

describe('a large file of a submission', () => {
  it('is returned by a redirect that is valid for five minutes', async () => {
    const content = randomBytes(100)
    const upload = await stored(content, token, { ...PHOTO, name: 'größe "1".jpg', type: 'text/html' })
    const { id } = await accepted(await send([upload]))
    const redirect = await call(`/submissions/${id}/1`)
    expect(redirect.status).toBe(307)
    expect(redirect.headers.get('cache-control')).toBe('no-store')
    expect(redirect.headers.get('referrer-policy')).toBe('no-referrer')
    const location = redirect.headers.get('location') ?? ''
    const answer = await fetch(location)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html')
    const form = formOf({ auth_token: token, files: [['größe "1".jpg', 'x']] })
    const inForm = await accepted(await submit(latchkey, form))
    const disposition = (await call(`/submissions/${inForm.id}/1`)).headers.get('content-disposition')
    expect(answer.headers.get('content-disposition')).toBe(disposition)
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true)
    later(5 * MINUTE_MS - 2_000)
    expect((await fetch(location)).status).toBe(200)
    later(5_000)
    expect((await fetch(location)).status).toBe(403)
  })

  it('can be read by a page of any origin, which is `null` after the redirect', async () => {
    const { id } = await accepted(await send([await stored(randomBytes(10))]))
    const location = (await call(`/submissions/${id}/1`)).headers.get('location') ?? ''
    const answer = await fetch(location, { headers: { origin: 'null' } })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('access-control-expose-headers')).toContain('Content-Disposition')
    const headers = {
      origin: 'null',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'range',
    }
    const preflight = await fetch(location, { method: 'OPTIONS', headers })
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([200, 'range'])
  })

  it('is returned in ranges', async () => {
    const content = randomBytes(1_000)
    const { id } = await accepted(await send([await stored(content)]))
    const answer = await call(`/submissions/${id}/1`, {
      redirect: 'follow',
      headers: { ...bearer(token), range: 'bytes=10-19' },
    })
    expect([answer.status, answer.headers.get('content-range')]).toEqual([206, 'bytes 10-19/1000'])
    expect(Buffer.from(await answer.arrayBuffer()).equals(content.subarray(10, 20))).toBe(true)
  })

  it('is not returned to others', async () => {
    const [ada, bob] = [
      await latchkey.token(clientId, { participant_id: 'Ada' }),
      await latchkey.token(clientId, { participant_id: 'Bob' }),
    ]
    const upload = await stored(randomBytes(10), ada)
    const { id } = await accepted(await submit(latchkey, uploadsOf([upload], ada)))
    const path = `/submissions/${id}/1`
    expect((await latchkey.call(path)).status).toBe(401)
    expect((await latchkey.call(path, { headers: bearer(bob) })).status).toBe(404)
    const other = await latchkey.token((await latchkey.register({ scope: 'download' })).client_id)
    expect((await latchkey.call(path, { headers: bearer(other) })).status).toBe(404)
    for (const reader of [ada, token, latchkey.adminToken])
      expect((await latchkey.call(path, { headers: bearer(reader) })).status).toBe(307)
  })

  it('belongs to one submission', async () => {
    const upload = await stored(randomBytes(10))
    const { id } = await accepted(await send([upload]))
    token = await latchkey.token(clientId)
    const answer = await send([upload])
    expect(answer.status).toBe(409)
    expect(await problemOf(answer)).toMatchObject({ code: 'file_in_use' })
    expect((await deleteFile(latchkey, token, upload)).status).toBe(409)
    expect(await idsListed()).toEqual([id])
    expect(await stateOf(latchkey, token, upload)).not.toHaveProperty('expires_at')
    await workAfter(2 * 60 * MINUTE_MS)
    await workAfter(30 * 24 * 60 * MINUTE_MS)
    vi.useRealTimers()
    expect(await itemOf(upload)).toMatchObject({ submitted: true, attached_to: id })
    expect(await itemOf(upload)).not.toHaveProperty('due_at')
    expect(await objects()).toContain(upload)
  })
})

describe('a form is rejected, and stores nothing,', () => {
  const unknown = 'f'.repeat(32)
  afterEach(async () => {
    vi.useRealTimers()
    expect(await idsListed()).toEqual([])
  })

  it.each(['', 'x', unknown.toUpperCase(), `${unknown}0`, 'a'.repeat(5_000)])(
    'if an id is malformed (%#)',
    async (id) => {
      const answer = await send([id])
      expect(answer.status).toBe(400)
      expect(await faultyFields(answer)).toEqual(['upload'])
    },
  )

  it('if an id is that of no file, of another owner, of measurements or of a failed file', async () => {
    const content = randomBytes(5)
    const other = await latchkey.token((await latchkey.register()).client_id)
    const participant = await latchkey.token(clientId, { participant_id: 'Ada' })
    const failed = await sendFile(latchkey, token, { ...PHOTO, sha256: '0'.repeat(64) }, content)
    const rows = await sendFile(latchkey, token, CSV, Buffer.from('time,a\n1,2\n'))
    await latchkey.settled()
    const ids = [unknown, await stored(content, other), await stored(content, participant), failed, rows]
    const bodies = new Set<string>()
    for (const id of ids) {
      const answer = await send([await stored(randomBytes(5)), id])
      expect(answer.status).toBe(400)
      const { request_id: _, ...body } = await problemOf(answer)
      bodies.add(JSON.stringify(body))
    }
    // The response is the same for all of them, so that it does not reveal files of others.
    expect([...bodies]).toEqual([expect.stringContaining('your own stored file')])
  })

  it('if a file is not stored yet', async () => {
    const content = randomBytes(5)
    const { id, upload } = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 5 }), 201)
    const early = await send([id])
    expect([early.status, early.headers.get('retry-after')]).toEqual([409, '5'])
    expect(await problemOf(early)).toMatchObject({ code: 'file_not_ready' })
    await sendParts({ ...(await stateOf(latchkey, token, id)), upload }, content)
    latchkey.bucket.plan = (operation) => (operation === 'GetObject' ? 'failing' : undefined)
    await completeFile(latchkey, token, id)
    await latchkey.settled()
    expect((await stateOf(latchkey, token, id)).state).toBe('processing')
    expect((await send([id])).status).toBe(409)
    latchkey.bucket.plan = () => undefined
  })

  it('if it names a file twice', async () => {
    const id = await stored(randomBytes(5))
    const answer = await send([id, id])
    expect(answer.status).toBe(400)
    expect(await faultyFields(answer)).toEqual(['upload'])
  })

  it('if it has more than 100 files together', async () => {
    const form = formOf({ auth_token: token, files: Array.from({ length: 100 }, (_, n) => [`${n}`, 'x'] as const) })
    form.append('upload', unknown)
    expect(await problemOf(await submit(latchkey, form))).toMatchObject({ status: 400, code: 'limit_exceeded' })
    const uploads = Array.from({ length: 101 }, (_, n) => n.toString(16).padStart(32, '0'))
    expect(await problemOf(await send(uploads))).toMatchObject({ status: 400, code: 'limit_exceeded' })
  })
})

it('12 large files can be submitted at once', async () => {
  const ids: string[] = []
  for (let n = 0; n < 12; n += 1)
    ids.push(await sendFile(latchkey, token, { ...PHOTO, name: `${n}` }, randomBytes(n + 1)))
  await latchkey.settled()
  const { id } = await accepted(await send(ids))
  const [submission] = await submissionsOf(latchkey, clientId)
  expect(submission).toMatchObject({ id, files: ids.map((_, n) => ({ name: `${n}`, size: n + 1 })) })
})

describe('a deleted submission', () => {
  it('loses its large files a few minutes later', async () => {
    const uploads = [await stored(randomBytes(10)), await stored(randomBytes(10))]
    const { id } = await accepted(await send(uploads))
    expect((await remove(id)).status).toBe(204)
    await workAfter(4 * MINUTE_MS)
    expect(await objects()).toEqual(expect.arrayContaining(uploads))
    await workAfter(2 * MINUTE_MS)
    const left = await objects()
    for (const upload of uploads) {
      expect(left).not.toContain(upload)
      expect(await itemOf(upload)).toBeUndefined()
    }
  })

  it('can be submitted again until then, and keeps its files', async () => {
    const upload = await stored(randomBytes(10))
    const { id } = await accepted(await send([upload]))
    await remove(id)
    expect((await accepted(await send([upload]))).id).toBe(id)
    await workAfter(6 * MINUTE_MS)
    await workAfter(2 * 60 * MINUTE_MS)
    vi.useRealTimers()
    expect((await contentOf(latchkey, id, 1)).length).toBe(10)
  })
})

describe('a submission that was interrupted', () => {
  /** Fails when the manifest is written. Returns the file. */
  async function interrupted(): Promise<string> {
    const upload = await stored(randomBytes(10))
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && body.includes('"manifest"') ? 'failing' : undefined
    expect((await send([upload])).status).toBe(503)
    latchkey.database.plan = () => undefined
    return upload
  }

  it('is completed by a repeat', async () => {
    const upload = await interrupted()
    const { id } = await accepted(await send([upload]))
    await workAfter(2 * 60 * MINUTE_MS)
    vi.useRealTimers()
    expect(await itemOf(upload)).toMatchObject({ attached_to: id, submitted: true })
  })

  it('leaves its file to another submission, five minutes later', async () => {
    const upload = await interrupted()
    token = await latchkey.token(clientId)
    const early = await send([upload])
    expect([early.status, early.headers.get('retry-after')]).toEqual([409, '300'])
    expect(await problemOf(early)).toMatchObject({ code: 'file_not_ready' })
    later(6 * MINUTE_MS)
    const { id } = await accepted(await send([upload]))
    expect(await itemOf(upload)).toMatchObject({ attached_to: id })
  })

  it('loses its file after a week', async () => {
    const upload = await interrupted()
    await workAfter(2 * 60 * MINUTE_MS)
    expect(await itemOf(upload)).not.toHaveProperty('attached_to')
    await workAfter(7 * 24 * 60 * MINUTE_MS)
    expect(await itemOf(upload)).toBeUndefined()
    expect(await objects()).not.toContain(upload)
  })
})
