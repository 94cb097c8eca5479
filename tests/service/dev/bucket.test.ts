import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { localBucket } from '../../../dev/bucket.ts'
import { listenLocally } from '../../../dev/free-port.ts'
import { bucketStore } from '../../../dev/s3/store.ts'
import { closed } from '../../support/server.ts'

const CREDENTIALS = { accessKeyId: 'key', secretAccessKey: 'secret' }
const DAY_MS = 24 * 3_600_000

let parent: string
let folder: string
let url: string
let client: S3Client
const server = createServer((request, response) => void bucket().handle(request, response))
const bucket = () => localBucket({ name: 'files', folder, credentials: CREDENTIALS, origins: () => ['*'] })

const clientWith = (credentials: typeof CREDENTIALS) =>
  new S3Client({
    endpoint: url,
    region: 'local',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  })

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'latchkey-'))
  folder = join(parent, 'files')
  url = await listenLocally(server)
  client = clientWith(CREDENTIALS)
})
afterAll(async () => {
  client.destroy()
  await closed(server)
  await rm(parent, { recursive: true })
})

const body = (contents: string) => ({
  stream: Readable.from([Buffer.from(contents)]),
  size: contents.length,
  sha256: undefined,
})
const put = (Key: string, Body = 'contents') => client.send(new PutObjectCommand({ Bucket: 'files', Key, Body }))

describe('the local bucket', () => {
  it.each(['../../escaped', '..', '.', 'a/../b', '%2e%2e/c', 'with space + ü', 'nul', 'a'.repeat(1_024)])(
    'stores the key %j in its folder alone',
    async (Key) => {
      await put(Key, Key)
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'files', Key }))
      expect(await Body?.transformToString()).toBe(Key)
      expect(await readdir(parent)).toEqual(['files'])
    },
  )

  it('lists keys in order, in pages', async () => {
    for (const key of ['list/b', 'list/a', 'list/c']) await put(key)
    const page = (ContinuationToken?: string) =>
      client.send(new ListObjectsV2Command({ Bucket: 'files', Prefix: 'list/', MaxKeys: 2, ContinuationToken }))
    const first = await page()
    expect(first.Contents?.map(({ Key }) => Key)).toEqual(['list/a', 'list/b'])
    const second = await page(first.NextContinuationToken)
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['list/c'])
    expect(second.IsTruncated).toBe(false)
  })

  it('rejects a key of more than 1,024 bytes, and unknown operations', async () => {
    await expect(put('a'.repeat(1_025))).rejects.toMatchObject({ name: 'KeyTooLongError' })
    await expect(client.send(new HeadObjectCommand({ Bucket: 'files', Key: 'missing' }))).rejects.toMatchObject({
      name: 'NotFound',
    })
    const listing = new ListObjectsV2Command({ Bucket: 'files' })
    listing.middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request ?? {}, { query: {} })
        return next(args)
      },
      { step: 'build' },
    )
    await expect(client.send(listing)).rejects.toMatchObject({ name: 'NotImplemented' })
  })

  it('rejects other credentials and unsigned requests', async () => {
    for (const wrong of [{ secretAccessKey: 'other' }, { accessKeyId: 'other' }]) {
      const other = clientWith({ ...CREDENTIALS, ...wrong })
      const command = new GetObjectCommand({ Bucket: 'files', Key: 'list/a' })
      await expect(other.send(command)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' })
      other.destroy()
    }
    expect((await fetch(`${url}/files/list/a`)).status).toBe(403)
    expect((await fetch(`${url}/files/list/a?X-Amz-Signature=00`)).status).toBe(400)
    expect((await fetch(`${url}/files/%ff`)).status).toBe(400)
    expect((await fetch(`${url}/files/new`, { method: 'PUT', body: 'x' })).status).toBe(403)
  })

  it('rejects a body that is not the signed one, and a signature of another day', async () => {
    const command = new PutObjectCommand({ Bucket: 'files', Key: 'changed', Body: 'signed' })
    command.middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request ?? {}, { body: 'change' })
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await expect(client.send(command)).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - DAY_MS })
    const { headers, path } = await signedHead()
    vi.useRealTimers()
    expect((await fetch(`${url}${path}`, { method: 'HEAD', headers })).status).toBe(403)
  })

  async function signedHead() {
    const command = new HeadObjectCommand({ Bucket: 'files', Key: 'list/a' })
    const request = { headers: {}, path: '' }
    command.middlewareStack.add(
      () => async (args) => {
        Object.assign(request, args.request)
        throw new Error('not sent')
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await client.send(command).catch(() => undefined)
    return request
  }
})

describe('the folder of a bucket', () => {
  const fresh = async () => join(await mkdtemp(join(parent, 'store-')), 'files')
  const dataFiles = (of: string) => readdir(`${of}/data`)

  it('has objects and transfers after a restart, and loses what a crash has left', async () => {
    const own = await fresh()
    const before = bucketStore(own)
    await before.put('a', 'text/csv', body('one'))
    const transfer = await before.startTransfer('b', 'text/csv')
    await before.putPart('b', transfer, 1, body('two'))
    await writeFile(`${own}/data/left-by-a-crash`, 'x')
    await mkdir(`${own}/transfers/${crypto.randomUUID()}`)

    const after = bucketStore(own)
    await after.cleanUp(Date.now())
    expect(await dataFiles(own)).toHaveLength(2)
    const [part] = await after.parts('b', transfer)
    await after.complete('b', transfer, [{ number: 1, etag: part?.etag ?? '' }])
    const object = await after.find('b')
    expect(object && (await text(Readable.from(after.read(object, 0, 2))))).toBe('two')
    expect(await readdir(`${own}/transfers`)).toEqual([])
  })

  it('loses transfers that are older than a week', async () => {
    const own = await fresh()
    const store = bucketStore(own)
    await store.cleanUp(Date.now())
    const transfer = await store.startTransfer('b', 'text/csv')
    await store.putPart('b', transfer, 1, body('two'))
    await store.cleanUp(Date.now() + 8 * DAY_MS)
    await expect(store.parts('b', transfer)).rejects.toMatchObject({ code: 'NoSuchUpload' })
    expect(await dataFiles(own)).toEqual([])
  })

  it('has no bytes of what was replaced, aborted, deleted or cut off', async () => {
    const own = await fresh()
    const store = bucketStore(own)
    await store.put('a', 'text/csv', body('one'))
    await store.put('a', 'text/csv', body('two'))
    const transfer = await store.startTransfer('b', 'text/csv')
    await store.putPart('b', transfer, 1, body('one'))
    await store.putPart('b', transfer, 1, body('two'))
    await expect(store.put('c', 'text/csv', { ...body('short'), size: 6 })).rejects.toMatchObject({
      code: 'IncompleteBody',
    })
    expect(await dataFiles(own)).toHaveLength(2)
    await store.abort('b', transfer)
    await store.remove('a')
    expect(await dataFiles(own)).toEqual([])
  })

  it('has no part of a transfer that ends while the part arrives', async () => {
    const own = await fresh()
    const store = bucketStore(own)
    const transfer = await store.startTransfer('b', 'text/csv')
    async function* slow() {
      yield Buffer.from('o')
      await store.abort('b', transfer)
      yield Buffer.from('k')
    }
    const part = store.putPart('b', transfer, 1, { stream: slow(), size: 2, sha256: undefined })
    await expect(part).rejects.toMatchObject({ code: 'NoSuchUpload' })
    expect(await dataFiles(own)).toEqual([])
    await expect(store.parts('b', '../../b')).rejects.toMatchObject({ code: 'NoSuchUpload' })
  })
})
