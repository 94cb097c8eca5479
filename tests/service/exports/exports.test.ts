// @module-tag local-only
// Files have few rows here, which a deployment does not know.
import { parse } from 'csv-parse/sync'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { contentsOf, exporter, exportOf, readParquet, textsOf } from '../../support/exports.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'

const LIMITS = { fileRows: 1_000_000, fileBytes: 64_000_000, files: 500 }
const exportLimits = vi.hoisted(() => ({ fileRows: 0, fileBytes: 0, files: 0 }))
vi.mock(import('../../../lib/exports/limits.ts'), () => ({ exportLimits }))
Object.assign(exportLimits, LIMITS)

let latchkey: Latchkey
let client_id: string
let token: string
let client: ReturnType<typeof exporter>
beforeAll(async () => {
  latchkey = await startLatchkey()
  client_id = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(client_id)
  client = exporter(latchkey, token)
  await uploadRows()
})
afterAll(() => latchkey.stop())
afterEach(() => {
  Object.assign(exportLimits, LIMITS)
  vi.useRealTimers()
})

const HOUR = 3_600

/** Overlapping uploads of several sources, of the client and of a participant. */
async function uploadRows() {
  const ofAda = await latchkey.token(client_id, { participant_id: 'Ada' })
  const rows = (first: number, count: number, box?: string) =>
    Array.from({ length: count }, (_, index) => {
      const row = first + index
      return {
        time: row * HOUR,
        n: row,
        x: row / 4,
        on: row % 3 === 0,
        mixed: row % 5 === 0 ? `ü "${row}", =1+1\n` : row,
        ...(row % 2 === 0 && { sometimes: -row }),
        ...(box !== undefined && { box }),
      }
    })
  for (const [owner, table] of [
    [token, rows(0, 8)],
    [token, rows(5, 8)],
    [token, rows(2, 5, 'garden')],
    [ofAda, rows(0, 4)],
    [token, [{ note: 'without a time' }, { note: '=without(a;time)' }]],
  ] as const) {
    expect((await latchkey.upload(owner, JSON.stringify(table))).status).toBe(200)
  }
}

const QUERIES: Record<string, string>[] = [
  {},
  { times: 'iso' },
  { cols: 'time,mixed,unknown', times: 'unix' },
  { source: 'garden', from: '1970-01-01T03:00:00Z' },
  { to: '1970-01-01T05:00:00Z', min_n: '2' },
  { participant_id: 'Ada' },
  { every: '3h', agg: 'mean,count', cols: 'n,mixed' },
  { every: '4h', fill: 'null', source: 'garden' },
  { points: '4', cols: 'time,n' },
  { from: '2040-01-01' },
]

/** The body of POST /exports with the parameters of a query. */
function bodyOf(format: string, query: Record<string, string>) {
  const entries = Object.entries(query)
  const isBound = ([name]: [string, string]) => name.startsWith('min_') || name.startsWith('max_')
  const bounds = Object.fromEntries(entries.filter(isBound))
  return { format, ...Object.fromEntries(entries.filter((entry) => !isBound(entry))), bounds }
}

/** Limits with which files have few rows. */
const small = () => Object.assign(exportLimits, { fileRows: 6 })

describe('the files of an export contain the rows of all pages of a download', () => {
  it.each([...QUERIES, { formulas: 'keep', excel: 'true', delimiter: 'semicolon', decimal: 'comma' }])(
    'as CSV, with %j',
    async (query) => {
      small()
      const done = await client.run(bodyOf('csv', query))
      expect(done).toMatchObject({ state: 'ready', format: 'csv' })
      const texts = await textsOf(done)
      const head = (texts[0] ?? '').indexOf('\r\n') + 2
      const joined = texts.map((text, index) => (index === 0 ? text : text.slice(head))).join('')
      expect(joined).toBe(await client.pages({ ...query, format: 'csv', number: '7' }, head))
      // Each file is complete in itself.
      expect(new Set(texts.map((text) => text.slice(0, head))).size).toBe(1)
      const separator = query['delimiter'] === 'semicolon' ? ';' : ','
      const rows = texts.map((text) => parse(text, { bom: true, delimiter: separator, columns: true }).length)
      expect(rows).toEqual(done.files.map((file) => file.rows))
      expect(done.rows).toBe(rows.reduce((sum, count) => sum + count, 0))
      expect(Math.max(...rows)).toBeLessThanOrEqual(6)
    },
  )

  it.each(QUERIES)('as NDJSON, with %j', async (query) => {
    small()
    const done = await client.run(bodyOf('ndjson', query))
    expect(done).toMatchObject({ state: 'ready', format: 'ndjson' })
    expect((await textsOf(done)).join('')).toBe(await client.pages({ ...query, format: 'ndjson', number: '7' }))
  })

  it.each(QUERIES)('as Parquet, with %j', async (query) => {
    small()
    const done = await client.run(bodyOf('parquet', query))
    expect(done).toMatchObject({ state: 'ready', format: 'parquet' })
    const files = await Promise.all((await contentsOf(done)).map(readParquet))
    expect(files.map(({ rows }) => rows.length)).toEqual(done.files.map(({ rows }) => rows))
    // The values of the less frequent types are in a column of their own, a timestamp is a date.
    const read = files
      .flatMap(({ rows }) => rows)
      .map((row) =>
        Object.fromEntries(
          Object.entries(row).flatMap(([name, value]) => {
            if (name.endsWith('_other')) return []
            const cell = value ?? row[`${name}_other`] ?? null
            return [[name, cell instanceof Date ? cell.toISOString() : cell]]
          }),
        ),
      )
    const lines = (await client.pages({ ...query, format: 'ndjson', number: '7' })).split('\n').slice(0, -1)
    expect(read).toEqual(lines.map((line) => JSON.parse(line)))
    // All files have the same columns.
    expect(new Set(files.map(({ columns }) => JSON.stringify(columns))).size).toBe(1)
  })
})

describe('a file of an export', () => {
  it('ends after the row that exceeds its bytes', async () => {
    exportLimits.fileBytes = 400
    const done = await client.run({ format: 'ndjson' })
    expect(done.files.length).toBeGreaterThan(3)
    for (const { size } of done.files.slice(0, -1)) {
      expect(size).toBeGreaterThanOrEqual(400)
      expect(size).toBeLessThan(800)
    }
  })

  it('has typed columns as Parquet, the same in all files', async () => {
    small()
    const done = await client.run({ format: 'parquet', times: 'iso', source: 'default' })
    const [first, second] = await contentsOf(done)
    const { columns } = await readParquet(first ?? new ArrayBuffer(0))
    expect(Object.fromEntries(columns)).toEqual({
      time: 'TIMESTAMP_MICROS',
      n: 'INT64',
      x: 'DOUBLE',
      on: 'BOOLEAN',
      mixed: 'INT64',
      mixed_other: 'UTF8',
      sometimes: 'INT64',
      note: 'UTF8',
      time_upload_utc: 'TIMESTAMP_MICROS',
      matched_checksums: 'UTF8',
      failed_checksums: 'UTF8',
    })
    expect((await readParquet(second ?? new ArrayBuffer(0))).columns).toEqual(columns)
  })

  it('is saved by browsers under a name without personal data, with its type', async () => {
    small()
    for (const [format, type] of [
      ['csv', 'text/csv; charset=utf-8; header=present'],
      ['ndjson', 'application/x-ndjson'],
      ['parquet', 'application/vnd.apache.parquet'],
    ]) {
      const { files } = await client.run({ format, source: 'garden' })
      const one = await fetch(files[0]?.url ?? '')
      expect(one.headers.get('content-disposition')).toBe(`attachment; filename=latchkey-data.${format}`)
      expect(one.headers.get('content-type')).toBe(type)
      const several = await client.run({ format })
      const last = await fetch(several.files[1]?.url ?? '')
      expect(last.headers.get('content-disposition')).toBe(`attachment; filename=latchkey-data-2.${format}`)
    }
  })

  it('has only column names if there are no rows, also of a client without any data', async () => {
    const other = await latchkey.register({ scope: 'download' })
    const reader = exporter(latchkey, await latchkey.token(other.client_id))
    const csv = await reader.run({ format: 'csv', cols: 'a,b' })
    expect(csv).toMatchObject({ state: 'ready', rows: 0, files: [{ rows: 0 }] })
    expect(await textsOf(csv)).toEqual(['a,b\r\n'])
    const parquet = await reader.run({ format: 'parquet', cols: 'a,b' })
    const [file = new ArrayBuffer(0)] = await contentsOf(parquet)
    expect(await readParquet(file)).toEqual({
      columns: [
        ['a', 'UTF8'],
        ['b', 'UTF8'],
      ],
      rows: [],
    })
  })
})

describe('the state of an export', () => {
  it('is waiting until its work starts, then ready, with links that are valid for an hour', async () => {
    latchkey.database.plan = (_command, body) => (body.includes('lease_id') ? 'failing' : undefined)
    const answer = await client.create({ format: 'csv' })
    expect(answer.status).toBe(202)
    expect(answer.headers.get('retry-after')).toBe('5')
    const created = await exportOf(answer)
    expect(answer.headers.get('location')).toBe(`/exports/${created.id}`)
    expect(created).toMatchObject({ state: 'waiting', rows: 0, files: [] })
    expect(Date.parse(created.expires_at) - Date.parse(created.created_at)).toBe(86_400_000)
    await latchkey.settled()
    latchkey.database.plan = () => undefined
    const waiting = await client.get(created.id)
    expect(waiting.headers.get('retry-after')).toBe('5')
    expect(await exportOf(waiting)).toEqual(created)

    await latchkey.runScheduled('process-files.mjs')
    const ready = await client.get(created.id)
    expect(ready.headers.get('retry-after')).toBeNull()
    const { state, rows, files } = await exportOf(ready)
    expect([state, rows, files.length]).toEqual(['ready', 24, 1])

    const url = files[0]?.url ?? ''
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_590_000 })
    expect((await fetch(url)).status).toBe(200)
    vi.setSystemTime(Date.now() + 20_000)
    expect((await fetch(url)).status).toBe(403)
  })

  it('is not found a day later, when its files are deleted', async () => {
    small()
    const done = await client.run({ format: 'parquet' })
    const keys = () => latchkey.bucket.store.list(`exports/${done.id}/`)
    expect((await keys()).length).toBeGreaterThan(3)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(done.expires_at) - 1_000 })
    await latchkey.runScheduled('process-files.mjs')
    const current = exporter(latchkey, await latchkey.token(client_id))
    expect((await current.get(done.id)).status).toBe(200)
    vi.setSystemTime(Date.parse(done.expires_at))
    expect((await current.get(done.id)).status).toBe(404)
    await latchkey.runScheduled('process-files.mjs')
    expect(await keys()).toEqual([])
  })

  it('is failed with a problem if there are too many files', async () => {
    Object.assign(exportLimits, { fileRows: 2, files: 3 })
    const failed = await client.run({ format: 'csv' })
    expect(failed).toMatchObject({
      state: 'failed',
      files: [],
      problem: { code: 'range_too_large', detail: expect.stringContaining('at most 3 files') },
    })
  })
})

describe('DELETE /exports/{id}', () => {
  it('deletes the files of an export', async () => {
    const done = await client.run({ format: 'csv' })
    const { url = '' } = done.files[0] ?? {}
    expect((await client.delete(done.id)).status).toBe(204)
    expect((await client.get(done.id)).status).toBe(404)
    expect((await client.delete(done.id)).status).toBe(404)
    await latchkey.settled()
    expect((await fetch(url)).status).toBe(404)
    expect(await latchkey.bucket.store.list(`exports/${done.id}/`)).toEqual([])
  })
})

describe('POST /exports', () => {
  it.each([
    [{ format: 'csv', cols: 'time', bounds: { min_unknown: 1 } }, 'min_unknown'],
    [{ format: 'csv', every: '1h', times: 'sent' }, 'times'],
    [{ format: 'csv', agg: 'mean' }, 'agg'],
    [{ format: 'csv', bounds: { min_time: 'soon' } }, 'min_time'],
    [{ format: 'ndjson', delimiter: 'comma' }, 'delimiter'],
    [{ format: 'csv', number: 10 }, 'number'],
  ])('rejects %j with 400, and writes nothing', async (body, field) => {
    const before = latchkey.bucket.operations.length
    const answer = await client.create(body)
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).errors).toEqual([expect.objectContaining({ field })])
    await latchkey.settled()
    expect(latchkey.bucket.operations.length).toBe(before)
  })

  it('rejects column names that do not fit into an item', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload download' })
    const own = await latchkey.token(client_id)
    for (const box of ['a', 'b', 'c', 'd', 'e']) {
      const names = Array.from({ length: 200 }, (_, index) => `${box}${index}`.padEnd(128, 'ü'))
      const row = { box, ...Object.fromEntries(names.map((name) => [name, 1])) }
      expect((await latchkey.upload(own, JSON.stringify(row))).status).toBe(200)
    }
    const answer = await exporter(latchkey, own).create({ format: 'csv' })
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).errors).toEqual([
      { field: 'cols', detail: 'must name fewer columns: their names have more than 200000 bytes' },
    ])
  })

  it('creates one export for an Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'the first export' }
    const [one, other] = await Promise.all([
      client.create({ format: 'csv' }, key),
      client.create({ format: 'csv' }, key),
    ])
    expect([one.status, other.status]).toEqual([202, 202])
    const { id } = await exportOf(one)
    expect((await exportOf(other)).id).toBe(id)
    await latchkey.settled()
    const again = await client.create({ format: 'csv' }, key)
    expect(await exportOf(again)).toMatchObject({ id, state: 'ready' })
    const different = await client.create({ format: 'csv', cols: 'time' }, key)
    expect([different.status, (await problemOf(different)).code]).toEqual([422, 'idempotency_key_reused'])
    latchkey.database.plan = (_command, body) => (body.includes('lease_id = :lease') ? 'failing' : undefined)
    await client.delete(id)
    await latchkey.settled()
    const during = await client.create({ format: 'csv' }, key)
    expect([during.status, (await problemOf(during)).code]).toEqual([503, 'event_in_progress'])
    latchkey.database.plan = () => undefined
    await latchkey.runScheduled('process-files.mjs')
    const later = await client.create({ format: 'csv', cols: 'time' }, key)
    expect([later.status, (await exportOf(later)).state]).toEqual([202, 'waiting'])
    const admin = exporter(latchkey, latchkey.adminToken)
    expect((await exportOf(await admin.create({ format: 'csv' }, key))).id).not.toBe(id)
  })

  it('limits the exports of a client and of a participant that are in progress', async () => {
    const { client_id } = await latchkey.register({ scope: 'download' })
    const ofClient = exporter(latchkey, await latchkey.token(client_id))
    const [ofAda, ofBob] = await Promise.all(
      ['Ada', 'Bob'].map(async (participant_id) =>
        exporter(latchkey, await latchkey.token(client_id, { participant_id })),
      ),
    )
    latchkey.database.plan = (_command, body) => (body.includes('lease_id') ? 'failing' : undefined)
    const attempts = async (reader: typeof ofClient | undefined, count: number) => {
      const answers = await Promise.all(Array.from({ length: count }, () => reader?.create({ format: 'csv' })))
      return answers.map((answer) => answer?.status).toSorted()
    }
    expect(await attempts(ofAda, 3)).toEqual([202, 202, 429])
    expect(await attempts(ofBob, 2)).toEqual([202, 202])
    expect(await attempts(ofClient, 8)).toEqual([...Array(6).fill(202), 429, 429])
    const rejected = await ofClient.create({ format: 'csv' })
    expect([rejected.status, rejected.headers.get('retry-after')]).toEqual([429, '30'])
    await latchkey.settled()
    latchkey.database.plan = () => undefined
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
    await latchkey.runScheduled('process-files.mjs')
    vi.useRealTimers()
    expect(await attempts(ofAda, 1)).toEqual([202])
  })
})

describe('who may export', () => {
  it('is the admin, and a client with the scope download: each what it may download', async () => {
    const admin = exporter(latchkey, latchkey.adminToken)
    const of = async (parameters: Record<string, string>) =>
      exporter(latchkey, await latchkey.token(client_id, parameters))
    const [ada, bob] = [await of({ participant_id: 'Ada' }), await of({ participant_id: 'Bob' })]
    const stranger = await latchkey.register({ scope: 'download' })
    const other = exporter(latchkey, await latchkey.token(stranger.client_id))

    const own = await ada.run({ format: 'ndjson', cols: 'n' })
    expect(await textsOf(own)).toEqual([[0, 1, 2, 3].map((n) => `{"n":${n}}\n`).join('')])
    const all = await client.run({ format: 'ndjson', cols: 'n', participant_id: 'Ada' })
    expect(await textsOf(all)).toEqual(await textsOf(own))
    const byAdmin = await admin.run({ format: 'ndjson', cols: 'n', client_id, participant_id: 'Ada' })
    expect(await textsOf(byAdmin)).toEqual(await textsOf(own))
    const whole = await admin.run({ format: 'ndjson', cols: 'n', client_id })
    expect(whole.rows).toBe(24)

    const status = async (reader: typeof client, { id }: { id: string }) => (await reader.get(id)).status
    const statuses = async (reader: typeof client) =>
      Promise.all([own, all, byAdmin, whole].map((one) => status(reader, one)))
    expect(await statuses(admin)).toEqual([200, 200, 200, 200])
    expect(await statuses(client)).toEqual([200, 200, 200, 200])
    expect(await statuses(ada)).toEqual([200, 200, 200, 404])
    expect(await statuses(bob)).toEqual([404, 404, 404, 404])
    expect(await statuses(other)).toEqual([404, 404, 404, 404])
    expect((await bob.delete(own.id)).status).toBe(404)
    expect((await latchkey.call(`/exports/${own.id}`)).status).toBe(401)

    for (const body of [
      { format: 'csv', client_id },
      { format: 'csv', client_id: 'unknown' },
    ])
      expect((await other.create(body)).status).toBe(403)
    expect((await bob.create({ format: 'csv', participant_id: 'Ada' })).status).toBe(403)
  })

  it('needs the scope and a token, also where downloads are open', async () => {
    const { client_id: id } = await latchkey.register({ scope: 'upload' })
    const uploader = exporter(latchkey, await latchkey.token(id))
    expect((await uploader.create({ format: 'csv' })).status).toBe(403)
    const open = await latchkey.call('/exports', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ format: 'csv' }),
    })
    expect(open.status).toBe(401)
  })
})
