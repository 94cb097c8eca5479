import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { nextOf, rowsOf } from '../../support/responses.ts'

/** More rows than one call looks at: six uploads of the largest size. */
let latchkey: Latchkey
let clientId: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  clientId = (await latchkey.register()).client_id
  const token = await latchkey.token(clientId)
  for (let part = 0; part < 6; part += 1) {
    const time = Array.from({ length: 100_000 }, (_, index) => part * 100_000 + index)
    const answer = await latchkey.upload(token, JSON.stringify({ time, a: time.map((t) => t % 1000) }))
    expect(await answer.json()).toEqual({ 'saved-in-db': 100_000 })
  }
}, 120_000)
afterAll(() => latchkey.stop())

const get = (query: string) => latchkey.asAdmin(`/download?format=json&client_id=${clientId}&${query}`)

it('a page that finds nothing within its share of work is empty and leads on', async () => {
  const first = await get('cols=time&min_a=999&min_time=599999')
  expect(await first.json()).toEqual([])
  const second = await latchkey.asAdmin(nextOf(first) ?? '')
  expect(await second.json()).toEqual([{ time: 599_999 }])
  expect(nextOf(second)).toBeUndefined()
})

it('ordering more rows than that is refused with what to do', async () => {
  const answer = await get('order_by=a,asc')
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    code: 'range_too_large',
    detail: 'Narrow the range with from, to and source, or omit order_by.',
  })
})

it('a narrow range is ordered, and reads little more than it needs', async () => {
  latchkey.database.commands.length = 0
  const answer = await get('cols=time&order_by=time,desc&from=300000&to=300009')
  expect((await rowsOf(answer)).map(({ time }) => time)).toEqual([
    300009, 300008, 300007, 300006, 300005, 300004, 300003, 300002, 300001, 300000,
  ])
  // One for the catalog, and few for blocks that end at most twice a block's span after the range.
  expect(latchkey.database.commands.length).toBeLessThanOrEqual(4)
})

it('a page stays within what a function may answer, however its texts are written in JSON', async () => {
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

it('of one series holds nothing behind the place in another at which a page ended', async () => {
  const cursor = Buffer.from(JSON.stringify({ source: 'z', block: '0', row: 0 })).toString('base64url')
  expect(await (await get(`source=default&number=1&cursor=${cursor}`)).json()).toEqual([])
})
