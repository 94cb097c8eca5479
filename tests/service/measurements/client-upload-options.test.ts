// @module-tag local-only
// It tests how uploads are read, which does not depend on AWS.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'

/** Upload options that are registered with a client. */
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

const register = (body: Record<string, unknown>) =>
  latchkey.asAdmin('/register', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ callback_url: 'https://app.example/', scope: 'upload download', ...body }),
  })

/** A client with upload options and its token. */
async function clientWith(upload: Record<string, unknown>) {
  const { client_id } = await latchkey.register({ scope: 'upload download', upload })
  return { client_id, token: await latchkey.token(client_id) }
}

const send = (token: string, body: string, type = 'text/csv', query = '') =>
  latchkey.call(`/upload?${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type },
    body,
  })

const GERMAN = { delimiter: 'semicolon', decimal: 'comma', header: 'absent', columns: 'when,temp', skip: 1 }
const TIMES = { time_column: 'when', time_format: '%d.%m.%Y %H:%M', tz: 'Europe/Berlin' }
const BODY = 'Station 1\n01.07.2026 14:00;21,5\n'
const ROW = { when: '2026-07-01T12:00:00.000Z', temp: 21.5 }

describe('POST /register', () => {
  it('returns the upload options as texts', async () => {
    const upload = { ...GERMAN, ...TIMES, strict: false }
    const answer = await register({ upload })
    expect(answer.status).toBe(200)
    expect(await fieldsOf(answer)).toMatchObject({ upload: { ...GERMAN, ...TIMES, skip: '1', strict: 'false' } })
  })

  it.each([{}, { tz: null }])('returns none for %j', async (upload) => {
    const answer = await register({ upload })
    expect(answer.status).toBe(200)
    expect(Object.keys(await fieldsOf(answer))).toEqual(['client_id'])
  })

  it.each([
    [{ tz: 'Berlin' }, 'upload.tz', 'must be an IANA time zone, such as Europe/Berlin'],
    [{ time_format: '%Q' }, 'upload.time_format', 'has the directive %Q, which is not supported'],
    [{ strict: 'yes' }, 'upload.strict', 'must be true or false'],
    [{ skip: -1 }, 'upload.skip', 'must be a whole number of lines, at most 9999'],
    [{ delimiter: ['a'] }, 'upload.delimiter', 'must be a string, a number, true or false'],
    [{ columns: 'time,temp' }, 'upload.columns', 'requires header=absent'],
    [{ header: 'absent' }, 'upload.columns', 'must name the columns where header is absent'],
    [{ dry_run: true }, 'upload.dry_run', 'is unknown'],
    ['tz=UTC', 'upload', 'must be a JSON object'],
  ])('rejects %j and names the option', async (upload, field, detail) => {
    const answer = await register({ upload })
    expect(answer.status).toBe(400)
    expect(await problemOf(answer)).toMatchObject({ code: 'parameter_invalid', errors: [{ field, detail }] })
  })
})

it('limits the length of an option', async () => {
  const answer = await register({ upload: { header: 'absent', columns: 'x'.repeat(4_097) } })
  expect(answer.status).toBe(400)
  expect(await problemOf(answer)).toMatchObject({
    errors: [{ field: 'upload.columns', detail: 'must have at most 4096 characters' }],
  })
})

describe('POST /upload', () => {
  it('reads CSV with the options of the client of the token', async () => {
    const { client_id, token } = await clientWith({ ...GERMAN, ...TIMES })
    expect(await fieldsOf(await send(token, BODY))).toEqual({ 'saved-in-db': 1 })
    expect(await latchkey.rows(client_id, { cols: 'when,temp' })).toEqual([ROW])
  })

  it.each(['', 'client_id'])('reads CSV with the options of the client of the salt (query: %j)', async (name) => {
    const salt = `salt of a station ${name} 0123`
    const { client_id } = await latchkey.register({ checksum_salt: salt, upload: { ...GERMAN, ...TIMES } })
    const answer = await latchkey.call(`/upload?${name === '' ? '' : `client_id=${client_id}`}`, {
      method: 'POST',
      headers: {
        'content-type': 'text/csv',
        'content-sha256-salted': createHash('sha256').update(`${BODY}${salt}`).digest('hex'),
      },
      body: BODY,
    })
    expect(await fieldsOf(answer)).toEqual({ 'saved-in-db': 1 })
    expect(await latchkey.rows(client_id, { cols: 'when,temp' })).toEqual([ROW])
  })

  it('reads CSV with the options of the client of a device key', async () => {
    const salt = 'salt of a station 4567'
    const { client_id } = await latchkey.register({ checksum_salt: salt, upload: { ...GERMAN, ...TIMES } })
    const answer = await latchkey.call('/upload', {
      method: 'POST',
      headers: { 'content-type': 'text/csv', authorization: `Basic ${btoa(`${client_id}:${salt}`)}` },
      body: BODY,
    })
    expect(await fieldsOf(answer)).toEqual({ 'saved-in-db': 1 })
    expect(await latchkey.rows(client_id, { cols: 'when,temp' })).toEqual([ROW])
  })

  it('applies the options of CSV only to CSV, and those of times to every format', async () => {
    const { client_id, token } = await clientWith({ ...GERMAN, ...TIMES })
    const json = '{"when":["01.07.2026 14:00"],"temp":[21.5]}'
    expect(await fieldsOf(await send(token, json, 'application/json'))).toEqual({ 'saved-in-db': 1 })
    expect(await latchkey.rows(client_id, { cols: 'when,temp' })).toEqual([ROW])
    // A parameter of the query is still rejected.
    const explicit = await send(token, json, 'application/json', 'delimiter=semicolon')
    expect([explicit.status, await faultyFields(explicit)]).toEqual([400, ['delimiter']])
  })

  it('reads tabs where the Content-Type names them', async () => {
    const { client_id, token } = await clientWith({ delimiter: 'semicolon' })
    await send(token, 'time\ttemp\n1706792400\t21.5\n', 'text/tab-separated-values')
    expect(await latchkey.rows(client_id, { cols: 'temp' })).toEqual([{ temp: 21.5 }])
  })

  it('prefers the parameters of the query', async () => {
    const { client_id, token } = await clientWith({ ...GERMAN, ...TIMES, strict: true })
    const query =
      'header=present&skip=0&delimiter=comma&tz=UTC&time_column=time&time_format=%25Y-%25m-%25d&strict=false'
    const answer = await send(token, 'time,temp!\n2026-07-01,1\n', 'text/csv', query)
    expect(await fieldsOf(answer)).toEqual({
      'saved-in-db': 1,
      warnings: ['column "temp!" is stored as "temp"'],
    })
    expect(await latchkey.rows(client_id, { cols: 'time,temp' })).toEqual([
      { time: '2026-07-01T00:00:00.000Z', temp: 1 },
    ])
  })

  it('rejects warnings if the client is strict', async () => {
    const { client_id, token } = await clientWith({ strict: true })
    const answer = await send(token, 'time,temp!\n2026-07-01,1\n')
    expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'body_invalid'])
    expect(await latchkey.rows(client_id)).toEqual([])
  })

  it('stores the rows of a repeated upload once', async () => {
    const { client_id, token } = await clientWith({ tz: 'Europe/Berlin' })
    for (let time = 0; time < 2; time += 1) await send(token, 'time,temp\n2026-07-01 14:00,1\n')
    expect(await latchkey.rows(client_id, { cols: 'time' })).toEqual([{ time: '2026-07-01T12:00:00.000Z' }])
  })

  it('reports a body that is invalid with the options of the client', async () => {
    const { token } = await clientWith(TIMES)
    const answer = await send(token, 'time,temp\n2026-07-01,1\n')
    expect([answer.status, await faultyFields(answer)]).toEqual([400, ['time_column']])
  })
})
