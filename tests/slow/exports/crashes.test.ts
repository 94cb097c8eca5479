// @module-tag local-only
// It stops the functions at every request to the database and to the bucket.
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { contentsOf, type Exported, exporter, exportOf, readParquet, textsOf } from '../../support/exports.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const exportLimits = vi.hoisted(() => ({ fileRows: 2, fileBytes: 64_000_000, files: 500 }))
vi.mock(import('../../../lib/exports/limits.ts'), () => ({ exportLimits }))
vi.mock(import('../../../lib/dynamodb/shards.ts'), () => import('../../support/few-shards.ts'))

let latchkey: Latchkey
let client_id: string
let admin: ReturnType<typeof exporter>
let values: unknown[]
beforeAll(async () => {
  latchkey = await startLatchkey()
  client_id = (await latchkey.register({ scope: 'upload download' })).client_id
  const token = await latchkey.token(client_id)
  admin = exporter(latchkey, latchkey.adminToken)
  for (const box of ['attic', 'cellar'])
    await latchkey.upload(token, JSON.stringify([1, 2].map((time) => ({ time, box, n: `${box} ${time}` }))))
  values = (await latchkey.rows(client_id)).map(({ n }) => n)
  expect(values).toHaveLength(4)
})
afterAll(() => latchkey.stop())
afterEach(() => {
  Object.assign(latchkey.database, { plan: () => undefined })
  Object.assign(latchkey.bucket, { plan: () => undefined })
  vi.useRealTimers()
})

/** The request with this number has no response, and no further one arrives. Returns how many were sent. */
function crashAfter(step: number): () => number {
  let requests = 0
  const next = () => {
    requests += 1
    if (requests < step) return undefined
    return requests === step ? 'answer lost' : 'never arrives'
  }
  // Looking for work changes nothing.
  latchkey.database.plan = (_command, body) => (body.includes('"outbox"') ? undefined : next())
  latchkey.bucket.plan = next
  return () => requests
}

function heal() {
  latchkey.database.plan = () => undefined
  latchkey.bucket.plan = () => undefined
}

async function valuesOf(done: Exported): Promise<unknown[]> {
  if (done.format === 'parquet')
    return (await Promise.all((await contentsOf(done)).map(readParquet))).flatMap(({ rows }) => rows).map(({ n }) => n)
  const lines = (await textsOf(done)).join('').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line).n)
}

/** An export whose work has not started. */
async function create(format: string): Promise<string> {
  latchkey.database.plan = (_command, body) => (body.includes('lease_id') ? 'failing' : undefined)
  const { id } = await exportOf(await admin.create({ format, client_id }))
  await latchkey.settled()
  heal()
  return id
}

const runSchedule = () => latchkey.runScheduled('process-files.mjs')
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })

it.each(['ndjson', 'parquet'])(
  'an export as %s has each row once, after whichever request its run ends',
  {
    timeout: 300_000,
  },
  async (format) => {
    const first = await create(format)
    const requests = crashAfter(Infinity)
    await runSchedule()
    heal()
    expect((await exportOf(await admin.get(first))).state).toBe('ready')
    const total = requests()
    expect(total).toBeGreaterThan(10)
    for (let step = 0; step <= total; step += 1) {
      const id = await create(format)
      crashAfter(step)
      await runSchedule().catch(() => undefined)
      heal()
      later(301_000)
      await runSchedule()
      const done = await exportOf(await admin.get(id))
      expect([step, done.state, await valuesOf(done)]).toEqual([step, 'ready', values])
      vi.useRealTimers()
    }
    // The end of the exports also deletes what the crashes have left.
    expect((await latchkey.bucket.store.list('exports/')).length).toBeGreaterThan(total)
    later(86_400_000)
    await runSchedule()
    expect(await latchkey.bucket.store.list('exports/')).toEqual([])
  },
)
