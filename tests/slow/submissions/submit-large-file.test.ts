// @module-tag local-only
// It interrupts requests to the bucket of this process.
import { hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { completeFile, createFile, fileOf, PART_BYTES, sendParts, stateOf } from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { codeBlocks, readDocument } from '../../support/markdown.ts'
import { run } from '../../support/programs.ts'
import { accepted, contentOf, formOf, submissionsOf, submit } from '../../support/submissions.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
  latchkey.bucket.plan = () => undefined
})

const ZIP = { purpose: 'submission', name: 'answers.zip', type: 'application/zip' } as const

/** Sends half of a part, then closes the connection, as a phone that loses its network. */
async function loseConnection(url: string, part: Uint8Array): Promise<void> {
  const { hostname, port, pathname, search, host } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${part.length}\r\n\r\n`)
  socket.write(part.subarray(0, part.length / 2), () => socket.destroy())
  await once(socket, 'close')
}

it('a file of 30 MB arrives once, byte for byte, after its transfer and its processing were interrupted', async () => {
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const content = randomBytes(30_000_000)
  const sha256 = hash('sha256', content, 'hex')
  const body = { ...ZIP, size: content.length, sha256 }
  const key = { 'idempotency-key': 'the answers of P007' }
  let token = await latchkey.token(client_id, { participant_id: 'P007' })
  const created = await fileOf(await createFile(latchkey, token, body, key), 201)
  await sendParts(created, content, [1])
  await loseConnection(created.upload?.[1]?.url ?? '', content.subarray(PART_BYTES, 2 * PART_BYTES))

  // The page is opened again, with a new token.
  token = await latchkey.token(client_id, { participant_id: 'P007' })
  const continued = await fileOf(await createFile(latchkey, token, body, key), 201)
  expect(continued.id).toBe(created.id)
  expect(continued.upload?.map(({ number }) => number)).toEqual([2, 3, 4])
  await sendParts(continued, content)

  // S3 fails while the file is being hashed.
  let reads = 0
  latchkey.bucket.plan = (operation) => {
    if (operation === 'GetObject') reads += 1
    return reads > 2 ? 'never arrives' : undefined
  }
  await completeFile(latchkey, token, created.id)
  await latchkey.settled()
  expect(reads).toBeGreaterThan(2)
  latchkey.bucket.plan = () => undefined
  expect((await stateOf(latchkey, token, created.id)).state).toBe('processing')
  const form = formOf({ auth_token: token, responses: '{}' })
  form.append('upload', created.id)
  expect((await submit(latchkey, form)).status).toBe(409)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 })
  await latchkey.runScheduled('process-files.mjs')
  expect((await stateOf(latchkey, token, created.id)).result).toEqual({ sha256 })

  const { id } = await accepted(await submit(latchkey, form))
  expect((await accepted(await submit(latchkey, form))).id).toBe(id)
  expect(await submissionsOf(latchkey, client_id)).toMatchObject([
    { id, participant_id: 'P007', files: [{ name: 'answers.zip', size: 30_000_000, sha256 }] },
  ])
  expect((await contentOf(latchkey, id, 1)).equals(content)).toBe(true)
  expect(await latchkey.bucket.store.list('')).toHaveLength(1)
})

it('the lines of the guide continue with the missing parts after a lost connection', async () => {
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const token = await latchkey.token(client_id)
  const content = randomBytes(PART_BYTES + 10)
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-guide-'))
  const blocks = codeBlocks(readDocument('docs/guides/collect-submissions.md'))
  const [sendFile, change, ...others] = blocks.filter(({ language }) => language === 'js').map(({ code }) => code)
  expect(others).toEqual([])
  const changed = `export async function send(config, TOKEN, myzipfile, fileName, formData) {\n${change}}`
  await writeFile(join(folder, 'guide.mjs'), `${sendFile}\n${changed}`)
  const { send: sendForm } = await import(join(folder, 'guide.mjs'))
  const send = async () => {
    const form = formOf({ auth_token: token })
    await sendForm({ backendServer: latchkey.url }, token, new Blob([content]), 'a key', form)
    return accepted(await submit(latchkey, form))
  }
  let parts = 0
  latchkey.bucket.plan = (operation) => {
    if (operation === 'UploadPart') parts += 1
    return operation === 'UploadPart' && parts === 2 ? 'never arrives' : undefined
  }
  await expect(send()).rejects.toThrow('fetch failed')
  const { id } = await send()
  expect(parts).toBe(3)
  expect(await submissionsOf(latchkey, client_id)).toMatchObject([{ id, files: [{ name: 'a key.zip' }] }])
  expect((await contentOf(latchkey, id, 1)).equals(content)).toBe(true)
  expect(await send()).toMatchObject({ id })
  await rm(folder, { recursive: true })
})

it('curl and fetch follow the link to a large file without the token, which S3 would reject', async () => {
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const token = await latchkey.token(client_id)
  const content = randomBytes(100_000)
  const created = await fileOf(await createFile(latchkey, token, { ...ZIP, size: content.length }), 201)
  await sendParts(created, content)
  await completeFile(latchkey, token, created.id)
  await latchkey.settled()
  const form = formOf({ auth_token: token })
  form.append('upload', created.id)
  const { id } = await accepted(await submit(latchkey, form))

  // Another host for the bucket, as in AWS.
  const bucket = new URL(latchkey.url)
  bucket.hostname = bucket.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  vi.stubEnv('FILES_ENDPOINT_URL', bucket.origin)
  const { handle } = latchkey.bucket.service
  const tokens: (string | undefined)[] = []
  latchkey.bucket.service.handle = (request, response) => {
    tokens.push(request.headers.authorization)
    return handle(request, response)
  }
  const url = `${latchkey.url}/submissions/${id}/1`
  const authorization = `Bearer ${token}`
  const answer = await fetch(url, { headers: { authorization } })
  expect(answer.url).toContain(bucket.host)
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true)
  expect(tokens).toEqual([undefined])

  const folder = await mkdtemp(join(tmpdir(), 'latchkey-curl-'))
  const { isSuccess } = await run(['curl', '--version'], { cwd: folder })
  if (isSuccess) {
    const command = ['curl', '-sSfLOJ', url, '-H', `Authorization: ${authorization}`] as const
    expect(await run(command, { cwd: folder })).toMatchObject({ isSuccess: true })
    expect((await readFile(join(folder, 'answers.zip'))).equals(content)).toBe(true)
    expect(tokens).toEqual([undefined, undefined])
  }
  await rm(folder, { recursive: true })
  latchkey.bucket.service.handle = handle
  vi.unstubAllEnvs()
})
