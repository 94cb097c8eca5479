import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { runs } from '../../support/property.ts'
import { everyRow, nextOf, problemOf, rowsOf } from '../../support/responses.ts'
import { shared, withToken } from '../../support/shares.ts'
import { clientWith } from '../../support/stored-rows.ts'

/** Values of what is not shared. No response to a share may contain one. */
const SECRET = 987_654_321
const HIDDEN = 'hidden_note'

const TIMES = [1_772_442_000, 1_772_442_060, 1_772_442_120]
const ROOF = {
  time: TIMES,
  box: TIMES.map(() => 'roof'),
  co2: [612, 640, 580],
  temp: [21, 22, 20],
  [HIDDEN]: [SECRET, 1, 2],
}
const CELLAR = { time: TIMES, box: TIMES.map(() => 'cellar'), co2: [SECRET, 1, 2], temp: [SECRET, 1, 2] }
const ATTIC = { time: TIMES, box: TIMES.map(() => 'attic'), co2: [700, 701, 702], temp: [30, 31, 32] }

let latchkey: Latchkey
let client: { clientId: string; token: string }
/** Tokens of shares: of one series and column, of a whole series, of two series, and of a participant. */
let ofColumn: string
let ofSeries: string
let ofTwo: string
let ofAda: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  client = await clientWith(latchkey, ROOF, CELLAR, ATTIC)
  const ada = await latchkey.token(client.clientId, { participant_id: 'Ada' })
  await latchkey.upload(ada, JSON.stringify({ ...ROOF, co2: [1, 2, 3] }))
  // A participant with the name of a shared box.
  const namesake = await latchkey.token(client.clientId, { participant_id: 'roof' })
  await latchkey.upload(namesake, JSON.stringify({ time: TIMES, co2: [SECRET, SECRET, SECRET] }))
  const token = async (body: Record<string, unknown>) => (await shared(latchkey, client.token, body)).token
  ofColumn = await token({ series: ['roof'], columns: ['CO2'] })
  ofSeries = await token({ series: ['roof'] })
  ofTwo = await token({ series: ['roof', 'attic'], columns: ['co2', 'box'] })
  ofAda = await token({ series: ['roof'], participant_id: 'Ada' })
})
afterAll(() => latchkey.stop())

const read = (token: string, path: string, headers: Record<string, string> = {}) =>
  withToken(latchkey, token, path, { headers })
const json = async (token: string, query = '') => rowsOf(await read(token, `/download?format=json&${query}`))
const cells = async (token: string, column: string, query = '') => (await json(token, query)).map((row) => row[column])

describe('a share of one column', () => {
  it('reads that column, with the times and what the server adds', async () => {
    const [row] = await json(ofColumn)
    expect(row).toEqual({
      time: 1_772_442_000,
      co2: 612,
      time_upload_utc: expect.any(String),
      matched_checksums: null,
      failed_checksums: null,
    })
    expect(await cells(ofColumn, 'co2')).toEqual([612, 640, 580])
    expect(await cells(ofColumn, 'co2', 'cols=time,co2,time_upload_utc&source=roof')).toEqual([612, 640, 580])
    expect(await cells(ofColumn, 'time', 'times=iso')).toContain('2026-03-02T09:00:00.000Z')
  })

  it.each(['csv', 'json', 'ndjson', 'html'])(
    'reads it as %s, without the values of other columns and series',
    async (format) => {
      const answer = await read(ofColumn, `/download?format=${format}`)
      const text = await answer.text()
      expect([answer.status, text.includes('612')]).toEqual([200, true])
      expect(text).not.toMatch(new RegExp(`${SECRET}|${HIDDEN}|temp\\b`))
      expect((await withToken(latchkey, ofColumn, '/download?format=csv', { method: 'HEAD' })).status).toBe(200)
    },
  )

  it('reads its aggregates and its points', async () => {
    expect(await json(ofColumn, 'every=1h&agg=mean,min,max,count,first,last,median,sum')).toEqual([
      {
        ...{ time: '2026-03-02T09:00:00.000Z', co2_count: 3, co2_first: 612, co2_last: 580, co2_max: 640 },
        ...{ co2_mean: 610.6666666666666, co2_median: 612, co2_min: 580, co2_sum: 1832 },
      },
    ])
    expect(await cells(ofColumn, 'co2', 'points=2')).toContain(640)
  })

  it.each([
    ['cols', 'cols=temp'],
    ['cols', 'cols=co2,temp'],
    ['cols', 'cols=TEMP'],
    ['cols', 'cols=box'],
    ['cols', 'cols=nonexistent'],
    ['cols', 'cols=temp&every=1h&agg=max'],
    ['cols', 'cols=temp&points=10'],
    ['order_by', 'order_by=temp,asc'],
    ['order_by', 'order_by=nonexistent,asc'],
    ['min_temp', 'min_temp=21'],
    ['max_temp', 'max_temp=21'],
    ['min_Temp', 'min_Temp=21&every=1h'],
    [`max_${HIDDEN}`, `max_${HIDDEN}=1&points=10`],
    ['source', 'source=cellar'],
    ['source', 'source=nonexistent'],
    ['source', 'source=Roof'],
    ['participant_id', 'participant_id=Ada'],
    ['participant_id', 'participant_id=roof'],
    ['client_id', `client_id=${'0'.repeat(32)}`],
    ['client_id', 'client_id=default'],
  ])('is rejected with 403 for %s in %s', async (field, query) => {
    for (const path of [
      '/download?format=json',
      '/download?format=html',
      '/download/csv?times=iso',
      '/download/json?',
    ]) {
      const answer = await read(ofColumn, `${path}&${query}`)
      const { status, code, detail } = await problemOf(answer)
      expect([status, code]).toEqual([403, 'not_allowed'])
      expect(detail).toContain(field)
    }
  })

  it('lists its series with its columns only, and neither warnings nor the owner', async () => {
    const owner = await clientWith(latchkey, ROOF)
    await latchkey.upload(owner.token, 'time,temp!,box\n1772442000,21,roof\n', 'text/csv')
    expect(await (await read(owner.token, '/series')).text()).toContain('temp!')
    const { token } = await shared(latchkey, owner.token, { series: ['roof'], columns: ['co2'] })
    const entry = { source: 'roof', columns: ['co2', 'time'] }
    const times = { first: '2026-03-02T09:00:00.000Z', last: '2026-03-02T09:02:00.000Z' }
    expect(await (await read(token, '/series')).json()).toEqual({ series: [entry] })
    expect(await (await read(token, '/series?source=roof')).json()).toEqual({ series: [{ ...entry, ...times }] })
    for (const query of ['source=cellar', 'source=nonexistent', 'participant_id=Ada', `client_id=${'0'.repeat(32)}`])
      expect((await read(ofColumn, `/series?${query}`)).status).toBe(403)
  })

  it('lists no units of other columns', async () => {
    const owner = await clientWith(latchkey)
    await latchkey.upload(owner.token, 'time,t,h,box\ns,°C,%,hut\n1706792400,1,2,hut\n', 'text/csv')
    const { token } = await shared(latchkey, owner.token, { series: ['hut'], columns: ['h'] })
    expect(await (await read(token, '/series')).json()).toEqual({
      series: [{ source: 'hut', columns: ['h', 'time'], units: { h: '%', time: 's' } }],
    })
  })
})

describe('a share of series', () => {
  it('reads all columns of one, also columns that arrive later', async () => {
    const owner = await clientWith(latchkey, { time: [1], box: ['hut'], a: [1] })
    const { token } = await shared(latchkey, owner.token, { series: ['hut'] })
    expect(await cells(token, 'a')).toEqual([1])
    await latchkey.upload(owner.token, JSON.stringify({ time: 2, box: 'hut', b: 5 }))
    expect(await cells(token, 'b')).toEqual([null, 5])
    expect(await cells(token, 'b', 'min_b=5&order_by=b,desc')).toEqual([5])
  })

  it('reads rows of the client itself, not of a participant with the name of the series', async () => {
    expect(await cells(ofSeries, 'co2')).toEqual([612, 640, 580])
    expect(await cells(ofSeries, 'co2', 'source=roof')).toEqual([612, 640, 580])
    expect(JSON.stringify(await json(client.token, 'source=roof'))).toContain(String(SECRET))
  })

  it('reads several in the order of their names, also page by page', async () => {
    const all = ['attic 700', 'attic 701', 'attic 702', 'roof 612', 'roof 640', 'roof 580']
    const named = (rows: Record<string, unknown>[]) => rows.map(({ box, co2 }) => `${box} ${co2}`)
    expect(named(await json(ofTwo))).toEqual(all)
    const get = (path: string) => read(ofTwo, path)
    for (const query of ['number=1', 'number=2', 'number=4'])
      expect(named(await everyRow(get, `/download?format=json&${query}`))).toEqual(all)
    expect(named(await everyRow(get, '/download/json?number=2'))).toEqual(all)
    const windows = await everyRow(get, '/download?format=json&number=1&every=1h&cols=box,co2&agg=max')
    expect(windows.map(({ box, co2_max }) => [box, co2_max])).toEqual([
      ['attic', 702],
      ['roof', 640],
    ])
    const ordered = await everyRow(get, '/download?format=json&number=2&order_by=co2,desc')
    expect(named(ordered)).toEqual(['attic 702', 'attic 701', 'attic 700', 'roof 640', 'roof 612', 'roof 580'])
  })

  it('of a participant reads the rows of that participant, without the id of the participant', async () => {
    expect(await cells(ofAda, 'co2')).toEqual([1, 2, 3])
    expect(await cells(ofAda, 'co2', 'source=roof')).toEqual([1, 2, 3])
    expect(await (await read(ofAda, '/series')).text()).not.toContain('Ada')
  })

  it('of a participant does not reveal whether a guess of that id is right', async () => {
    const outcomes = ['Ada', 'Bob'].flatMap((id) =>
      ['/download?', '/series?'].map(async (path) => {
        const { status, code, detail } = await problemOf(await read(ofAda, `${path}participant_id=${id}`))
        return [status, code, detail]
      }),
    )
    const [first, ...others] = await Promise.all(outcomes)
    expect(first?.slice(0, 2)).toEqual([403, 'not_allowed'])
    for (const other of others) expect(other).toEqual(first)
  })
})

describe('a cursor', () => {
  const position = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const cursorIn = (answer: Response) => new URL(nextOf(answer) ?? '', latchkey.url).searchParams.get('cursor') ?? ''
  const positionIn = (answer: Response) => JSON.parse(Buffer.from(cursorIn(answer), 'base64url').toString())

  it('of the client reaches no row of another series', async () => {
    for (const query of ['number=1', 'number=1&order_by=co2,asc', 'number=1&every=1m&cols=co2']) {
      const own = positionIn(await read(client.token, `/download?format=json&source=cellar&${query}`))
      const answer = await read(ofColumn, `/download?format=json&${query}&cursor=${position(own)}`)
      expect([200, 400]).toContain(answer.status)
      expect(await answer.text()).not.toMatch(new RegExp(`${SECRET}|\\b1\\b|\\b2\\b`))
    }
  })

  it('of an ordered download must be of a shared series, because the order would reveal its value', async () => {
    const [own, ada] = await Promise.all([
      read(client.token, '/download?format=json&source=cellar&number=1&order_by=co2,asc'),
      read(ofAda, '/download?format=json&number=1&order_by=co2,asc'),
    ])
    const nonexistent = position({ ...positionIn(own), source: 'nonexistent' })
    for (const foreign of [cursorIn(own), cursorIn(ada), nonexistent]) {
      const answer = await read(ofColumn, `/download?format=json&order_by=co2,asc&cursor=${foreign}`)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'parameter_invalid'])
    }
  })

  it('of another share is valid only for what both show', async () => {
    const answer = await read(ofTwo, '/download?format=json&number=1')
    const resumed = await read(ofColumn, `/download?format=json&cursor=${cursorIn(answer)}`)
    expect((await rowsOf(resumed)).map(({ co2 }) => co2)).toEqual([612, 640, 580])
  })

  it('of a share contains nothing that depends on hidden values or on the participant', async () => {
    const queries = ['', '&order_by=co2,asc', '&every=1m']
    const requests = [ofColumn, ofAda].flatMap((token) =>
      queries.map((query) => read(token, `/download?format=json&number=1${query}`)),
    )
    for (const cursor of (await Promise.all(requests)).map(cursorIn)) {
      expect(cursor.length).toBeGreaterThan(100)
      const parts = cursor.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
      expect(parts.join()).not.toMatch(/block|participant|source/)
    }
  })

  it('of a share that was changed is rejected with 400', async () => {
    const cursor = cursorIn(await read(ofTwo, '/download?format=json&number=1'))
    const [header, key, iv, text, tag] = cursor.split('.')
    const changed = [header, key, iv, `A${text}`, tag].join('.')
    for (const wrong of [changed, `${cursor}.`, '....', `${cursor}&cursor=${cursor}`]) {
      const answer = await read(ofTwo, `/download?format=json&number=1&cursor=${wrong}`)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'parameter_invalid'])
    }
  })
})

it('never returns values that are not shared, whatever a query combines', async () => {
  const token = ofColumn
  const column = fc.constantFrom('co2', 'temp', HIDDEN, 'box', 'time', 'time_upload_utc', 'none')
  const parameters = fc.record(
    {
      cols: fc.array(column, { minLength: 1, maxLength: 3 }).map((names) => names.join()),
      source: fc.constantFrom('roof', 'cellar', 'default', 'Ada'),
      participant_id: fc.constantFrom('Ada', 'roof'),
      order_by: fc.tuple(column, fc.constantFrom('asc', 'desc')).map((pair) => pair.join()),
      every: fc.constantFrom('1m', '1h', 'P1D'),
      agg: fc.constantFrom('max', 'min,max', 'last,first'),
      points: fc.constantFrom('2', '10'),
      times: fc.constantFrom('sent', 'iso', 'unix'),
      min_co2: fc.constant('1'),
      max_temp: fc.constantFrom('22', String(SECRET)),
      number: fc.constantFrom('1', '100'),
      format: fc.constantFrom('csv', 'json', 'ndjson', 'html'),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(parameters, async (query) => {
      const answer = await read(token, `/download?${new URLSearchParams(query)}`)
      const text = await answer.text()
      expect([200, 400, 403]).toContain(answer.status)
      if (answer.status === 200) expect(text).not.toMatch(new RegExp(`${SECRET}|${HIDDEN}|\\btemp\\b|\\b70[012]\\b`))
      if (/temp|hidden|none|box/.test(`${query.cols} ${query.order_by}`) || query.max_temp)
        expect(answer.status).not.toBe(200)
    }),
    { numRuns: runs(150) },
  )
})

describe('a share token', () => {
  it.each([
    ['POST', '/upload'],
    ['POST', '/api/v2/write'],
    ['POST', '/shares'],
    ['GET', '/shares'],
    ['DELETE', '/shares/0123456789abcdef'],
    ['GET', '/submissions'],
    ['GET', '/register'],
    ['GET', `/clients/${'0'.repeat(32)}/keys`],
    ['GET', '/start'],
    ['GET', '/access-token'],
    ['POST', '/webhook'],
  ])('is rejected by %s %s', async (method, path) => {
    const init = { method, ...(method === 'POST' && { body: '{}' }), headers: { 'content-type': 'application/json' } }
    expect((await withToken(latchkey, ofSeries, path, init)).status).toBe(401)
  })

  it('is neither revoked nor introspected as an auth token', async () => {
    const { client_id, client_secret } = await latchkey.register({ kind: 'confidential', scope: 'introspect' })
    const authorization = `Basic ${btoa(`${client_id}:${client_secret}`)}`
    for (const path of ['/introspect', '/revoke']) {
      const body = new URLSearchParams({ token: ofSeries })
      const answer = await latchkey.call(path, { method: 'POST', headers: { authorization }, body })
      expect([answer.status, await answer.text()]).toEqual([200, path === '/introspect' ? '{"active":false}' : '{}'])
    }
    expect((await read(ofSeries, '/series')).status).toBe(200)
  })

  it('costs two more reads than a reader without credentials would, and no write within an hour', async () => {
    await json(ofColumn)
    latchkey.database.commands.length = 0
    await json(ofColumn)
    // The share, its client, the catalog entry of the series, and the rows.
    expect(latchkey.database.commands.toSorted()).toEqual(['GetItem', 'GetItem', 'GetItem', 'Query'])
  })
})
