// @module-tag local-only
// Files have few rows here, which a deployment does not know.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { contentsOf, type Exported, exporter, exportOf, readParquet, textsOf } from '../../support/exports.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const exportLimits = vi.hoisted(() => ({ fileRows: 4, fileBytes: 64_000_000, files: 500 }))
vi.mock(import('../../../lib/exports/limits.ts'), () => ({ exportLimits }))

const SOURCES = ['attic', 'cellar', 'garden', 'roof']
const ROWS = 5

let latchkey: Latchkey
let client_id: string
let admin: ReturnType<typeof exporter>
let rows: Record<string, unknown>[]
beforeAll(async () => {
  // Exports are only written by the scheduled function.
  latchkey = await startLatchkey()
  client_id = (await latchkey.register({ scope: 'upload download' })).client_id
  const token = await latchkey.token(client_id)
  // Its tokens do not expire when a test moves the clock.
  admin = exporter(latchkey, latchkey.adminToken)
  for (const box of SOURCES) {
    const table = Array.from({ length: ROWS }, (_, row) => ({ time: row, box, n: row, mixed: row === 2 ? 'two' : row }))
    expect((await latchkey.upload(token, JSON.stringify(table))).status).toBe(200)
  }
  rows = await latchkey.rows(client_id)
  expect(rows.length).toBe(SOURCES.length * ROWS)
})
afterAll(() => latchkey.stop())
afterEach(() => {
  latchkey.database.plan = () => undefined
  latchkey.bucket.plan = () => undefined
  exportLimits.fileRows = 4
  vi.useRealTimers()
})

/** Moves the clock of this process, and of the functions in it. */
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })

const runSchedule = () => latchkey.runScheduled('process-files.mjs')
const get = async (id: string) => exportOf(await admin.get(id))

/** Creates an export whose work starts only with the schedule. */
async function create(format: string): Promise<string> {
  latchkey.database.plan = (_command, body) => (body.includes('lease_id') ? 'failing' : undefined)
  const { id } = await exportOf(await admin.create({ format, client_id }))
  await latchkey.settled()
  latchkey.database.plan = () => undefined
  return id
}

/** The rows of all files. */
async function rowsOf(done: Exported): Promise<Record<string, unknown>[]> {
  if (done.format === 'ndjson') {
    const lines = (await textsOf(done)).join('').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line))
  }
  const files = await Promise.all((await contentsOf(done)).map(readParquet))
  return files
    .flatMap((file) => file.rows)
    .map(({ mixed, mixed_other, ...others }) => {
      const uploaded = others['time_upload_utc']
      const time = uploaded instanceof Date ? uploaded.toISOString() : uploaded
      return { ...others, mixed: mixed ?? mixed_other, time_upload_utc: time }
    })
}

describe.each(['ndjson', 'parquet'])('the files of an export as %s', (format) => {
  it('continue in the next run when the time of one is up, between files and within', async () => {
    exportLimits.fileRows = 7
    for (const step of [2, 3, 4, 5, 8]) {
      const id = await create(format)
      let runs = 0
      for (let state = 'waiting'; state !== 'ready'; runs += 1) {
        let reads = 0
        const nearEnd = Date.now() + 890_000
        latchkey.database.plan = (command, body) => {
          if (command === 'Query' && body.includes('measurements') && ++reads === step) vi.setSystemTime(nearEnd)
          return undefined
        }
        later(1_000)
        await runSchedule()
        state = (await get(id)).state
        expect(['ready', 'processing']).toContain(state)
        expect(runs).toBeLessThan(50)
      }
      const done = await get(id)
      expect(await rowsOf(done)).toEqual(rows)
      expect(done.rows).toBe(rows.length)
      if (step === 2) expect(runs).toBeGreaterThan(1)
      vi.useRealTimers()
    }
  })

  it('are those of the run that holds the lease, if an earlier one still writes', async () => {
    let release = (): void => undefined
    const held = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined)
    })
    const objects: string[] = []
    let isFirst = true
    latchkey.bucket.plan = (operation, key) => {
      if (operation !== 'PutObject') return undefined
      objects.push(key)
      if (!isFirst) return undefined
      isFirst = false
      return held
    }
    const { id } = await exportOf(await admin.create({ format, client_id }))
    await vi.waitFor(() => expect(objects.length).toBe(1), { timeout: 60_000 })
    expect((await get(id)).state).toBe('processing')

    // While the lease is valid, no other run starts.
    await runSchedule()
    expect(objects.length).toBe(1)
    later(301_000)
    await runSchedule()
    const done = await get(id)
    expect(done.state).toBe('ready')
    expect(await rowsOf(done)).toEqual(rows)

    release()
    await latchkey.settled()
    const after = await get(id)
    expect(after.files.map(({ size }) => size)).toEqual(done.files.map(({ size }) => size))
    expect(await rowsOf(after)).toEqual(rows)
    // Each run has its own objects. The end of the export deletes those of both.
    expect(new Set(objects).size).toBe(objects.length)
    expect(await latchkey.bucket.store.list(objects[0] ?? '')).toHaveLength(1)
    later(86_400_000)
    await runSchedule()
    expect(await latchkey.bucket.store.list(`exports/${id}/`)).toEqual([])
  })

  it('are not written further when the export is deleted meanwhile', async () => {
    let id = ''
    let puts = 0
    latchkey.bucket.plan = async (operation) => {
      if (operation !== 'PutObject') return undefined
      puts += 1
      if (puts === 2) await admin.delete(id)
      return undefined
    }
    id = await create(format)
    await runSchedule()
    await latchkey.settled()
    expect(puts).toBe(2)
    // The request of the second file may still be on its way, until the lease ends.
    later(301_000)
    await runSchedule()
    expect((await admin.get(id)).status).toBe(404)
    expect(await latchkey.bucket.store.list(`exports/${id}/`)).toEqual([])
  })
})

describe('an export whose work fails', () => {
  it('is failed after five runs without progress', async () => {
    const id = await create('csv')
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const { UpdateCommand } = await import('@aws-sdk/lib-dynamodb')
    await documents.send(
      new UpdateCommand({
        TableName: process.env['SESSIONS_TABLE'],
        Key: { id: `export#${id}` },
        UpdateExpression: 'SET #query.every = :unknown',
        ExpressionAttributeNames: { '#query': 'query' },
        ExpressionAttributeValues: { ':unknown': 'a notation of a later version' },
      }),
    )
    for (let run = 0; run < 6; run += 1) {
      expect((await get(id)).state).toMatch(/waiting|processing/)
      await runSchedule()
      later(3_600_000)
    }
    expect(await get(id)).toMatchObject({ state: 'failed', files: [], problem: { code: 'internal_error' } })
  })

  it('is retried until an outage ends, however long', async () => {
    const id = await create('csv')
    latchkey.bucket.plan = () => 'failing'
    for (let run = 0; run < 8; run += 1) {
      await runSchedule()
      later(1_800_000)
    }
    expect((await get(id)).state).toBe('processing')
    latchkey.bucket.plan = () => undefined
    await runSchedule()
    expect((await get(id)).state).toBe('ready')
  })

  it('is removed later if its files cannot be deleted', async () => {
    const id = await create('csv')
    await runSchedule()
    later(86_400_000)
    latchkey.bucket.plan = () => 'failing'
    for (let run = 0; run < 3; run += 1) {
      await runSchedule()
      later(3_600_000)
    }
    expect((await latchkey.bucket.store.list(`exports/${id}/`)).length).toBeGreaterThan(0)
    latchkey.bucket.plan = () => undefined
    await runSchedule()
    expect(await latchkey.bucket.store.list(`exports/${id}/`)).toEqual([])
  })
})
