// @module-tag local-only
// An emulator is too slow for the uploads.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { contentsOf, exporter, readParquet, textsOf } from '../../support/exports.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const UPLOADS = 11
const ROWS = 100_000

let latchkey: Latchkey
let client: ReturnType<typeof exporter>
beforeAll(async () => {
  latchkey = await startLatchkey()
  const { client_id } = await latchkey.register({ scope: 'upload download' })
  const token = await latchkey.token(client_id)
  client = exporter(latchkey, token)
  for (let upload = 0; upload < UPLOADS; upload += 1) {
    const lines = Array.from({ length: ROWS }, (_, row) => {
      const n = upload * ROWS + row
      return `${1_772_442_000 + n},${n},${(n % 300) / 10}`
    })
    const answer = await latchkey.upload(token, `time,n,temperature\n${lines.join('\n')}\n`, 'text/csv')
    expect(answer.status).toBe(200)
  }
}, 300_000)
afterAll(() => latchkey.stop())

it('more than a million rows are in two files, each row once', { timeout: 300_000 }, async () => {
  const csv = await client.run({ format: 'csv', cols: 'n' })
  expect(csv.files.map(({ rows }) => rows)).toEqual([1_000_000, 100_000])
  const numbers = (await textsOf(csv)).flatMap((text) => text.split('\r\n').slice(1, -1))
  expect(numbers.length).toBe(UPLOADS * ROWS)
  expect(numbers.every((text, index) => text === String(index))).toBe(true)
})

it('more than a million rows are in two files as Parquet', { timeout: 300_000 }, async () => {
  const done = await client.run({ format: 'parquet', cols: 'time,n,temperature' })
  expect(done.files.map(({ rows }) => rows)).toEqual([1_000_000, 100_000])
  const [, last = new ArrayBuffer(0)] = await contentsOf(done)
  const { rows } = await readParquet(last)
  expect(rows[99_999]).toEqual({ time: 1_772_442_000 + 1_099_999, n: 1_099_999, temperature: 19.9 })
})
