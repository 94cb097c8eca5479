// @module-tag local-only
// It needs hundreds of requests that fail.
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
  PHOTO,
  sendParts,
  stateOf,
} from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

vi.mock(import('../../../lib/dynamodb/shards.ts'), () => import('../../support/few-shards.ts'))

/** A crash at any command of the database or the bucket loses no completed file, and leaves nothing behind. */
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
afterEach(() => {
  vi.useRealTimers()
  allIsWell()
})

const MINUTE_MS = 60_000

const allIsWell = () => {
  latchkey.database.plan = () => undefined
  latchkey.bucket.plan = () => undefined
}

type Way = 'crash' | 'failing' | 'answer lost'

/**
 * Breaks the n-th command of the database and the bucket, with its retries: it never arrives, fails, or its response is
 * lost. A crash breaks all later ones too. Returns the number of commands so far.
 */
function breakAt(n: number, way: Way): () => number {
  const seen: string[] = []
  const plan = (command: string) => {
    const known = seen.indexOf(command)
    if (known < 0) seen.push(command)
    const number = (known < 0 ? seen.length - 1 : known) + 1
    if (way === 'crash') return number >= n ? 'never arrives' : undefined
    return number === n ? way : undefined
  }
  latchkey.database.plan = (command, body) => plan(command + body)
  latchkey.bucket.plan = (operation, key) => plan(operation + key)
  return () => seen.length
}

/** Runs the schedule several times, as if an hour had passed in all. */
async function healed(): Promise<void> {
  allIsWell()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    for (let run = 0; run < 6; run += 1) {
      vi.setSystemTime(Date.now() + 10 * MINUTE_MS)
      await latchkey.runScheduled('process-files.mjs')
    }
  } finally {
    vi.useRealTimers()
  }
}

const WAYS: readonly Way[] = ['crash', 'failing', 'answer lost']
const rowsOf = (n: number) => Buffer.from(`time,co2\n${1_772_442_000 + n},612\n${1_772_452_000 + n},618\n`)

describe.each(WAYS)('a file survives: %s', (way) => {
  it.each([
    ['measurements', CSV, rowsOf],
    ['a photo', PHOTO, () => randomBytes(50)],
  ] as const)('at each command that completes and stores %s', async (_what, kind, contentOf) => {
    let commands = Infinity
    for (let n = 1; n <= commands; n += 1) {
      const content = contentOf(n)
      const expected = { rows: kind === CSV ? 2 * n : 0, sha256: hash('sha256', content, 'hex') }
      const created = await fileOf(await createFile(latchkey, token, { ...kind, size: content.length }), 201)
      await sendParts(created, content)
      const counted = breakAt(n, way)
      const { status } = await completeFile(latchkey, token, created.id)
      await latchkey.settled()
      if (counted() < n) commands = n
      allIsWell()
      expect(status).toBeOneOf([202, 503])
      // What the device sees now must already be true.
      const { state } = await stateOf(latchkey, token, created.id)
      if (state === 'stored') await isStored(created.id, expected)
      expect(state).not.toBe('failed')
      // A device repeats a request that failed. One that succeeded is not repeated.
      if (status === 503) await fileOf(await completeFile(latchkey, token, created.id), 202)
      await latchkey.settled()
      await healed()
      expect([n, (await stateOf(latchkey, token, created.id)).state]).toEqual([n, 'stored'])
      await isStored(created.id, expected)
      if (kind === CSV) await nothingIsLeft(created.id)
    }
    expect(commands).toBeGreaterThan(8)
  })

  async function isStored(id: string, { rows, sha256 }: { rows: number; sha256: string }): Promise<void> {
    const { purpose, result } = await stateOf(latchkey, token, id)
    expect(result).toEqual(purpose === 'measurements' ? { 'saved-in-db': 2 } : { sha256 })
    expect(await latchkey.rows(clientId)).toHaveLength(rows)
  }

  async function nothingIsLeft(id: string): Promise<void> {
    const item = await itemOf(id)
    expect(item).not.toHaveProperty('due_at')
    expect(item).toHaveProperty('expires_at')
    expect(await isInBucket(latchkey, `measurements/${id}`, item?.['transfer'])).toBe(false)
  }

  it('or is removed completely, at each command of its deletion', async () => {
    let commands = Infinity
    for (let n = 1; n <= commands; n += 1) {
      const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }), 201)
      await sendParts(created, randomBytes(10))
      await fileOf(await completeFile(latchkey, token, created.id), 202)
      await latchkey.settled()
      const counted = breakAt(n, way)
      const { status } = await deleteFile(latchkey, token, created.id)
      await latchkey.settled()
      if (counted() < n) commands = n
      allIsWell()
      expect(status).toBeOneOf([204, 503])
      const isVisible = (await getFile(latchkey, token, created.id)).status === 200
      if (status === 204) expect(isVisible).toBe(false)
      if (isVisible) expect((await deleteFile(latchkey, token, created.id)).status).toBe(204)
      await latchkey.settled()
      await healed()
      expect(await itemOf(created.id)).toBeUndefined()
      expect(await latchkey.bucket.store.list(`submissions/${created.id}`)).toEqual([])
    }
    expect(commands).toBeGreaterThan(6)
  })

  it('or is not created, at each command of its creation', async () => {
    let commands = Infinity
    for (let n = 1; n <= commands; n += 1) {
      const key = { 'idempotency-key': `${way} ${n}` }
      const counted = breakAt(n, way)
      const { status } = await createFile(latchkey, token, { ...PHOTO, size: 10 }, key)
      if (counted() < n) commands = n
      allIsWell()
      expect(status).toBeOneOf([201, 503])
      const created = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }, key), 201)
      const again = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 10 }, key), 201)
      expect(again.id).toBe(created.id)
      await sendParts(created, randomBytes(10))
      await fileOf(await completeFile(latchkey, token, created.id), 202)
      await latchkey.settled()
      expect((await stateOf(latchkey, token, created.id)).state).toBe('stored')
    }
    expect(commands).toBeGreaterThan(4)
  })
})
