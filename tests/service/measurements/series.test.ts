import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, problemOf } from '../../support/responses.ts'

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
const get = (query: string, as = token) =>
  latchkey.call(`/series${query}`, { headers: { authorization: `Bearer ${as}` } })
const seriesIn = async (answer: Response) => {
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/json')
  return JSON.parse(await answer.text())
}
const iso = (seconds: number) => new Date(seconds * 1000).toISOString()

describe('GET /series', () => {
  it('lists the series of a client by name, then those of its participants, with their columns', async () => {
    expect(await seriesIn(await get(''))).toEqual({ series: [] })
    await upload({ time: [1, 2], box: ['b', 'a'], co2: [400, 410] })
    await upload({ time: [3], box: ['b'], Temperature: [20] })
    await upload({ time: [4], co2: [420] })
    await upload({ time: [5], co2: [430] }, await latchkey.token(clientId, { participant_id: 'P 1' }))
    expect(await seriesIn(await get('/'))).toEqual({
      series: [
        { source: 'a', columns: ['box', 'co2', 'time'] },
        { source: 'b', columns: ['box', 'co2', 'temperature', 'time'] },
        { source: 'default', columns: ['co2', 'time'] },
        { source: 'P 1', participant_id: 'P 1', columns: ['co2', 'time'] },
      ],
    })
  })

  it('returns the times of the first and the last row of one source', async () => {
    const last = 1_706_792_400
    await upload({ time: [100, 50.25, 75], box: ['x', 'x', 'x'], a: [1, 2, 3] })
    await upload({ time: [last, 10], box: ['x', 'y'], a: [4, 5] })
    expect(await seriesIn(await get('?source=x'))).toEqual({
      series: [{ source: 'x', columns: ['a', 'box', 'time'], first: iso(50.25), last: iso(last) }],
    })
    expect(await seriesIn(await get('?source=y'))).toMatchObject({ series: [{ first: iso(10), last: iso(10) }] })
  })

  it('returns the times of the first and the last row of overlapping uploads', async () => {
    await upload({ time: [100, 400], a: [1, 2] })
    await upload({ time: [200, 300], a: [3, 4] })
    expect(await seriesIn(await get('?source=default'))).toMatchObject({
      series: [{ first: iso(100), last: iso(400) }],
    })
  })

  it('returns the time of receipt for rows without a time', async () => {
    await upload({ a: [1, 2] })
    const [row] = await latchkey.rows(clientId, { cols: 'time_upload_utc' })
    const at = row?.['time_upload_utc']
    expect(await seriesIn(await get('?source=default'))).toEqual({
      series: [{ source: 'default', columns: ['a'], first: at, last: at, warnings: [expect.anything()] }],
    })
    // A row with an invalid time has the time of receipt.
    await upload({ time: [5, 'once'], a: [1, 2], box: ['z', 'z'] })
    const { series } = await seriesIn(await get('?source=z'))
    expect(series).toMatchObject([{ first: iso(5) }])
    expect(series[0].last > String(at)).toBe(true)
  })

  it('returns no time span for a series without rows', async () => {
    latchkey.database.plan = (command) => (command === 'PutItem' ? 'failing' : undefined)
    expect((await latchkey.upload(token, '{"time":[1],"a":[1]}')).status).toBe(503)
    latchkey.database.plan = () => undefined
    expect(await seriesIn(await get('?source=default'))).toEqual({
      series: [{ source: 'default', columns: ['a', 'time'] }],
    })
  })

  it('is empty for an unknown source', async () => {
    await upload({ time: [1], a: [1] })
    expect(await seriesIn(await get('?source=other'))).toEqual({ series: [] })
  })

  it.each([
    ['source=', 'source'],
    [`source=${'x'.repeat(257)}`, 'source'],
    ['source=a&source=b', 'source'],
    ['client_id=', 'client_id'],
    [`client_id=${'x'.repeat(65)}`, 'client_id'],
    ['sources=a', 'sources'],
  ])('rejects %s with 400 and names the parameter', async (query, field) => {
    const answer = await get(`?${query}`)
    expect(answer.status).toBe(400)
    expect(await faultyFields(answer)).toEqual([field])
  })
})

describe('access to GET /series', () => {
  const signed = (path: string, over: string) => {
    const digest = createHash('md5').update(`${over}${SALT}`).digest('hex')
    return latchkey.call(path, { headers: { 'Content-MD5-Salted': digest } })
  }

  it('allows a client to read only its own series', async () => {
    await upload({ time: [1], a: [1] })
    const other = await latchkey.token((await latchkey.register({ scope: 'upload download' })).client_id)
    const foreign = await get(`?client_id=${clientId}`, other)
    expect(foreign.status).toBe(403)
    expect((await problemOf(foreign)).code).toBe('not_allowed')
    expect(await seriesIn(await get('', other))).toEqual({ series: [] })
    expect(await seriesIn(await get('?source=default', other))).toEqual({ series: [] })
    expect((await seriesIn(await get(`?client_id=${clientId}`))).series).toHaveLength(1)
  })

  it('allows the admin any client, with the shared one as default', async () => {
    await upload({ time: [1], a: [1] })
    expect((await seriesIn(await latchkey.asAdmin(`/series?client_id=${clientId}`))).series).toHaveLength(1)
    expect(await seriesIn(await latchkey.asAdmin(`/series?client_id=${clientId}&source=default`))).toMatchObject({
      series: [{ first: iso(1), last: iso(1) }],
    })
    const sources = (await seriesIn(await latchkey.asAdmin('/series'))).series
    expect(sources).not.toContainEqual({ source: 'default', columns: ['a', 'time'] })
  })

  it('rejects an upload-only token and a request without credentials', async () => {
    const uploader = await latchkey.token((await latchkey.register({ scope: 'upload' })).client_id)
    expect((await get('', uploader)).status).toBe(403)
    const answer = await latchkey.call('/series')
    expect(answer.status).toBe(401)
    expect((await problemOf(answer)).detail).toContain('scope download')
    expect((await get('', 'wrong')).status).toBe(401)
  })

  it('allows a signed request for the shared client: path, question mark and query', async () => {
    const body = '{"time":[7],"box":["shared"],"a":[1]}'
    const digest = createHash('md5').update(`${body}${SALT}`).digest('hex')
    const headers = { 'content-type': 'application/json', 'Content-MD5-Salted': digest }
    expect((await latchkey.call('/upload', { method: 'POST', headers, body })).status).toBe(200)
    const shared = { source: 'shared', columns: ['a', 'box', 'time'] }
    expect(await seriesIn(await signed('/series', '/series?'))).toEqual({ series: [shared] })
    expect(await seriesIn(await signed('/series?source=shared', '/series?source=shared'))).toEqual({
      series: [{ ...shared, first: iso(7), last: iso(7) }],
    })
    expect((await signed('/series', '/series')).status).toBe(401)
    expect((await signed('/series?source=shared', '/series?')).status).toBe(401)
  })
})

describe('GET /series without authentication', () => {
  it('returns series of the shared client only', async () => {
    await upload({ time: [1], a: [1] })
    process.env['DOWNLOAD_REQUIRES_AUTH'] = 'false'
    const open = await latchkey.anotherContainer()
    const { series } = await seriesIn(await open.call('/series'))
    expect(series).toEqual([{ source: 'shared', columns: ['a', 'box', 'time'] }])
    expect((await open.call(`/series?client_id=${clientId}`)).status).toBe(403)
    expect((await seriesIn(await get(''))).series).toHaveLength(1)
    expect((await get('', 'a.b.c')).status).toBe(401)
    process.env['DOWNLOAD_REQUIRES_AUTH'] = ''
    await latchkey.anotherContainer()
    expect((await latchkey.call('/series')).status).toBe(401)
  })
})
