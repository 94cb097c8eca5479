import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type HttpError, InfluxDB, Point, setLogger, type WriteOptions } from '@influxdata/influxdb-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { type Body, fieldsOf } from '../../support/responses.ts'

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

const write = (body: Body, query = 'org=o&bucket=b&precision=s', headers: Record<string, string> = {}) =>
  latchkey.call(`/api/v2/write?${query}`, {
    method: 'POST',
    headers: { authorization: `Token ${token}`, 'content-type': 'text/plain; charset=utf-8', ...headers },
    body,
  })
const rows = (cols: string) => latchkey.rows(clientId, { cols })

describe('POST /api/v2/write', () => {
  it('stores points with 204 and no body', async () => {
    const answer = await write('cpu,host=pi,core=007 idle=97.5,ok=t,n=12i,note="a b" 1772442000\n')
    expect([answer.status, await answer.text()]).toEqual([204, ''])
    expect(await rows('time,measurement,host,core,box,idle,ok,n,note')).toEqual([
      {
        ...{ time: 1772442000, measurement: 'cpu', host: 'pi', core: '007', box: 'pi' },
        ...{ idle: 97.5, ok: true, n: 12, note: 'a b' },
      },
    ])
  })

  it('accepts the token as Bearer', async () => {
    const { status } = await write('m a=1 1772442000', 'precision=s', { authorization: `Bearer ${token}` })
    expect(status).toBe(204)
  })

  it.each<[string, (pair: string) => string]>([
    ['Token', (pair) => `Token ${pair}`],
    ['Basic', (pair) => `Basic ${btoa(pair)}`],
  ])('accepts a device key as %s', async (_scheme, authorizationOf) => {
    const salt = `the salt of ${randomUUID()}`
    const { client_id } = await latchkey.register({ scope: 'upload', checksum_salt: salt })
    for (const [key, status] of [
      [salt, 204],
      ['another salt of a device', 401],
    ] as const) {
      const answer = await write('m a=1 1', 'precision=s', { authorization: authorizationOf(`${client_id}:${key}`) })
      expect(answer.status).toBe(status)
    }
    expect(await latchkey.rows(client_id, { cols: 'a' })).toEqual([{ a: 1 }])
  })

  it('accepts gzip', localOnly('The emulator damages a compressed body.'), async () => {
    const { status } = await write(gzipSync('m a=1 1772442000'), 'precision=s', { 'content-encoding': 'gzip' })
    expect(status).toBe(204)
    expect(await rows('a')).toEqual([{ a: 1 }])
  })

  it('reads nanoseconds without precision', async () => {
    await write('m a=1 1772442000123456789', 'bucket=b')
    expect(await rows('time')).toEqual([{ time: '2026-03-02T09:00:00.123456789Z' }])
  })

  it('stores a repeated write once', async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) await write('m a=1 1772442000\nm a=1 1772442060')
    expect(await rows('a')).toHaveLength(2)
  })

  it('stores points without timestamps with the time of receipt, and once for an Idempotency-Key', async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) await write('m a=1', 'precision=s', { 'idempotency-key': 'k1' })
    const [row, ...others] = await rows('a,time_upload_utc')
    expect(others).toEqual([])
    expect(Date.parse(String(row?.['time_upload_utc']))).toBeGreaterThan(Date.now() - 60_000)
    const series = await fieldsOf(await latchkey.asAdmin(`/series?client_id=${clientId}`))
    expect(JSON.stringify(series)).not.toContain('warnings')
  })

  it('stores the points of each box in its series', async () => {
    await write('m,box=a v=1 1\nm,host=b v=2 2\nm v=3 3')
    const answer = await latchkey.asAdmin(`/series?client_id=${clientId}`)
    expect(await fieldsOf(answer)).toMatchObject({ series: [{ source: 'a' }, { source: 'b' }, { source: 'default' }] })
  })

  it('keeps the warnings with the series', async () => {
    expect((await write('m,box=a n=9007199254740993i 1772442000')).status).toBe(204)
    const answer = await latchkey.asAdmin(`/series?client_id=${clientId}`)
    expect(JSON.stringify(await fieldsOf(answer))).toContain('more digits than a JSON number holds')
  })

  it('stores nothing if a line is invalid, and names the line', async () => {
    const answer = await write('m a=1 1772442000\nm a=x 1772442000')
    expect(answer.status).toBe(400)
    expect(await fieldsOf(answer)).toEqual({
      code: 'invalid',
      line: 2,
      message: expect.stringContaining('The body does not parse at line 2, column 5'),
    })
    expect(await rows('a')).toEqual([])
  })

  it.each([
    [400, 'invalid', 'm a=1', 'precision=seconds', {}],
    [400, 'invalid', 'm a=1', 'precison=s', {}],
    [400, 'invalid', '', 'precision=s', {}],
    [401, 'unauthorized', 'm a=1', 'precision=s', { authorization: 'Token not.a.token' }],
    [401, 'unauthorized', 'm a=1', 'precision=s', { authorization: 'Token other' }],
    [401, 'unauthorized', 'm a=1', 'precision=s', { authorization: '' }],
    [413, 'request too large', `m ${'x'.repeat(200)}=1`, 'precision=s', {}],
    [415, 'unsupported media type', 'm a=1', 'precision=s', { 'content-encoding': 'br' }],
  ])('responds %i with the code "%s"', async (status, code, body, query, headers) => {
    const answer = await write(body, query, headers)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect([answer.status, await fieldsOf(answer)]).toEqual([
      status,
      expect.objectContaining({ code, message: expect.any(String) }),
    ])
  })

  it('responds 403 to a token without the scope', async () => {
    const other = await latchkey.register({ scope: 'download' })
    const authorization = `Token ${await latchkey.token(other.client_id)}`
    const answer = await write('m a=1', 'precision=s', { authorization })
    expect([answer.status, await fieldsOf(answer)]).toMatchObject([403, { code: 'forbidden' }])
  })

  it('responds 503 with Retry-After while the database does not respond', async () => {
    latchkey.database.plan = () => 'failing'
    const answer = await write('m a=1 1772442000')
    latchkey.database.plan = () => undefined
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true])
    expect(await fieldsOf(answer)).toMatchObject({ code: 'unavailable' })
  })

  it('responds 413 to more columns than an upload may have, so that Telegraf splits the batch', async () => {
    const lines = Array.from({ length: 1_001 }, (_, index) => `m f${index}=1 1`)
    expect((await write(lines.join('\n'))).status).toBe(413)
  })
})

describe('the client @influxdata/influxdb-client', localOnly('It needs the port of a local service.'), () => {
  const apiOf = (options: Partial<WriteOptions> = {}) =>
    new InfluxDB({ url: latchkey.url, token }).getWriteApi('org', 'bucket', 'ms', options)

  it('stores points', async () => {
    const api = apiOf({ gzipThreshold: 1 }).useDefaultTags({ box: 'garden' })
    const date = new Date('2026-03-02T09:00:00.123Z')
    api.writePoint(new Point('air').floatField('co2', 612.5).tag('room', 'a, b=c').timestamp(date))
    api.writePoint(new Point('air').stringField('note', 'two\nlines "quoted"').intField('n', 3).timestamp(date))
    await api.close()
    expect(await rows('time,box,measurement,room,co2,note,n')).toEqual([
      { time: date.getTime(), box: 'garden', measurement: 'air', room: 'a, b=c', co2: 612.5, note: null, n: null },
      {
        time: date.getTime(),
        box: 'garden',
        measurement: 'air',
        room: null,
        co2: null,
        note: 'two\nlines "quoted"',
        n: 3,
      },
    ])
  })

  it('repeats a write after 503', async () => {
    setLogger({ error: () => undefined, warn: () => undefined })
    latchkey.database.plan = () => 'failing'
    const api = apiOf()
    api.writeRecord('m a=1 1772442000123')
    await expect(api.flush()).rejects.toMatchObject({ statusCode: 503, code: 'unavailable' })
    latchkey.database.plan = () => undefined
    await api.flush(true)
    await api.close()
    expect(await rows('a')).toEqual([{ a: 1 }])
  })

  it('reads the message of an error', async () => {
    setLogger({ error: () => undefined, warn: () => undefined })
    const api = apiOf({ maxRetries: 0 })
    api.writeRecord('m a=')
    const error = await api.close().then(
      () => expect.unreachable('the write succeeded'),
      (cause: HttpError) => cause,
    )
    expect([error.statusCode, error.message]).toEqual([400, expect.stringContaining('line 1, column 5')])
  })
})
