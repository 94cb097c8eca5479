// @module-tag local-only: it calls the bucket without a function
import { createHash, randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ReceivedPart } from '../../../lib/files/bucket.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

const MIB = 1024 * 1024
/** One more than S3's smallest part, so that two parts suffice. */
const PART = 5 * MIB + 1
const CONTENTS = randomBytes(PART + 1_000)
const FIRST = CONTENTS.subarray(0, PART)
const LAST = CONTENTS.subarray(PART)
const SIZES = [
  { number: 1, size: FIRST.length },
  { number: 2, size: LAST.length },
]

let latchkey: Latchkey
let bucket: typeof import('../../../lib/files/bucket.ts')
let presign: typeof import('../../../lib/files/presign.ts')

beforeAll(async () => {
  latchkey = await startLatchkey()
  bucket = await import('../../../lib/files/bucket.ts')
  presign = await import('../../../lib/files/presign.ts')
})
afterEach(() => {
  latchkey.bucket.plan = () => undefined
  latchkey.bucket.operations.length = 0
  vi.useRealTimers()
})
afterAll(() => latchkey.stop())

let keys = 0
const newKey = () => `measurements/file-${++keys}`
const put = (url: string | undefined, body: Uint8Array, init: RequestInit = {}) =>
  fetch(url ?? '', { method: 'PUT', body: Uint8Array.from(body), ...init })

/** A transfer of two parts, with URLs for both. */
async function start() {
  const key = newKey()
  const transfer = await bucket.startTransfer(key, 'text/csv')
  const [first, last] = await presign.signParts(key, transfer, SIZES, 3600)
  return { key, transfer, first, last }
}

async function received(key: string, transfer: string): Promise<ReceivedPart[]> {
  const parts = await bucket.receivedParts(key, transfer)
  if (!parts) throw new Error('the transfer is gone')
  return parts
}

const errorCode = async (response: Response) => /<Code>(\w+)</.exec(await response.text())?.[1]

async function stored(contents = Buffer.from('a,b\n1,2\n')) {
  const key = newKey()
  await bucket.putObject(key, contents, 'text/csv')
  return key
}

describe('a transfer', () => {
  it('that is interrupted continues with the missing part', async () => {
    const { key, transfer, first, last } = await start()
    expect(await received(key, transfer)).toEqual([])
    expect((await put(first, FIRST)).status).toBe(200)
    expect(await bucket.objectSize(key)).toBeNull()

    const [part] = await received(key, transfer)
    expect(part).toMatchObject({ number: 1, size: FIRST.length })
    expect((await put(last, LAST)).status).toBe(200)
    await bucket.completeTransfer(key, transfer, await received(key, transfer))
    expect(await bucket.objectSize(key)).toBe(CONTENTS.length)
    expect(await bucket.receivedParts(key, transfer)).toBeNull()
    expect(CONTENTS.equals(await buffer(await bucket.readObject(key)))).toBe(true)
  })

  it('has a part once that was sent twice, in its last version', async () => {
    const { key, transfer, last } = await start()
    await put(last, LAST)
    const changed = randomBytes(LAST.length)
    const response = await put(last, changed)
    expect(response.headers.get('etag')).toBe(`"${createHash('md5').update(changed).digest('hex')}"`)
    const parts = await received(key, transfer)
    expect(parts).toHaveLength(1)
    await bucket.completeTransfer(key, transfer, parts)
    expect(changed.equals(await buffer(await bucket.readObject(key)))).toBe(true)
  })

  it('can be completed twice at once, and later again', async () => {
    const { key, transfer, last } = await start()
    await put(last, LAST)
    const parts = await received(key, transfer)
    const complete = () => bucket.completeTransfer(key, transfer, parts)
    await Promise.all([complete(), complete()])
    await complete()
    expect(await bucket.objectSize(key)).toBe(LAST.length)
  })

  it('is complete although the response of S3 was lost', async () => {
    const { key, transfer, last } = await start()
    await put(last, LAST)
    const parts = await received(key, transfer)
    let isLost = false
    latchkey.bucket.plan = (operation) => {
      if (operation !== 'CompleteMultipartUpload' || isLost) return undefined
      isLost = true
      return 'answer lost'
    }
    await bucket.completeTransfer(key, transfer, parts)
    expect(await bucket.objectSize(key)).toBe(LAST.length)
  })

  it('that was aborted is gone, and cannot be completed', async () => {
    const { key, transfer, last } = await start()
    await put(last, LAST)
    const parts = await received(key, transfer)
    await bucket.abortTransfer(key, transfer)
    await bucket.abortTransfer(key, transfer)
    expect(await bucket.receivedParts(key, transfer)).toBeNull()
    await expect(bucket.completeTransfer(key, transfer, parts)).rejects.toMatchObject({ code: 'not_found' })
    expect(await errorCode(await put(last, LAST))).toBe('NoSuchUpload')
  })

  it('whose part was sent again after it was listed can be completed by a repeat', async () => {
    const { key, transfer, last } = await start()
    await put(last, LAST)
    const outdated = await received(key, transfer)
    await put(last, randomBytes(LAST.length))
    await expect(bucket.completeTransfer(key, transfer, outdated)).rejects.toMatchObject({
      code: 'storage_unavailable',
    })
    await bucket.completeTransfer(key, transfer, await received(key, transfer))
  })

  it('rejects a part that is too small, unless it is the last', async () => {
    const key = newKey()
    const transfer = await bucket.startTransfer(key, 'text/csv')
    const sizes = [1, 2].map((number) => ({ number, size: LAST.length }))
    for (const url of await presign.signParts(key, transfer, sizes, 60)) await put(url, LAST)
    const parts = await received(key, transfer)
    await expect(bucket.completeTransfer(key, transfer, parts)).rejects.toMatchObject({ name: 'EntityTooSmall' })
    await expect(bucket.completeTransfer(key, transfer, parts.toReversed())).rejects.toMatchObject({
      name: 'InvalidPartOrder',
    })
  })

  it('lists more parts than one page has', async () => {
    const key = newKey()
    const transfer = await bucket.startTransfer(key, 'text/csv')
    const numbers = [1, 2, 3, 1_001, 10_000]
    const sizes = numbers.map((number) => ({ number, size: 1 }))
    for (const url of await presign.signParts(key, transfer, sizes, 60)) await put(url, Uint8Array.of(1))
    const { s3 } = await import('../../../lib/files/s3.ts')
    s3.middlewareStack.add((next) => (args) => next({ ...args, input: { ...args.input, MaxParts: 2 } }), {
      step: 'initialize',
      name: 'smallPages',
      priority: 'high',
    })
    expect((await received(key, transfer)).map(({ number }) => number)).toEqual(numbers)
    s3.middlewareStack.remove('smallPages')
  })
})

describe('a presigned URL of a part', () => {
  it.each([
    ['fewer bytes', LAST.subarray(1)],
    ['more bytes', Buffer.concat([LAST, LAST])],
  ])('accepts no body of %s', async (_, body) => {
    const { key, transfer, last } = await start()
    const response = await put(last, body)
    expect([response.status, await errorCode(response)]).toEqual([403, 'SignatureDoesNotMatch'])
    expect(await received(key, transfer)).toEqual([])
  })

  it('expires', async () => {
    const { last } = await start()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 })
    const response = await put(last, LAST)
    expect([response.status, await errorCode(response)]).toEqual([403, 'AccessDenied'])
  })

  it.each([
    ['another part', (url: string) => url.replace('partNumber=2', 'partNumber=3')],
    ['another part besides', (url: string) => `${url}&partNumber=3`],
    ['another key', (url: string) => url.replace('/file-', '/other-')],
    ['a later expiry', (url: string) => url.replace('Expires=3600', 'Expires=36000')],
    ['no signed size', (url: string) => url.replace('content-length%3Bhost', 'host')],
    ['another signature', (url: string) => url.replace(/Signature=\w{4}/, 'Signature=0000')],
  ])('is invalid with %s', async (_, change) => {
    const { last = '' } = await start()
    expect(change(last)).not.toBe(last)
    const response = await put(change(last), LAST)
    expect([response.status, await errorCode(response)]).toEqual([403, 'SignatureDoesNotMatch'])
  })

  it('for a part can be used by a page of an allowed origin alone', async () => {
    const { last } = await start()
    const preflight = (origin: string) =>
      fetch(last ?? '', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } })
    const allowed = await preflight('https://app.example')
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-methods')).toContain('PUT')
    expect((await preflight('https://other.example')).status).toBe(403)
    const response = await put(last, LAST, { headers: { origin: 'https://app.example' } })
    expect(response.headers.get('access-control-expose-headers')).toBe('ETag')
  })
})

describe('an object', () => {
  it('is read in ranges of which each is one request', async () => {
    const key = await stored(CONTENTS)
    const contents = await buffer(await bucket.readObject(key, 10, PART + 500))
    expect(CONTENTS.subarray(10, PART + 500).equals(contents)).toBe(true)
    const rest = await buffer(await bucket.readObject(key, PART))
    expect(LAST.equals(rest)).toBe(true)
    expect(await buffer(await bucket.readObject(key, CONTENTS.length))).toHaveLength(0)
    expect(latchkey.bucket.operations).toEqual(['PutObject', 'GetObject', 'GetObject', 'GetObject'])
  })

  it('longer than one range is read as a whole, by a reader of any speed', async () => {
    const contents = randomBytes(17 * MIB)
    const key = await stored(contents)
    latchkey.bucket.operations.length = 0
    const stream = await bucket.readObject(key)
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(contents.equals(Buffer.concat(chunks))).toBe(true)
    expect(latchkey.bucket.operations).toEqual(['GetObject', 'GetObject', 'GetObject'])
  })

  it('that is replaced while it is read fails, instead of mixing two versions', async () => {
    const key = await stored(randomBytes(9 * MIB))
    const reader = (await bucket.readObject(key))[Symbol.asyncIterator]()
    latchkey.bucket.plan = async (operation) => {
      if (operation === 'GetObject') await latchkey.bucket.store.remove(key)
      if (operation === 'GetObject') await bucket.putObject(key, randomBytes(9 * MIB), 'text/csv')
      return undefined
    }
    await expect(Promise.all([reader.next(), reader.next()])).rejects.toThrow()
  })

  it('can be deleted twice, and then neither has a size nor can be read', async () => {
    const key = await stored()
    await bucket.deleteObject(key)
    await bucket.deleteObject(key)
    expect(await bucket.objectSize(key)).toBeNull()
    await expect(buffer(await bucket.readObject(key))).rejects.toMatchObject({ code: 'not_found' })
  })

  it('has a size that is not that of a longer key', async () => {
    const key = newKey()
    await bucket.putObject(`${key}/1.csv`, Buffer.from('a,b\n1,2\n'), 'text/csv')
    expect(await bucket.objectSize(key)).toBeNull()
    expect(await bucket.objectSize(`${key}/1.csv`)).toBe(8)
  })

  it('is downloaded by a presigned URL under its name', async () => {
    const key = await stored()
    const name = 'Ergebnisse "März".csv'
    const url = await presign.signDownload(key, { name, type: 'text/csv; charset=utf-8' }, 300)
    const response = await fetch(url)
    expect(await response.text()).toBe('a,b\n1,2\n')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename=.*filename\*=UTF-8''Ergebnisse/)
    const part = await fetch(url, { headers: { range: 'bytes=-3' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 5-7/8', ',2\n'])
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403)
    expect((await fetch(url.replace(key, 'measurements/missing'))).status).toBe(403)
  })
})

describe('while S3 fails', () => {
  it.each(['throttled', 'failing', 'never arrives'] as const)('by %s, retries and then reports 503', async (fault) => {
    // Without backoff.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0)
    onTestFinished(() => random.mockRestore())
    const key = await stored()
    latchkey.bucket.plan = () => fault
    latchkey.bucket.operations.length = 0
    await expect(bucket.objectSize(key)).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(latchkey.bucket.operations).toHaveLength(3)
    latchkey.bucket.plan = () => (latchkey.bucket.operations.length < 5 ? fault : undefined)
    expect(await bucket.objectSize(key)).toBe(8)
  })

  it('reports 503 at the deadline of the function', async () => {
    const key = await stored()
    let respond = () => {}
    latchkey.bucket.plan = () =>
      new Promise((resolve) => {
        respond = () => resolve(undefined)
      })
    setTimeBudgets({ responseReserveMs: 0 })
    const { withDeadline } = await import('../../../lib/core/deadline.ts')
    const size = withDeadline(Date.now() + 50, () => bucket.objectSize(key))
    await expect(size).rejects.toMatchObject({ code: 'storage_unavailable' })
    respond()
  })

  it('reads an object whose response ended early again', async () => {
    const key = await stored(CONTENTS)
    const cuts = ['cut short', 'cut short'] as const
    latchkey.bucket.operations.length = 0
    latchkey.bucket.plan = () => cuts[latchkey.bucket.operations.length - 1]
    expect(CONTENTS.equals(await buffer(await bucket.readObject(key)))).toBe(true)
    expect(latchkey.bucket.operations).toHaveLength(3)

    latchkey.bucket.plan = () => 'cut short'
    await expect(buffer(await bucket.readObject(key))).rejects.toMatchObject({ code: 'storage_unavailable' })
  })
})
