// @module-tag local-only
// It tests how stored rows are returned, which does not depend on AWS.
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { nextOf, problemOf } from '../../support/responses.ts'
import { readerOf } from '../../support/stored-rows.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

/** A client with the uploads, and functions that download its rows. */
async function clientWith(...tables: object[]) {
  const reader = await readerOf(latchkey, ...tables)
  /** Values of the column `a` on all pages. */
  const follow = async (query: string, between?: () => Promise<void>) =>
    (await reader.all(query, between)).map(({ a }) => Number(a))
  return { ...reader, follow }
}

const README = { time_utc: [43, 23], co2: [1223, 2351] }

describe('GET /download formats', () => {
  it('returns RFC 4180 CSV with CRLF and a file name', async () => {
    const { get } = await clientWith(README)
    const answer = await get('format=csv&cols=co2')
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="latchkey-data.csv"')
    expect(await answer.text()).toBe('co2\r\n2351\r\n1223\r\n')
  })

  it('returns JSON as an array of row objects', async () => {
    const { get } = await clientWith(README)
    const answer = await get('format=json&cols=co2&min_co2=2000')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toEqual([{ co2: 2351 }])
  })

  it('returns NDJSON with one row per line', async () => {
    const { get } = await clientWith(README)
    const answer = await get('format=ndjson&cols=co2,time_utc')
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
    expect(await answer.text()).toBe('{"co2":2351,"time_utc":23}\n{"co2":1223,"time_utc":43}\n')
  })

  it('returns HTML by default: an escaped table with links that preserve the query', async () => {
    const { get } = await clientWith({ time: [1], note: ['<script>alert("1")</script> & \'co\''] })
    const answer = await get('cols=note&order_by=time,ASC')
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    )
    const page = await answer.text()
    expect(page).toContain('<td>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;</td>')
    expect(page).toContain('href="/download?cols=note&amp;order_by=time%2CASC&amp;format=csv"')
    expect(page.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="./assets/data.js">'])
  })

  it('returns only the server’s columns for a client without rows', async () => {
    const { get } = await clientWith()
    expect(await (await get('format=csv')).text()).toBe('time_upload_utc,matched_checksums,failed_checksums\r\n')
    expect(await (await get('format=json')).text()).toBe('[]\n')
    expect(await (await get('format=ndjson')).text()).toBe('')
  })

  it('returns an empty column for an unknown name in `cols`', async () => {
    const { get } = await clientWith(README)
    expect(await (await get('format=csv&cols=co2,time&number=10')).text()).toBe('co2,time\r\n2351,\r\n1223,\r\n')
  })

  it('orders columns by name, times first, without `cols`', async () => {
    const { get } = await clientWith({ b: [1], timestamp: [5], a: [2], time: [5] })
    expect((await (await get('format=csv')).text()).split('\r\n')[0]).toBe(
      'time,timestamp,a,b,time_upload_utc,matched_checksums,failed_checksums',
    )
  })
})

const STAMP = '2020-05-03T12:00:00'

describe('times', () => {
  // One epoch, one text and one milliseconds: pandas-dev/pandas#35520, kevmo314/appendable#66.
  const mixed = {
    time: [1588507200, `${STAMP}Z`, '2020-05-03T14:00:00+02:00', 1588507200123.5, 'noon'],
    a: [1, 2, 3, 4, 5],
  }

  it.each([
    ['iso', `${STAMP}.000Z`, `${STAMP}.123500Z`],
    ['unix', 1588507200, 1588507200.1235],
  ])(
    'are returned in the notation %s, first of all columns, with the receipt for rows without',
    async (times, ...at) => {
      const { json } = await clientWith(mixed, { a: [6] })
      const rows = await json(`times=${times}&cols=a,time_upload_utc,time&order_by=a,asc`)
      expect(Object.keys(rows[0] ?? {})).toEqual(['time', 'a', 'time_upload_utc'])
      expect(rows.slice(0, 4).map(({ time }) => time)).toEqual([at[0], at[0], at[0], at[1]])
      for (const { time, time_upload_utc } of rows.slice(4)) {
        const ms = typeof time === 'number' ? time * 1000 : Date.parse(String(time))
        expect(ms).toBe(Date.parse(String(time_upload_utc)))
      }
      expect(rows).toHaveLength(6)
    },
  )

  it('are the values as sent by default, and in HTML those of the rows', async () => {
    const { get, json } = await clientWith({ timestamp: [1588507200], a: [1] })
    expect(await json('cols=timestamp')).toEqual([{ timestamp: 1588507200 }])
    expect(await json('times=sent&cols=timestamp')).toEqual([{ timestamp: 1588507200 }])
    const page = await (await get('cols=a,timestamp')).text()
    expect(page).toContain(`<td>${STAMP}.000Z</td><td>1</td><td>1588507200</td>`)
    expect(await (await get('cols=timestamp&times=sent')).text()).toContain('<tr><td>1588507200</td></tr>')
  })

  it('can be filtered and ordered by, page by page', async () => {
    const { json, follow } = await clientWith({ timestamp: [30, 10, 20], a: [3, 1, 2] }, { time: [15], a: [4] })
    expect(await json('times=iso&cols=a&min_time=15&max_time=25')).toMatchObject([{ a: 4 }, { a: 2 }])
    expect(await follow('format=json&times=unix&cols=a&number=1&order_by=time,desc')).toEqual([3, 2, 4, 1])
  })
})

describe('Accept', () => {
  it('selects the format, unless the parameter does', async () => {
    const { token } = await clientWith(README)
    const typeFor = async (accept: string, query: string) => {
      const answer = await latchkey.call(`/download?${query}`, {
        headers: { authorization: `Bearer ${token}`, accept },
      })
      // API Gateway adds Origin.
      expect(answer.headers.get('vary')).toMatch(/^accept, accept-encoding/)
      return answer.headers.get('content-type')?.split(';')[0]
    }
    expect(await typeFor('text/csv', 'cols=co2')).toBe('text/csv')
    expect(await typeFor('application/json', 'cols=co2')).toBe('application/json')
    expect(await typeFor('application/x-ndjson', 'cols=co2')).toBe('application/x-ndjson')
    expect(await typeFor('*/*', 'cols=co2')).toBe('text/html')
    expect(await typeFor('text/csv', 'cols=co2&format=json')).toBe('application/json')
    const anonymous = await latchkey.call('/download', { headers: { accept: 'text/csv, text/html;q=0.5' } })
    expect(anonymous.status).toBe(401)
  })
})

describe('compression', () => {
  it('is used for long bodies on request only', async () => {
    const count = 2_000
    const { token } = await clientWith({
      time: Array.from({ length: count }, (_, index) => index),
      a: Array(count).fill(1),
    })
    const read = (encoding: string) =>
      latchkey.call('/download?format=csv&cols=time,a&number=10000', {
        headers: { authorization: `Bearer ${token}`, 'accept-encoding': encoding },
      })
    const [zipped, plain] = await Promise.all([read('gzip'), read('identity')])
    expect([zipped, plain].map(({ headers }) => headers.get('content-encoding'))).toEqual(['gzip', null])
    const text = await plain.text()
    expect(await zipped.text()).toBe(text)
    expect(text.split('\r\n')).toHaveLength(count + 2)
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(text.length / 2)
  })
})

describe('CSV for Excel', () => {
  it('has a byte order mark, semicolons and decimal commas', async () => {
    const { get } = await clientWith({ time: [1], größe: [21.5] })
    const answer = await get('format=csv&cols=größe&excel=true&delimiter=semicolon&decimal=comma&times=unix')
    expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe('\ufefftime;größe\r\n1;21,5\r\n')
  })

  it('is rejected in other formats', async () => {
    const { get } = await clientWith(README)
    expect(await problemOf(await get('excel=true'))).toMatchObject({ status: 400, detail: 'excel needs format=csv.' })
  })
})

describe('CSV cells', () => {
  const texts = [
    '=1+1',
    '+1',
    '-1',
    '@cmd',
    '\ttab',
    'a,b',
    'say "hi"',
    'two\r\nlines',
    ' blank ',
    '',
    'ä€😀',
    '-9007199254740993',
  ]

  it('prefixes formulas with an apostrophe, but not numbers', async () => {
    const { get } = await clientWith({
      time: texts.map((_, index) => index),
      note: texts,
      n: texts.map((_, index) => -index),
    })
    const rows = parse(await (await get('format=csv&cols=note,n')).text())
    expect(rows.slice(1).map(([note]) => note)).toEqual([
      "'=1+1",
      '+1',
      '-1',
      "'@cmd",
      "'\ttab",
      'a,b',
      'say "hi"',
      'two\r\nlines',
      ' blank ',
      '',
      'ä€😀',
      '-9007199254740993',
    ])
    expect(rows.slice(1).map(([, n]) => n)).toEqual([
      '0',
      '-1',
      '-2',
      '-3',
      '-4',
      '-5',
      '-6',
      '-7',
      '-8',
      '-9',
      '-10',
      '-11',
    ])
  })

  it('returns formulas unchanged with formulas=keep', async () => {
    const { get } = await clientWith({ time: texts.map((_, index) => index), note: texts })
    const rows = parse(await (await get('format=csv&cols=note&formulas=keep')).text())
    expect(rows.slice(1).map(([note]) => note)).toEqual(texts)
  })
})

describe('min_ and max_', () => {
  it('compares numbers numerically and inclusively, and omits rows without one', async () => {
    const { json } = await clientWith({ time: [1, 2, 3, 4, 5], a: [9, 10, null, '100', 'text'] })
    expect(await json('cols=a&min_a=10')).toEqual([{ a: 10 }, { a: '100' }])
    expect(await json('cols=a&min_a=9&max_a=10')).toEqual([{ a: 9 }, { a: 10 }])
    expect(await json('cols=a&max_a=-1e3')).toEqual([])
  })

  it('compares numbers stored as text to the last digit', async () => {
    const { token, client_id } = await clientWith()
    await latchkey.upload(token, '{"time":[1,2,3],"id":[9007199254740992,9007199254740993,9007199254740995]}')
    expect(await latchkey.rows(client_id, { cols: 'id', min_id: '9007199254740993' })).toEqual([
      { id: '9007199254740993' },
      { id: '9007199254740995' },
    ])
  })

  it.each([
    'min_time=1588507200',
    'min_time=1588507200000',
    'min_time=2020-05-03T12:00:00Z',
    'min_time=2020-05-03T14:00:00%2B02:00',
    'min_time=2020-05-03T14:00:00+02:00',
    'min_time=2020-05-03 12:00',
    'min_TIME=2020-05-03T12:00:00.000000Z',
  ])('compares times in every notation: %s', async (query) => {
    const { json } = await clientWith({
      time: [1588507199, '2020-05-03T11:59:59.999Z', 1588507200, '2020-05-03 12:00:00.5+00:00', 1588507201000],
      n: [1, 2, 3, 4, 5],
    })
    expect(await json(`cols=n&${query}`)).toEqual([{ n: 3 }, { n: 4 }, { n: 5 }])
  })

  it('compares ISO times in other columns as times', async () => {
    const { json } = await clientWith({ time: [1, 2], seen: ['2020-05-03T10:00:00+02:00', '2020-05-03T09:00:00Z'] })
    expect(await json('cols=time&min_seen=2020-05-03T08:30Z')).toEqual([{ time: 2 }])
  })

  it('compares text as text, with any characters', async () => {
    const { json } = await clientWith({ time: [1, 2, 3], note: ['a b', 'ä:+&', 'zz'] })
    expect(await json(`cols=note&min_note=${encodeURIComponent('ä:+&')}`)).toEqual([{ note: 'ä:+&' }])
    expect(await json('cols=note&max_note=a b')).toEqual([{ note: 'a b' }])
  })

  it('filters by columns that the server adds', async () => {
    const { json } = await clientWith({ time: [1], a: [1] })
    expect(await json('cols=a&min_time_upload_utc=2020-01-01')).toEqual([{ a: 1 }])
    expect(await json('cols=a&min_time_upload_utc=2999-01-01')).toEqual([])
  })
})

describe('from, to and source', () => {
  it('filters by the times of the rows', async () => {
    const { json } = await clientWith({ time: [10, 20, 30], a: [1, 2, 3] }, { time: [15, 400_000], a: [4, 5] })
    const values = async (query: string) => (await json(`cols=a&${query}`)).map(({ a }) => Number(a)).sort()
    expect(await values('from=15&to=20')).toEqual([2, 4])
    expect(await values('to=10')).toEqual([1])
    expect(await values('from=1970-01-01T00:00:30Z')).toEqual([3, 5])
    expect(await values('from=31&to=399999')).toEqual([])
    expect(await values('to=9999-12-31')).toEqual([1, 2, 3, 4, 5])
  })

  it('filters rows without a time by their time of receipt', async () => {
    const { json } = await clientWith({ a: [1] })
    expect(await json('cols=a&from=2020-01-01&to=2999-01-01')).toEqual([{ a: 1 }])
    expect(await json('cols=a&to=2020-01-01')).toEqual([])
  })

  it('selects one source', async () => {
    const { json } = await clientWith({ time: [1, 2], box: ['x', 'y'], a: [1, 2] })
    expect(await json('cols=a&source=y')).toEqual([{ a: 2 }])
    expect(await json('cols=a&source=z')).toEqual([])
  })
})

describe('days and times ago', () => {
  // k-int/KBPlus#821, predicthq/sdk-py#43
  it('include the whole last day', async () => {
    const times = ['2024-02-01T23:59:59.999Z', '2024-02-02', '2024-02-02T23:59:59.9999Z', '2024-02-03']
    const { json } = await clientWith({ time: times, a: [1, 2, 3, 4] })
    expect(await json('cols=a&from=2024-02-02&to=2024-02-02')).toEqual([{ a: 2 }, { a: 3 }])
    expect(await json('cols=a&to=2024-02-02T00:00:00Z')).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('are absolute in the link to the next page', async () => {
    const seconds = Date.now() / 1000
    const { get, json } = await clientWith({ time: [90_000, 3_600, 60].map((ago) => seconds - ago), a: [1, 2, 3] })
    expect(await json('cols=a&from=-24h')).toEqual([{ a: 2 }, { a: 3 }])
    expect(await json('cols=a&from=-2d&to=-30m')).toEqual([{ a: 1 }, { a: 2 }])
    const next = nextOf(await get('format=json&cols=a&from=-24h&to=2999-01-01&number=1')) ?? ''
    const { from, to } = Object.fromEntries(new URLSearchParams(next.split('?')[1]))
    expect([Math.abs(Date.parse(from ?? '') + 864e5 - Date.now()) < 60_000, to]).toEqual([true, '2999-01-01'])
  })
})

describe('order_by', () => {
  const data = { time: [3, 1, 2, 4, 5], a: [10, 9, null, 'text', 100], flag: [true, false, true, null, false] }

  it.each([
    ['a,asc', [9, 10, 100, 'text', null]],
    ['A,DESC', ['text', 100, 10, 9, null]],
    ['a, Asc', [9, 10, 100, 'text', null]],
    ['time,desc', [100, 'text', 10, null, 9]],
    ['time_utc,asc', [9, null, 10, 'text', 100]],
  ])('%s orders all rows', async (order, values) => {
    const { json } = await clientWith({ ...data, time_utc: data.time })
    expect((await json(`cols=a&order_by=${order}`)).map(({ a }) => a)).toEqual(values)
  })

  it('orders rows across sources and uploads, page by page', async () => {
    const { follow } = await clientWith(
      { time: [1, 4, 7], box: ['x', 'y', 'x'], a: [5, 1, 5] },
      { time: [2, 5], box: ['y', 'x'], a: [5, 3] },
      { time: [3, 6], a: [2, 4] },
    )
    expect(await follow('format=json&cols=a,time&order_by=a,desc&number=2')).toEqual([5, 5, 5, 4, 3, 2, 1])
  })
})

describe('pages', () => {
  const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)

  it.each(['', '&order_by=a,desc', '&order_by=time,asc', '&min_a=0', '&source=default'])(
    'of any size contain every row exactly once (%s)',
    async (more) => {
      const { follow } = await clientWith({ time: numbers(3_000), a: numbers(3_000) })
      const rows = await follow(`format=json&cols=a&number=700${more}`)
      expect(rows.sort((x, y) => x - y)).toEqual(numbers(3_000))
    },
  )

  it('contain every row exactly once during uploads', async () => {
    const { follow, token } = await clientWith({ time: numbers(500, 1_000), a: numbers(500) })
    let next = 10_000
    const upload = async () => {
      // Uploads rows earlier than, between and later than the read ones, and to a source that sorts first.
      const body = {
        time: [next % 7, 1_000 + (next % 499), next],
        a: [next, next + 1, next + 2],
        box: [null, null, 'box'],
      }
      await latchkey.upload(token, JSON.stringify(body))
      next += 3
    }
    const rows = await follow('format=json&cols=a&number=37', upload)
    expect(rows.filter((a) => a < 10_000).sort((x, y) => x - y)).toEqual(numbers(500))
    expect(new Set(rows).size).toBe(rows.length)
  })

  // Readers take the first page for everything: bogdan/datagrid#134, zimmerman-team/IATI.cloud#1673.
  it('state in a header whether more follows', async () => {
    const { get } = await clientWith({ time: [1, 2], a: [1, 2] })
    expect((await get('format=csv&number=1')).headers.get('x-latchkey-more')).toBe('true')
    expect((await get('format=csv&number=2')).headers.get('x-latchkey-more')).toBeNull()
  })

  it('end without a Link header, also if the last one is full', async () => {
    const { get } = await clientWith({ time: [1, 2], a: [1, 2] })
    expect((await get('format=json&number=2')).headers.get('link')).toBeNull()
    expect((await get('format=json&number=1')).headers.get('link')).toMatch(
      /^<\/download\?format=json&number=1&cursor=[\w-]+>; rel="next"$/,
    )
  })

  it('are empty for number=0', async () => {
    const { get } = await clientWith(README)
    const answer = await get('format=csv&cols=co2&number=0')
    expect(await answer.text()).toBe('co2\r\n')
    expect(answer.headers.get('link')).toBeNull()
  })

  it('link to the next page in HTML', async () => {
    const { get } = await clientWith(README)
    expect(await (await get('number=1')).text()).toMatch(
      /<a rel="next" href="\/download\?number=1&amp;cursor=[\w-]+">Next page<\/a>/,
    )
  })
})

describe('GET /download errors', () => {
  it.each([
    ['format=xml', 'format'],
    ['number=-1', 'number'],
    ['number=10001', 'number'],
    ['number=ten', 'number'],
    ['number=', 'number'],
    ['number=1&number=2', 'number'],
    ['cols=', 'cols'],
    ['cols=co2,,time', 'cols'],
    ['min_nosuch=1', 'min_nosuch'],
    ['min_co2=', 'min_co2'],
    ['max_time_utc=yesterday', 'max_time_utc'],
    ['min_time_utc=2020-13-01', 'min_time_utc'],
    ['order_by=co2', 'order_by'],
    ['order_by=co2,up', 'order_by'],
    ['order_by=nosuch,asc', 'order_by'],
    ['from=soon', 'from'],
    ['to=2020-02-30', 'to'],
    ['source=', 'source'],
    ['formulas=run', 'formulas'],
    ['times=local', 'times'],
    ['excel=1', 'excel'],
    ['delimiter=;', 'delimiter'],
    ['format=csv&decimal=comma', 'decimal'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from('{"source":1}').toString('base64url')}`, 'cursor'],
    ['colls=co2', 'colls'],
    ['min_=1', 'min_'],
  ])('rejects %s with 400 and names the parameter', async (query, field) => {
    const { get } = await clientWith(README)
    const answer = await get(query)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'parameter_invalid', errors: [{ field }] })
  })

  it('rejects a token without the scope with 403', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload' })
    const token = await latchkey.token(client_id)
    expect((await latchkey.call('/download', { headers: { authorization: `Bearer ${token}` } })).status).toBe(403)
  })

  it('rejects another client’s rows with 403, and ignores its cursor', async () => {
    const victim = await clientWith(README)
    const other = await clientWith()
    expect((await other.get(`client_id=${victim.client_id}`)).status).toBe(403)
    const cursor = Buffer.from(JSON.stringify({ source: 'default', block: '0', row: 0 })).toString('base64url')
    expect(await other.json(`cursor=${cursor}`)).toEqual([])
  })

  it('rejects a request without credentials with 401 and names the required scope', async () => {
    const answer = await latchkey.call('/download')
    expect(answer.status).toBe(401)
    expect((await problemOf(answer)).detail).toContain('scope download')
  })

  it('rejects a wrong admin token with 401', async () => {
    expect((await latchkey.call('/download', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  })
})
