// @module-tag local-only
// It tests how stored rows are returned, which does not depend on AWS.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { nextOf, problemOf, rowsOf } from '../../support/responses.ts'
import { readerOf } from '../../support/stored-rows.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

/** A client with the uploads, and functions that download its rows. */
async function clientWith(...tables: object[]) {
  const reader = await readerOf(latchkey, ...tables)
  return { ...reader, all: (query: string) => reader.all(`format=json&${query}`) }
}

const at = (...times: string[]): number[] => times.map((time) => Date.parse(time) / 1_000)
const DAYS = {
  time: at('2026-03-02T01:00Z', '2026-03-02T12:00Z', '2026-03-02T23:59:59Z', '2026-03-04T00:00Z'),
  temp: [20, null, 23, -1.5],
  mode: ['auto', 'auto', null, 'off'],
}

describe('GET /download with every', () => {
  it('returns one row for each window, with the mean of every column', async () => {
    const { json } = await clientWith(DAYS)
    expect(await json('every=1d')).toEqual([
      { time: '2026-03-02T00:00:00.000Z', mode_mean: null, temp_mean: 21.5 },
      { time: '2026-03-04T00:00:00.000Z', mode_mean: null, temp_mean: -1.5 },
    ])
  })

  it('returns several aggregates of the named columns, in their order', async () => {
    const { get } = await clientWith(DAYS)
    const answer = await get('format=csv&every=P1D&agg=max,count,first,last&cols=temp,mode&times=unix')
    expect(await answer.text()).toBe(
      'time,temp_max,temp_count,temp_first,temp_last,mode_max,mode_count,mode_first,mode_last\r\n' +
        '1772409600,23,2,20,23,,2,auto,auto\r\n1772582400,-1.5,1,-1.5,-1.5,,1,off,off\r\n',
    )
  })

  it('returns NDJSON and HTML', async () => {
    const { get } = await clientWith(DAYS)
    const lines = await (await get('format=ndjson&every=1d&cols=temp&agg=sum,median')).text()
    expect(lines).toBe(
      '{"time":"2026-03-02T00:00:00.000Z","temp_sum":43,"temp_median":21.5}\n' +
        '{"time":"2026-03-04T00:00:00.000Z","temp_sum":-1.5,"temp_median":-1.5}\n',
    )
    expect(await (await get('every=1d&cols=temp')).text()).toContain('<td>2026-03-02T00:00:00.000Z</td><td>21.5</td>')
  })

  it('leaves out empty windows, or returns them with null and the number 0', async () => {
    const { json, all } = await clientWith(DAYS)
    const query = 'every=1d&cols=temp&agg=mean,count&fill=null'
    const rows = [
      { time: '2026-03-02T00:00:00.000Z', temp_mean: 21.5, temp_count: 2 },
      { time: '2026-03-03T00:00:00.000Z', temp_mean: null, temp_count: 0 },
      { time: '2026-03-04T00:00:00.000Z', temp_mean: -1.5, temp_count: 1 },
    ]
    expect(await json(query)).toEqual(rows)
    expect(await all(`${query}&number=1`)).toEqual(rows)
    // Windows before the first row and after the last row are not returned.
    expect(await json(`${query}&from=2026-02-01&to=2026-04-01`)).toEqual(rows)
    expect(await json(query.replace('null', 'none'))).toEqual([rows[0], rows[2]])
  })

  it('aligns days to a time zone, also those of 23 and 25 hours', async () => {
    const hours = (start: string) => Array.from({ length: 50 }, (_, hour) => Date.parse(start) / 1_000 + hour * 3_600)
    for (const [start, length] of [
      ['2026-03-28T23:00Z', 23],
      ['2026-10-24T22:00Z', 25],
    ] as const) {
      const { json } = await clientWith({ time: hours(start), a: 1 })
      const [first, second] = await json('every=1d&tz=Europe/Berlin&agg=count')
      expect(first).toEqual({ time: new Date(start).toISOString(), a_count: length })
      expect(second).toMatchObject({ a_count: 24 })
    }
  })

  it('has windows of its own for each series, with the box as in rows', async () => {
    const { json, all } = await clientWith(
      { time: [10, 70], a: [1, 2], box: ['x', 'y'] },
      { time: [20], a: [3], box: ['x'] },
      { time: [30], a: [9] },
    )
    const rows = [
      { time: 0, box: null, a_mean: 9 },
      { time: 0, box: 'x', a_mean: 2 },
      { time: 60, box: 'y', a_mean: 2 },
    ]
    expect(await json('every=1m&times=unix')).toEqual(rows)
    expect(await all('every=1m&times=unix&number=1')).toEqual(rows)
    expect(await json('every=1m&times=unix&cols=a&source=y')).toEqual([{ time: 60, a_mean: 2 }])
  })

  it('uses each row of overlapping uploads once', async () => {
    const day = Array.from({ length: 1_440 }, (_, minute) => minute * 60)
    const uploads = [30, 700, 1_440].map((rows) => ({ time: day.slice(0, rows), a: day.slice(0, rows) }))
    const { json } = await clientWith(...uploads)
    expect(await json('every=1d&agg=count,sum&times=unix')).toEqual([{ time: 0, a_count: 1_440, a_sum: 62_164_800 }])
  })

  it('applies from, to and bounds to the rows', async () => {
    const { json } = await clientWith(DAYS)
    const from = await json('every=1d&cols=temp&agg=count&from=2026-03-02T12:00Z&to=2026-03-03')
    expect(from).toEqual([{ time: '2026-03-02T00:00:00.000Z', temp_count: 1 }])
    expect(await json('every=1d&cols=temp&agg=max&min_temp=0&max_temp=22')).toEqual([
      { time: '2026-03-02T00:00:00.000Z', temp_max: 20 },
    ])
    expect(await json('every=1d&cols=temp&agg=count&min_time=2026-03-03')).toMatchObject([{ temp_count: 1 }])
  })

  it('reads only the series of the participant of the token, whatever the cursor contains', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload download' })
    const tokens = [
      await latchkey.token(client_id, { participant_id: 'p1' }),
      await latchkey.token(client_id, { participant_id: 'p2' }),
    ]
    const [own = '', other = ''] = tokens
    for (const token of tokens) await latchkey.upload(token, JSON.stringify({ time: [1, 100], a: [1, 2] }))
    const get = (token: string, path: string) => latchkey.call(path, { headers: { authorization: `Bearer ${token}` } })
    const path = '/download?format=json&every=1m&times=unix&number=1'
    const next = nextOf(await get(other, path)) ?? ''
    expect(await rowsOf(await get(other, next))).toEqual([{ time: 60, a_mean: 2 }])
    const foreign = await rowsOf(await get(own, next))
    expect(foreign.length).toBeLessThanOrEqual(2)
    expect(await rowsOf(await get(own, path.replace('1m', '1h')))).toEqual([{ time: 0, a_mean: 1.5 }])
  })

  it('returns only the head if number is 0, and no rows of a client without data', async () => {
    const { get } = await clientWith(DAYS)
    expect(await (await get('format=csv&every=1d&cols=temp&number=0')).text()).toBe('time,temp_mean\r\n')
    expect(await (await clientWith()).json('every=1d&cols=temp')).toEqual([])
  })

  it.each([
    ['every=5', 'every', 'must be a length such as 5m, 1h, 1d, 1w or P1M, of at most 10 years'],
    ['every=1d&agg=avg', 'agg', 'must be of mean, min, max, count, first, last, median, sum, separated by commas'],
    ['agg=mean', 'agg', 'needs every'],
    ['tz=UTC', 'tz', 'needs every'],
    ['fill=null&points=10', 'fill', 'needs every'],
    ['every=1d&tz=Berlin', 'tz', 'must be an IANA time zone, such as Europe/Berlin'],
    ['every=25h&tz=UTC', 'every', 'must be at most 24h with tz, or whole days'],
    ['every=1d&points=10', 'points', 'cannot be combined with every'],
    ['every=1d&times=sent', 'times', 'must be iso or unix with every: a window has no time as sent'],
    [
      'every=1d&order_by=temp,asc',
      'order_by',
      'cannot be combined with every or points: their order is that of sources and times',
    ],
    ['points=1', 'points', 'must be from 2 to 10000'],
    ['points=many', 'points', 'must be a whole number from 2 to 10000'],
    ['every=1d&fill=0', 'fill', 'must be none or null'],
  ])('rejects %s', async (query, field, detail) => {
    const { get } = await clientWith(DAYS)
    const problem = await problemOf(await get(`format=json&${query}`))
    expect(problem).toMatchObject({ status: 400, code: 'parameter_invalid', errors: [{ field, detail }] })
  })

  it.each([-1e300, -8.64e15, 1e300])('rejects a cursor with the time %d, which no window has', async (from) => {
    const { get } = await clientWith(DAYS)
    const cursor = Buffer.from(JSON.stringify({ source: 'default', from, follows: true })).toString('base64url')
    for (const query of ['every=1h&fill=null', 'every=P1M', 'every=1d&tz=Europe/Berlin', 'points=2']) {
      const { status, errors } = await problemOf(await get(`format=json&${query}&cursor=${cursor}`))
      expect([status, errors]).toMatchObject([400, [{ field: 'cursor' }]])
    }
  })

  it('rejects the cursor of rows, and that of windows without every', async () => {
    const { get } = await clientWith(DAYS)
    const next = async (query: string) =>
      new URLSearchParams(nextOf(await get(`format=json&number=1&${query}`))?.split('?')[1]).get('cursor') ?? ''
    for (const query of [`every=1d&cursor=${await next('')}`, `cursor=${await next('every=1d')}`])
      expect((await problemOf(await get(`format=json&${query}`))).errors).toMatchObject([{ field: 'cursor' }])
  })

  it('rejects more columns than a response may have', async () => {
    const { get } = await clientWith(DAYS)
    const cols = Array.from({ length: 300 }, (_, index) => `c${index}`)
    const answer = await get(`format=json&every=1d&agg=mean,min,max,count,first,last,median&cols=${cols}`)
    expect(await problemOf(answer)).toMatchObject({ errors: [{ field: 'cols' }] })
  })
})

describe('GET /download with points', () => {
  const minutes = Array.from({ length: 2_000 }, (_, minute) => minute * 60)
  const wave = minutes.map((second) => Math.round(Math.sin(second / 5_000) * 100))
  const spiked = wave.with(777, 9_999).with(1_500, -9_999)

  it('returns about that many rows at their times, with the spikes', async () => {
    const { json, all } = await clientWith({ time: minutes, a: spiked })
    const rows = await json('points=100&cols=time,a')
    expect(rows.length).toBeLessThanOrEqual(100)
    expect(rows.length).toBeGreaterThan(50)
    expect(rows).toContainEqual({ time: 777 * 60, a: 9_999 })
    expect(rows).toContainEqual({ time: 1_500 * 60, a: -9_999 })
    const whole = await json('cols=time,a&number=10000')
    expect(whole.filter((row) => rows.some(({ time, a }) => time === row['time'] && a === row['a']))).toEqual(rows)
    for (const number of [1, 7, 60]) expect(await all(`points=100&cols=time,a&number=${number}`)).toEqual(rows)
  })

  it('returns all rows of a series that has fewer, with their times as in rows', async () => {
    const body = { time: [0, 60, 120], a: [5, 5, 5], note: ['x', 'y', null] }
    const { json } = await clientWith(body)
    for (const times of ['sent', 'iso', 'unix'])
      expect(await json(`points=1000&times=${times}`)).toEqual(await json(`times=${times}`))
  })

  it('selects the first and the last row of texts, and no rows of other series', async () => {
    const { json } = await clientWith(
      { time: minutes.slice(0, 100), note: minutes.slice(0, 100).map((second) => `at ${second}`), box: 'texts' },
      { time: [1], other: [1], box: 'others' },
    )
    expect(await json('points=2&cols=time,note')).toEqual([
      { time: 0, note: 'at 0' },
      { time: 5_940, note: 'at 5940' },
    ])
  })

  it('selects within from, to and bounds', async () => {
    const { json } = await clientWith({ time: minutes, a: spiked })
    const rows = await json('points=20&cols=time,a&from=6000&to=60000&max_a=100')
    expect(rows.length).toBeGreaterThan(10)
    expect(rows.every(({ time, a }) => Number(time) >= 6_000 && Number(time) <= 60_000 && Number(a) <= 100)).toBe(true)
    expect(await json('points=20&cols=time,a&from=9000000')).toEqual([])
  })

  it('rejects more than 50 columns of values', async () => {
    const { get } = await clientWith(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`c${index}`, [1]])))
    expect(await problemOf(await get('format=json&points=100'))).toMatchObject({
      errors: [{ field: 'cols', detail: 'must name at most 50 columns of values with points: there are 51' }],
    })
  })

  it('rejects a window of rows that one response cannot contain', async () => {
    const spikes = Array.from({ length: 25 }, (_, row) => [`c${row}`, new Array<number>(25).fill(1).with(row, 9)])
    // A quotation mark has four bytes in the response of a Lambda function.
    const notes = Array.from({ length: 20 }, (_, column) => [`note ${column}`, '"'.repeat(4_000)])
    const { get } = await clientWith({
      time: spikes.map((_, row) => row),
      ...Object.fromEntries([...spikes, ...notes]),
    })
    expect(await problemOf(await get('format=json&points=2'))).toMatchObject({
      errors: [{ field: 'cols', detail: 'must name fewer columns: one window is larger than a response' }],
    })
    expect((await get('format=json&points=10000')).status).toBe(200)
  })
})
