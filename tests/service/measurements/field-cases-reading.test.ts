// @module-tag local-only
// The emulator compresses responses differently.
import { encode } from '@msgpack/msgpack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { type Body, problemOf } from '../../support/responses.ts'

/** Repeated uploads, line protocol and downloads from public reports. Titles and rows name a repository and an issue. */
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

async function upload(body: Body, type = 'text/csv', headers: Record<string, string> = {}) {
  const answer = await latchkey.upload(token, body, type, headers)
  expect([answer.status, await answer.text()]).toEqual([200, expect.not.stringContaining('warnings')])
}
const download = (query: string, headers: Record<string, string> = {}) =>
  latchkey.call(`/download?${query}`, { headers: { authorization: `Bearer ${token}`, ...headers } })
const csvOf = async (query: string) => (await (await download(`format=csv&${query}`)).text()).trim().split('\r\n')
const rows = (cols: string) => latchkey.rows(clientId, { cols })
const write = (body: string, query = '') =>
  latchkey.call(`/api/v2/write?bucket=b&${query}`, {
    method: 'POST',
    headers: { authorization: `Token ${token}`, 'content-type': 'text/plain; charset=utf-8' },
    body,
  })

describe('overlapping uploads', () => {
  const toa5 = (count: number) =>
    `"TOA5","St","CR1000"\r\n"TIMESTAMP","RECORD","batt"\r\n"TS","RN","Volts"\r\n"","","Min"\r\n${Array.from({ length: count }, (_, index) => `"2024-02-01 1${index}:03:45",${index},13.${index}\r\n`).join('')}`

  it('of a growing TOA5 file, and of its rows in other formats, are stored once', async () => {
    for (const count of [1, 2, 4, 3]) await upload(toa5(count))
    const row = { record: 1, batt: 13.1 }
    await upload(JSON.stringify({ timestamp: '2024-02-01T12:03:45+01:00', ...row }), 'application/json')
    await upload(encode({ time: 1706785425000, ...row }), 'application/msgpack')
    await upload(`datetime;record;batt\n2024/2/1 11:03:45;1;13,1\n`)
    expect(await rows('record,batt')).toEqual([0, 1, 2, 3].map((record) => ({ record, batt: Number(`13.${record}`) })))
  })

  it('of the file of a day that a counter continues are stored once (Safecast/safecastapi#595)', async () => {
    const lines = [
      '2019-11-21T10:00:00Z,31',
      '2019-11-21T10:00:05Z,30',
      '2019-11-21T10:00:05Z,30',
      '2019-11-21T18:00:00Z,29',
    ]
    const file = (count: number) =>
      `captured_at,cpm\n${lines.slice(0, count).join('\n')}\n`.replace('captured_at', 'time')
    for (const count of [2, 3, 4, 4]) await upload(file(count))
    expect((await rows('cpm')).map(({ cpm }) => cpm)).toEqual([31, 30, 30, 29])
  })

  it('of a queue that starts again after a lost response are stored once (rsyslog/rsyslog#5411)', async () => {
    const batch = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => JSON.stringify({ time: 1706792400 + from + index, a: 1 })).join(
        '\n',
      )
    const key = { 'Idempotency-Key': 'batch-1' }
    await upload(batch(0, 5), 'application/x-ndjson', key)
    await upload(batch(0, 5), 'application/x-ndjson', key)
    // The device appends to its queue under the same key. Rows with times need no key.
    await upload(batch(0, 7), 'application/x-ndjson', key)
    await upload(batch(0, 7), 'application/x-ndjson', { 'Idempotency-Key': 'batch-2' })
    await upload(batch(3, 9), 'application/x-ndjson')
    expect(await rows('a')).toHaveLength(9)
  })

  it('with a row without a readable time are stored once under a key (aaronpk/Compass#10)', async () => {
    const body = 'time,a\n1706792400,1\nnoon,2\n'
    for (let repeat = 0; repeat < 2; repeat += 1) {
      expect((await latchkey.upload(token, body, 'text/csv', { 'Idempotency-Key': 'k' })).status).toBe(200)
    }
    expect((await rows('a')).map(({ a }) => a)).toEqual([1, 2])
    const reused = await latchkey.upload(token, `${body}noon,3\n`, 'text/csv', { 'Idempotency-Key': 'k' })
    expect(await problemOf(reused)).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
  })

  it('of readings at one time that differ are all stored (ARK-Electronics/logloader#6)', async () => {
    await upload('time,a\n1706792400,1\n1706792400,2\n')
    await upload('time,a\n1706792400,2\n1706792400,3\n')
    expect((await rows('a')).map(({ a }) => a).sort()).toEqual([1, 2, 3])
  })

  it('of a Telegraf that changes from JSON to line protocol are stored once', async () => {
    const metric = { name: 'cpu', fields: { idle: 97.5 }, tags: { host: 'pi' }, timestamp: 1458229140 }
    await upload(JSON.stringify(metric), 'application/json')
    expect((await write('cpu,host=pi idle=97.5 1458229140000000000\n')).status).toBe(204)
    expect(await rows('box,idle')).toEqual([{ box: 'pi', idle: 97.5 }])
  })
})

describe('line protocol', () => {
  it.each([
    [
      'influxdb-cxx#178: a blank in a tag',
      'm,why=blocked domain f=1',
      'column 21 (byte 27): a field needs = and a value',
    ],
    [
      'influxdb#5407: a path that ends with a backslash',
      'Disk,check=C:\\,host=lp value=52.45',
      'needs a backslash before it',
    ],
    ['influxdb#5231: a backslash before the blank', 't,label=a\\ value=1178 1448432542', 'needs a backslash before it'],
    ['telegraf: NaN', 'm value=NaN', 'must be a number, true, false or a text in double quotes'],
    ['influxdb#3092: a tag without a value', 'm,hostname= f=1', 'the value of a tag is missing'],
  ])('with %s is rejected with its place', async (_, line, message) => {
    const answer = await write(`ok f=1\n${line}\n`)
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { code: 'invalid', message: expect.stringContaining(message), line: 2 },
    ])
    expect(await rows('f')).toEqual([])
  })

  it.each([
    ['Arduino#17: an escaped blank', 'w,city=New\\ York d=72.00 5', { city: 'New York', d: 72 }],
    ['influxdb#6008: an escaped comma in a name', 'foo,t\\,k=tv1 value=1 5', { tk: 'tv1', value: 1 }],
    ['a text with a line ending', 'm f="a\nb" 5', { f: 'a\nb' }],
    ['each notation of true and false', 'm a=t,b=FALSE,c=True 5', { a: true, b: false, c: true }],
    ['CRLF and several blanks', 'm  f=1u  5\r\n', { f: 1 }],
  ])('with %s is stored', async (_, line, row) => {
    expect((await write(line, 'precision=s')).status).toBe(204)
    expect(await rows(Object.keys(row).join(','))).toEqual([row])
  })
})

describe('a download', () => {
  it('has one notation of times for pandas (pandas-dev/pandas#24987, pola-rs/polars#6886)', async () => {
    await upload('time,a\n2017-04-22T15:11:58-05:00,1\n2017-04-21T14:20:57Z,2\n1489079730,3\n')
    expect(await csvOf('cols=a&times=iso')).toEqual([
      'time,a',
      '2017-03-09T17:15:30.000Z,3',
      '2017-04-21T14:20:57.000Z,2',
      '2017-04-22T20:11:58.000Z,1',
    ])
    expect(await csvOf('cols=a&times=unix')).toEqual(['time,a', '1489079730,3', '1492784457,2', '1492891918,1'])
    expect(await csvOf('cols=a&times=iso&from=2017-04-22&to=2017-04-22')).toHaveLength(2)
  })

  it('states that a page is not all (apache/superset#17861, zimmerman-team/IATI.cloud#1673)', async () => {
    await upload('time,a\n1706792400,1\n1706792401,2\n1706792402,3\n')
    const headersOf = async (number: number) => {
      const { headers } = await download(`format=csv&number=${number}`)
      return [headers.get('x-latchkey-more'), headers.get('link')]
    }
    expect(await headersOf(2)).toEqual(['true', expect.stringContaining('rel="next"')])
    expect(await headersOf(3)).toEqual([null, null])
  })

  it.each([
    ['application/json, text/plain, */*', 'application/json'], // axios
    ['application/json, text/xml, application/xml, */*', 'application/json'], // R
    ['text/csv, */*; q=0.01', 'text/csv'], // jQuery
    ['text/csv;q=0.5, application/json', 'application/json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'], // browsers
  ])('for Accept: %s is %s', async (accept, type) => {
    expect((await download('', { accept })).headers.get('content-type')).toContain(type)
  })

  it.each([
    ['gzip, deflate', 'gzip'],
    ['br, gzip;q=0.5', 'gzip'],
    ['gzip;q=0', null],
    ['deflate', null],
  ])('for Accept-Encoding: %s has the encoding %s', async (encoding, expected) => {
    await upload(`time,a\n${Array.from({ length: 200 }, (_, index) => `${1706792400 + index},1\n`).join('')}`)
    const { headers } = await download('format=csv', { 'accept-encoding': encoding })
    expect(headers.get('content-encoding')).toBe(expected)
  })

  it('for Excel has a byte order mark and semicolons (spraakbanken/korp-frontend#272, mtotschnig/MyExpenses#1432)', async () => {
    await upload('time,größe,ort\n1706792400,21.5,"Köln; Süd"\n')
    const answer = await download('format=csv&cols=größe,ort&excel=true&delimiter=semicolon&decimal=comma')
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe('\ufeffgröße;ort\r\n21,5;"Köln; Süd"\r\n')
  })

  it('filters the booleans of Python and spreadsheets (Bugazelle/export-csv-to-influx#17)', async () => {
    await upload('time,ground\n1706792400,True\n1706792401,False\n1706792402,TRUE\n1706792403,true\n')
    for (const bound of ['1', 'true', 'True']) expect(await csvOf(`cols=ground&min_ground=${bound}`)).toHaveLength(4)
    expect(await csvOf('cols=ground&max_ground=0')).toEqual(['ground', 'False'])
  })

  it.each(['from=2017-04', 'from=yesterday', 'from=-1y', 'times=iso8601', 'excel=1'])('rejects %s', async (query) => {
    const [field] = query.split('=')
    expect(await problemOf(await download(`format=csv&${query}`))).toMatchObject({ status: 400, errors: [{ field }] })
  })
})
