// @module-tag local-only
// Large bodies test the parsers, not the deployment.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { rowsOf } from '../../support/responses.ts'

/** Bodies of an attacker or a faulty device. Each one slowed Latchkey down in the past. */
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
  latchkey.database.plan = () => undefined
  latchkey.setRemainingTime(29_000)
})

const upload = (body: string, type = 'application/json', headers: Record<string, string> = {}) =>
  latchkey.upload(token, body, type, headers)
const get = (path: string) => latchkey.call(path, { headers: { authorization: `Bearer ${token}` } })

describe('a body that is expensive to parse', () => {
  it.each([
    ['digits that end in a letter', 'text/csv', `a\n${`${'1'.repeat(4_000)}x\n`.repeat(1_000)}`, 200],
    ['a very long run of digits', 'text/csv', `a\n${'1'.repeat(5_000_000)}x\n`, 400],
    ['a number with many zeros', 'application/json', `{"a":[1${'0'.repeat(3_000_000)}1]}`, 400],
    ['an unterminated string of escapes', 'application/json', `{"a":["${'\\"'.repeat(1_500_000)}`, 400],
    [
      'times with many blanks',
      'application/json',
      JSON.stringify({ time: new Array(1_400).fill(`2020-01-01T00:00${' '.repeat(4_000)}x`) }),
      200,
    ],
    ['nested lists', 'application/json', '['.repeat(3_000_000), 400],
    ['nested objects', 'application/json', '{"a":'.repeat(850_000), 400],
    [
      'nested lists around an infinite number',
      'application/json',
      `{"a":${'['.repeat(100_000)}1e400${']'.repeat(100_000)}}`,
      400,
    ],
    ['a very long number in JSON', 'application/json', `{"a":[${'1'.repeat(5_900_000)}]}`, 400],
    ['alternating digits and dots', 'application/json', `{"a":[${'1.'.repeat(2_900_000)}]}`, 400],
    ['a text of digits', 'application/json', `{"a":["${'1'.repeat(5_900_000)}"]}`, 400],
    ['lines that are not strict JSON', 'application/x-ndjson', 'NaN\n'.repeat(1_000_000), 400],
    [
      'many names and few values',
      'text/csv',
      `${Array.from({ length: 999 }, (_, n) => `c${n}`).join(',')}\n${'1\n'.repeat(3_000)}`,
      200,
    ],
    [
      '350,000 columns',
      'application/x-www-form-urlencoded',
      Array.from({ length: 350_000 }, (_, n) => `c${n}=1`).join('&'),
      400,
    ],
    [
      'many boxes and many columns',
      'application/json',
      JSON.stringify([
        ...Array.from({ length: 1_499 }, (_, n) => ({ box: `b${n % 999}` })),
        Object.fromEntries(Array.from({ length: 900 }, (_, n) => [`c${n}`, 1])),
      ]),
      200,
    ],
    [
      'rows that share few columns',
      'application/json',
      JSON.stringify(Array.from({ length: 99_999 }, (_, n) => ({ k: n, [`c${n % 58}`]: 1 }))),
      400,
    ],
  ])('is processed within the test timeout: %s', async (_name, type, body, status) => {
    expect((await upload(body, type)).status).toBe(status)
  })

  it('does not slow down filters and sorting either', async () => {
    const poison = `${'1'.repeat(4_000)}x`
    await upload(JSON.stringify({ time: Array.from({ length: 300 }, (_, n) => n), a: new Array(300).fill(poison) }))
    expect(await rowsOf(await get('/download?format=json&cols=a&min_a=1'))).toEqual([])
    expect(await rowsOf(await get('/download?format=json&cols=time&order_by=a,asc&number=1'))).toEqual([{ time: 0 }])
  })
})

describe('ordered pages', () => {
  it('can contain more boxes than one upload', localOnly('It needs too many boxes.'), async () => {
    const boxes = Array.from({ length: 1_000 }, (_, n) => `b${n}`)
    await upload(JSON.stringify({ time: boxes.map((_, n) => n), box: boxes, v: boxes.map((_, n) => -n) }))
    expect(await rowsOf(await get('/download?format=json&cols=v&number=2&order_by=v,asc'))).toEqual([
      { v: -999 },
      { v: -998 },
    ])
  })
})
