// @module-tag local-only
// It interrupts the work of this process.
import { hash, randomBytes } from 'node:crypto'
import { request as sendRequest } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  CSV,
  completeFile,
  createFile,
  type FileState,
  fileOf,
  PHOTO,
  sendParts,
  stateOf,
} from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

/** Files of several parts whose transfer and whose work are interrupted. */
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

/** Sends the first half of a part, and ends the connection. */
async function interruptPart({ upload = [] }: FileState, content: Uint8Array): Promise<void> {
  const [part] = upload
  if (!part) throw new Error('no part is missing')
  await new Promise<void>((resolve) => {
    const outgoing = sendRequest(part.url, { method: 'PUT', headers: { 'content-length': part.size } })
    outgoing.on('error', () => resolve())
    outgoing.on('close', () => resolve())
    outgoing.write(content.subarray(part.start, part.start + part.size / 2), () => outgoing.destroy())
  })
}

/** Sends a file whose transfer is interrupted in a part and between two parts. */
async function sendInterrupted(kind: object, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const created = await fileOf(await createFile(latchkey, token, { ...kind, size: content.length }), 201)
  await interruptPart(created, content)
  expect((await stateOf(latchkey, token, created.id)).parts.received).toBe(0)
  await sendParts(created, content, [2])
  token = await latchkey.token(clientId)
  await sendParts(await stateOf(latchkey, token, created.id), content)
  await fileOf(await completeFile(latchkey, token, created.id), 202)
  return created.id
}

/** Runs the schedule after the lease of a run that was interrupted. */
async function continueWork(): Promise<void> {
  allIsWell()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6 * 60_000 })
  await latchkey.runScheduled('process-files.mjs')
  vi.useRealTimers()
}

it('a file of a survey with 30 MB arrives', async () => {
  const content = randomBytes(30_000_000)
  let reads = 0
  latchkey.bucket.plan = (operation) => {
    if (operation === 'GetObject') reads += 1
    return reads > 2 ? 'never arrives' : undefined
  }
  const id = await sendInterrupted(PHOTO, content)
  await latchkey.settled()
  allIsWell()
  expect((await stateOf(latchkey, token, id)).state).toBe('processing')
  await continueWork()
  expect(await stateOf(latchkey, token, id)).toMatchObject({
    state: 'stored',
    result: { sha256: hash('sha256', content, 'hex') },
  })
})

describe('measurements of 25 MB', () => {
  const ROWS = 150_000
  const COLUMNS = 20
  const names = Array.from({ length: COLUMNS }, (_, index) => `sensor_${index}`)
  const lines = (rows: number) =>
    Array.from({ length: rows }, (_, row) => {
      const values = names.map((_, index) => ((row * 7 + index * 13) % 9_973) + 100_000)
      return `${1_700_000_000 + row * 60},${values.join()}\n`
    })
  const content = Buffer.from(`time,${names.join()}\n${lines(ROWS).join('')}`)

  async function storedRows(): Promise<number> {
    const windows = await latchkey.rows(clientId, { every: '1d', agg: 'count', cols: 'sensor_0' })
    return windows.reduce((sum, window) => sum + Number(window['sensor_0_count']), 0)
  }

  it('are stored once, although the work is interrupted while it stores rows', async () => {
    expect(content.length).toBeGreaterThan(20_000_000)
    let puts = 0
    latchkey.database.plan = (command, body) => {
      if (command === 'PutItem' && body.includes('-measurements')) puts += 1
      return puts > 40 ? 'never arrives' : undefined
    }
    const id = await sendInterrupted(CSV, content)
    await latchkey.settled()
    allIsWell()
    const { state, progress } = await stateOf(latchkey, token, id)
    expect(state).toBe('processing')
    expect(progress?.bytes).toBeGreaterThan(content.length / 2)
    await continueWork()
    expect(await stateOf(latchkey, token, id)).toMatchObject({ state: 'stored', result: { 'saved-in-db': ROWS } })
    expect(await storedRows()).toBe(ROWS)
  })

  it('are not stored at all if the last line is invalid', async () => {
    const broken = Buffer.concat([content, Buffer.from(`1${',2'.repeat(COLUMNS + 5)}\n`)])
    const id = await sendInterrupted(CSV, broken)
    await latchkey.settled()
    const { state, problem } = await stateOf(latchkey, token, id)
    expect([state, problem?.errors?.[0]?.line]).toEqual(['failed', ROWS + 2])
    expect(await storedRows()).toBe(0)
  })
})
