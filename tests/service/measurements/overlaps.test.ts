// @module-tag local-only
// It sends many uploads, to test code that does not depend on AWS.
import { DeleteItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { runs } from '../../support/property.ts'
import { everyRow, rowsOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

/** UNIX seconds and a value. */
type Row = [time: number, a: number]
type Format = (rows: readonly Row[]) => [body: Uint8Array | string, type: string]

const START = 1_706_792_400
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()
const lines = (rows: readonly string[]): string => rows.map((line) => `${line}\n`).join('')

const FORMATS: Record<string, Format> = {
  columns: (rows) => [
    JSON.stringify({ a: rows.map(([, a]) => a), time: rows.map(([time]) => time) }),
    'application/json',
  ],
  objects: (rows) => [JSON.stringify(rows.map(([time, a]) => ({ time: iso(time), a }))), 'application/json'],
  ndjson: (rows) => [lines(rows.map(([time, a]) => JSON.stringify({ time: time * 1000, a }))), 'application/x-ndjson'],
  csv: (rows) => [lines(['time,a', ...rows.map(([time, a]) => `${time},${a}`)]), 'text/csv'],
  semicolons: (rows) => [lines(['a;timestamp', ...rows.map(([time, a]) => `${a},0;${iso(time)}`)]), 'text/csv'],
  form: (rows) => [rows.map(([time, a]) => `time=${time}&a=${a}`).join('&'), 'application/x-www-form-urlencoded'],
  msgpack: (rows) => [encode(rows.map(([time, a]) => ({ time, a }))), 'application/msgpack'],
}

async function newClient() {
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const token = await latchkey.token(client_id)
  const get = (query: string) => latchkey.call(`/download?${query}`, { headers: { authorization: `Bearer ${token}` } })
  return {
    async upload(rows: readonly Row[], format: Format = FORMATS['csv'] ?? expect.fail()) {
      const [body, type] = format(rows)
      expect((await latchkey.upload(token, body, type)).status).toBe(200)
    },
    /** All rows in pages of a size. */
    async rows(query: string, between?: () => Promise<void>): Promise<Row[]> {
      const pages = await everyRow((path) => get(path.split('?')[1] ?? ''), `/download?times=unix&${query}`, between)
      return pages.map(({ time, a }) => [Number(time), Number(a)])
    },
    get,
    /** Gives the blocks the keys of an earlier version, which had another digest. */
    async renameBlocks() {
      const { dynamodb } = await import('../../../lib/dynamodb/client.ts')
      const TableName = process.env['MEASUREMENTS_TABLE'] ?? ''
      const { Items = [] } = await dynamodb.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'series = :series',
          ExpressionAttributeValues: { ':series': { S: `${client_id}#default` } },
        }),
      )
      for (const { series = expect.fail(), block = expect.fail(), ...rest } of Items) {
        const former = { S: `${block.S?.split('#')[0]}#${'x'.repeat(22)}` }
        await dynamodb.send(new PutItemCommand({ TableName, Item: { ...rest, series, block: former } }))
        await dynamodb.send(new DeleteItemCommand({ TableName, Key: { series, block } }))
      }
      return Items.length
    },
  }
}

/** Each row as often as in the upload that has it most often. */
function maximum(uploads: readonly (readonly Row[])[]): string[] {
  const most = new Map<string, number>()
  for (const rows of uploads) {
    for (const [text, group] of Map.groupBy(rows, (row) => row.join())) {
      most.set(text, Math.max(most.get(text) ?? 0, group.length))
    }
  }
  return [...most].flatMap(([text, count]) => new Array<string>(count).fill(text)).sort()
}

const readings = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, index) => [START + from + index, (from + index) % 7])

describe('overlapping uploads', () => {
  it('return each row as often as the upload that has it most often, in any format and order', async () => {
    const list = fc.array(fc.tuple(fc.nat(9), fc.nat(2)), { minLength: 1, maxLength: 14 })
    const format = fc.constantFrom(...Object.keys(FORMATS))
    const window = fc.tuple(fc.nat(14), fc.nat(14), format)
    await fc.assert(
      fc.asyncProperty(
        list,
        fc.array(window, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 9 }),
        async (list, windows, size) => {
          const all = list.map(([time, a]): Row => [START + time, a])
          const sent = windows.map(([a, b, name]) => ({ rows: all.slice(Math.min(a, b), Math.max(a, b)), name }))
          const client = await newClient()
          const uploads = sent.filter(({ rows }) => rows.length > 0)
          for (const { rows, name } of uploads) await client.upload(rows, FORMATS[name])
          const rows = await client.rows(`format=json&number=${size}`)
          expect(rows.map((row) => row.join()).sort()).toEqual(maximum(uploads.map(({ rows }) => rows)))
          expect(rows).toEqual(rows.toSorted(([a], [b]) => a - b))
          // Only some columns, and in an order.
          const ordered = await client.rows(`format=json&number=${size}&cols=a&order_by=a,desc`)
          expect(ordered.map(([, a]) => a)).toEqual(rows.map(([, a]) => a).sort((a, b) => b - a))
        },
      ),
      { numRuns: runs(40) },
    )
  })

  it('return a growing file once, with blocks of any number of rows', async () => {
    const client = await newClient()
    for (const end of [1, 2, 1_440, 1_441, 1_500, 3_000]) await client.upload(readings(0, end))
    expect(await client.rows('format=json&number=999')).toEqual(readings(0, 3_000))
    const range = `from=${START + 1_400}&to=${START + 1_600}`
    expect(await client.rows(`format=json&number=50&${range}`)).toEqual(readings(1_400, 1_601))
  })

  it('return rows once that an earlier version has stored under other keys', async () => {
    const client = await newClient()
    await client.upload(readings(0, 3_000))
    expect(await client.renameBlocks()).toBe(3)
    await client.upload(readings(0, 3_000))
    expect(await client.rows('format=json&number=999')).toEqual(readings(0, 3_000))
    expect(await client.renameBlocks()).toBe(6)
  })

  it('return windows that slide once, also with only some columns', async () => {
    const client = await newClient()
    for (let start = 0; start < 60; start += 7) await client.upload(readings(start, start + 30))
    const answer = await client.get('format=json&cols=a')
    expect((await rowsOf(answer)).map(({ a }) => a)).toEqual(readings(0, 86).map(([, a]) => a))
  })

  it('keep every row on exactly one page while a queue is sent again', async () => {
    const client = await newClient()
    await client.upload(readings(0, 50))
    let end = 10
    const rows = await client.rows('format=json&number=7', async () => {
      await client.upload(readings(end - 10, end))
      end += 5
    })
    expect(rows).toEqual(readings(0, 50))
  })

  it('keep rows of the same time that differ in a value, a type or below a millisecond', async () => {
    const client = await newClient()
    const body = (rows: unknown) => [JSON.stringify(rows), 'application/json'] as const
    for (const rows of [
      [{ time: '2024-02-01T13:00:00.0000001Z', a: 1 }],
      [{ time: '2024-02-01T13:00:00.0000002Z', a: 1 }],
      [{ time: '2024-02-01T13:00:00.0000002Z', a: '1' }],
      [{ time: '2024-02-01T14:00:00.0000002+01:00', a: 1, b: null }],
      [{ time: '2024-02-01T13:00:00.0000002Z', a: 1, b: 2 }],
    ]) {
      await client.upload([], () => [...body(rows)])
    }
    expect(await rowsOf(await client.get('format=json&cols=a,b'))).toEqual([
      { a: 1, b: null },
      { a: 1, b: null },
      { a: '1', b: null },
      { a: 1, b: 2 },
    ])
  })
})
