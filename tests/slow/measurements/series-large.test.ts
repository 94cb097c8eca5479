import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const SALT = 'my-super-secret-psk'

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_SALTS: `["${SALT}"]` })
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register({ scope: 'upload download' })).client_id
  token = await latchkey.token(clientId)
})

const upload = async (body: unknown, as = token) =>
  expect((await latchkey.upload(as, JSON.stringify(body))).status).toBe(200)
const seriesIn = async (answer: Response) => {
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/json')
  return JSON.parse(await answer.text())
}

describe('GET /series', () => {
  it('lists every series once, on pages below the response limit', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `${'\u4e00'.repeat(120)}${index}`)
    for (let box = 0; box < 32; box += 1)
      await upload({ time: [1], box: [`box ${box}`], ...Object.fromEntries(names.map((name) => [name, [1]])) })
    const sources: string[] = []
    let pages = 0
    for (let next: string | undefined = '/series'; next !== undefined; pages += 1) {
      const answer: Response = await latchkey.call(next, { headers: { authorization: `Bearer ${token}` } })
      const text = await answer.clone().text()
      expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(6_000_000)
      const { series } = await seriesIn(answer)
      sources.push(...series.map(({ source }: { source: string }) => source))
      next = /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
    }
    expect(pages).toBe(2)
    expect(sources).toHaveLength(32)
    expect(new Set(sources).size).toBe(32)
  })
})
