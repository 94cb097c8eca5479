// @module-tag local-only
// It needs more rows than an emulator stores in time.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { everyRow, nextOf, rowsOf } from '../../support/responses.ts'

/** More rows than one request reads: six uploads of the maximum size. */
let latchkey: Latchkey
let clientId: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  clientId = (await latchkey.register()).client_id
  const token = await latchkey.token(clientId)
  for (let part = 0; part < 6; part += 1) {
    const time = Array.from({ length: 100_000 }, (_, index) => part * 100_000 + index)
    const answer = await latchkey.upload(token, JSON.stringify({ time, a: time.map((t) => t % 1000) }))
    expect(await answer.json()).toMatchObject({ 'saved-in-db': 100_000 })
  }
})
afterAll(() => latchkey.stop())

const get = (query: string) => latchkey.asAdmin(`/download?format=json&client_id=${clientId}&${query}`)

it('a page without matches within the read limit is empty and has a next page', async () => {
  const first = await get('cols=time&min_a=999&min_time=599999')
  expect(await first.json()).toEqual([])
  const second = await latchkey.asAdmin(nextOf(first) ?? '')
  expect(await second.json()).toEqual([{ time: 599_999 }])
  expect(nextOf(second)).toBeUndefined()
})

it('order_by over more rows than the read limit returns range_too_large', async () => {
  const answer = await get('order_by=a,asc')
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    code: 'range_too_large',
    detail: 'Narrow the range with from, to and source, or omit order_by.',
  })
})

it('order_by over a narrow range reads only the blocks it needs', async () => {
  latchkey.database.commands.length = 0
  const answer = await get('cols=time&order_by=time,desc&from=300000&to=300009')
  expect((await rowsOf(answer)).map(({ time }) => time)).toEqual([
    300009, 300008, 300007, 300006, 300005, 300004, 300003, 300002, 300001, 300000,
  ])
  // One command for the catalog, and a few for blocks that end up to two block spans after the range.
  expect(latchkey.database.commands.length).toBeLessThanOrEqual(4)
})

it('a page stays below the response limit, despite JSON escapes', async () => {
  const client = await latchkey.register()
  const token = await latchkey.token(client.client_id)
  const rows = ['a'.repeat(80), 'a'.repeat(80), 'a'.repeat(80), 'a'.repeat(80), 'a'.repeat(80)]
  rows.push('\u0001'.repeat(82), '\u0001'.repeat(82), '\u0001'.repeat(72), 'a')
  for (const [time, texts] of rows.entries()) {
    const cells = [...texts].map((text, index) => [`c${index}`, text.repeat(4_096)])
    const answer = await latchkey.upload(token, JSON.stringify({ time, ...Object.fromEntries(cells) }))
    expect(answer.status).toBe(200)
  }
  let next: string | undefined = `/download?format=csv&client_id=${client.client_id}`
  let found = 0
  while (next !== undefined) {
    const answer: Response = await latchkey.asAdmin(next)
    const text = await answer.text()
    expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(5_600_000)
    found += text.trimEnd().split('\r\n').length - 1
    next = nextOf(answer)
  }
  expect(found).toBe(rows.length)
})

it('a cursor of a later series selects no rows of an earlier source', async () => {
  const cursor = Buffer.from(JSON.stringify({ source: 'z', block: '0', row: 0 })).toString('base64url')
  expect(await (await get(`source=default&number=1&cursor=${cursor}`)).json()).toEqual([])
})

it('a page ends before the response limit, and the next page continues', async () => {
  const { client_id } = await latchkey.register()
  const token = await latchkey.token(client_id)
  const wide = Object.fromEntries(Array.from({ length: 80 }, (_, column) => [`c${column}`, '"'.repeat(4_000)]))
  for (let time = 0; time < 12; time += 1) {
    expect((await latchkey.upload(token, JSON.stringify({ time, ...wide }))).status).toBe(200)
  }
  const path = `/download?format=json&client_id=${client_id}`
  const first = await latchkey.asAdmin(path)
  expect(Buffer.byteLength(JSON.stringify(await first.text()))).toBeLessThan(6_000_000)
  expect(nextOf(first)).toBeDefined()
  const rows = await everyRow(latchkey.asAdmin, path)
  expect(rows.map(({ time }) => time)).toEqual([...Array(12).keys()])
})
