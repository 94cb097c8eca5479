// @module-tag local-only
// It tests parsers, which do not depend on AWS.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { everyRow, faultyFields, fieldsOf, nextOf, problemOf, rowsOf } from '../../support/responses.ts'

/** Requests of attackers and faulty devices, each of which once caused a failure. */
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

describe('ordered pages', () => {
  it.each(['asc', 'desc'])('return every row once, %s, for any mixture of types in a column', async (direction) => {
    const v = [
      9007199254740992,
      '9007199254740992.5',
      '9007199254740993',
      '9007199254740993.0',
      '1e400',
      '-1e400',
      '1e401',
      0,
      -1,
      'text',
      '',
      true,
      false,
      null,
      '2020-05-03',
      1e300,
      5e-324,
      '0.1234567890123456789012',
      '0.1234567890123456789013',
    ]
    await upload(JSON.stringify({ time: v.map((_, n) => n), v }))
    const rows = await everyRow(get, `/download?format=json&cols=time&number=1&order_by=v,${direction}`)
    expect(rows.map(({ time }) => Number(time)).sort((a, b) => a - b)).toEqual(v.map((_, n) => n))
  })

  it('return a short link to the next page, however long the values are', async () => {
    await upload(JSON.stringify({ time: [1, 2, 3], s: [3, 2, 1].map((n) => '\u0001'.repeat(4_000 + n)) }))
    const first = await get('/download?format=json&cols=time&number=1&order_by=s,asc')
    expect(nextOf(first)?.length).toBeLessThan(500)
    expect(await everyRow(get, '/download?format=json&cols=time&number=1&order_by=s,asc')).toEqual([
      { time: 3 },
      { time: 2 },
      { time: 1 },
    ])
  })

  it('reject a cursor whose row does not exist', async () => {
    await upload('{"time":[1],"a":[1]}')
    const cursor = Buffer.from(
      JSON.stringify({ source: 'default', block: `2020-01-01T00:00:00.000Z#${'x'.repeat(22)}`, row: 0 }),
    ).toString('base64url')
    expect(await faultyFields(await get(`/download?order_by=a,asc&cursor=${cursor}`))).toEqual(['cursor'])
  })
})

describe('a request that runs out of time', () => {
  it('stops storing, rolls back rows without times, and returns 503', async () => {
    const untimed = JSON.stringify({ a: Array.from({ length: 20_000 }, (_, n) => n) })
    latchkey.setRemainingTime(6_000)
    const answer = await upload(untimed)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await problemOf(answer)).toMatchObject({ code: 'storage_unavailable' })
    latchkey.setRemainingTime(29_000)
    expect(await rowsOf(await get('/download?format=json'))).toEqual([])
    expect((await upload(untimed)).status).toBe(200)
    expect(await everyRow(get, '/download?format=json&cols=a&number=10000')).toHaveLength(20_000)
  })

  it('returns a short page with a link, and rejects ordering', async () => {
    await upload('{"time":[1],"a":[1]}')
    latchkey.setRemainingTime(6_000)
    const early = await get('/download?format=json&cols=a')
    expect(await rowsOf(early)).toEqual([])
    expect((await problemOf(await get('/download?order_by=a,asc'))).code).toBe('range_too_large')
    latchkey.setRemainingTime(29_000)
    expect(await rowsOf(await get(nextOf(early) ?? ''))).toEqual([{ a: 1 }])
  })
})

describe('a table that hangs', () => {
  it('ends the upload in time with 503, and no row remains', async () => {
    let writes = 0
    latchkey.database.plan = (command) => {
      if (command === 'PutItem') writes += 1
      return command === 'PutItem' && writes > 4 ? 'never answered' : undefined
    }
    // Latchkey reserves six of them to finish.
    latchkey.setRemainingTime(7_000)
    const answer = await upload(JSON.stringify({ a: Array.from({ length: 20_000 }, (_, n) => n) }))
    latchkey.database.plan = () => undefined
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await rowsOf(await get('/download?format=json'))).toEqual([])
  })
})

describe('a rejected upload', () => {
  it('does not use up its Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'k1' }
    expect((await upload(JSON.stringify({ co2: [1], box: ['x'.repeat(300)] }), 'application/json', key)).status).toBe(
      400,
    )
    expect((await upload('{"co2":[1]}', 'application/json', key)).status).toBe(200)
  })

  it('stores nothing in a series that had room', async () => {
    const columns = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, n) => [`c${from + n}`, 1]))
    await upload(JSON.stringify([{ time: 1, box: 'full', ...columns(0, 990) }]))
    await upload(JSON.stringify([{ time: 2, box: 'full', ...columns(990, 1_980) }]))
    const both = [
      { time: 3, box: 'clean', fresh: 1 },
      { time: 4, box: 'full', ...columns(1_980, 2_280) },
    ]
    expect((await upload(JSON.stringify(both))).status).toBe(400)
    expect(await (await get('/download?format=csv&source=clean')).text()).toBe(
      'time_upload_utc,matched_checksums,failed_checksums\r\n',
    )
  })
})

describe('malformed parameters', () => {
  it.each([
    ['from after to', 'from=2021-01-01&to=2020-01-01', 200],
    ['a long source', `source=${'x'.repeat(3_000)}`, 400],
    ['a long client', `client_id=${'x'.repeat(3_000)}`, 400],
    [
      'a made-up cursor',
      `cursor=${Buffer.from('{"source":"default","block":"~~~","row":0}').toString('base64url')}`,
      400,
    ],
    ['an empty cursor', `cursor=${Buffer.from('{"source":"","block":"","row":0}').toString('base64url')}`, 400],
    ['bounds', 'bounds=1', 400],
    ['__proto__', '__proto__=1', 400],
    ['bytes that are not UTF-8', 'min_a=%ff', 400],
  ])('return the expected status: %s', async (_name, query, status) => {
    await upload('{"time":[1],"a":[1]}')
    expect((await get(`/download?format=json&${query}`)).status).toBe(status)
  })

  it.each(['', 'x'.repeat(3_000), '%00'])('with client %j and a checksum are rejected with 401', async (client) => {
    const headers = { 'content-type': 'application/json', 'Content-MD5-Salted': '0'.repeat(32) }
    const answer = await latchkey.call(`/upload?client_id=${client}`, { method: 'POST', headers, body: '{"a":[1]}' })
    expect(answer.status).toBe(401)
  })

  it('for too many columns in one response are rejected with cols', async () => {
    for (let box = 0; box < 3; box += 1) {
      const columns = Array.from({ length: 900 }, (_, n) => [`box${box} column ${n}`, 1])
      await upload(JSON.stringify([{ time: 1, box, ...Object.fromEntries(columns) }]))
    }
    expect(await faultyFields(await get('/download'))).toEqual(['cols'])
    expect((await get('/download?source=1')).status).toBe(200)
    expect((await get('/download?cols=time')).status).toBe(200)
  })
})

describe('salts', () => {
  it('of two owners cannot be equal', async () => {
    await latchkey.register({ checksum_salt: 'a salt that is only mine' })
    await expect(latchkey.register({ checksum_salt: 'a salt that is only mine' })).rejects.toThrow('is already in use')
  })

  it('of two owners cannot be equal when registered concurrently', async () => {
    const registrations = Array.from({ length: 10 }, () => latchkey.register({ checksum_salt: 'a salt wanted by ten' }))
    const settled = await Promise.allSettled(registrations)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('encrypted with another key are skipped, and the upload returns 401', async () => {
    await latchkey.register({ checksum_salt: 'a salt sealed before' })
    const kept = process.env['SEAL_KEY'] ?? ''
    process.env['SEAL_KEY'] = randomBytes(32).toString('base64url')
    await latchkey.anotherContainer()
    const headers = { 'content-type': 'application/json', 'Content-MD5-Salted': '0'.repeat(32) }
    const answer = await latchkey.call('/upload', { method: 'POST', headers, body: '{"a":[1]}' })
    expect(answer.status).toBe(401)
    process.env['SEAL_KEY'] = kept
    await latchkey.anotherContainer()
  })
})

describe('responses', () => {
  it('list at most twenty errors', async () => {
    const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`unknown${n}`, 1]))
    const answer = await latchkey.asAdmin('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(answer.status).toBe(400)
    expect((await problemOf(answer)).errors).toHaveLength(20)
  })

  it('distinguish a wrong type from a missing value', async () => {
    await expect(latchkey.register({ scope: ['upload'] })).rejects.toThrow('must be a string')
    await expect(latchkey.register({ name: 5 })).rejects.toThrow('must be a string')
  })

  it('have the headers of GET for HEAD, and describe the service at /', async () => {
    const head = await latchkey.call('/download?format=csv', {
      method: 'HEAD',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(head.headers.get('content-type')).toContain('text/csv')
    expect(await fieldsOf(await latchkey.call('/'))).toMatchObject({ hello: 'world', name: 'latchkey' })
  })
})
