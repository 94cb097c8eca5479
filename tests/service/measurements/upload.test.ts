import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { decodeJwt, generateKeyPair, importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { type Body, fieldsOf, problemOf } from '../../support/responses.ts'
import { CSV_BODY, FORM_BODY, JSON_BODY, MSGPACK_BODY } from '../../support/vectors.ts'

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey({ ACCEPT_COLUMNS: '(?!secret).*' })
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register()).client_id
  token = await latchkey.token(clientId)
})

const upload = (body: Body, type = 'application/json', headers: Record<string, string> = {}) =>
  latchkey.upload(token, body, type, headers)
const cells = async (...cols: string[]) => latchkey.rows(clientId, { cols: cols.join(',') })

const README_ROWS = [
  { time_utc: 23, co2: 2351 },
  { time_utc: 43, co2: 1223 },
]

describe('POST /upload formats', () => {
  it.each([
    ['application/json', JSON_BODY],
    ['application/json; charset=utf-8', JSON_BODY],
    ['Application/JSON', JSON_BODY],
    ['application/json', '[{"time_utc":43,"co2":1223},{"time_utc":23,"co2":2351}]'],
    ['application/x-ndjson', '{"time_utc":43,"co2":1223}\n{"time_utc":23,"co2":2351}\n'],
    ['text/csv', CSV_BODY],
    ['text/csv', 'time_utc,co2\n43,1223\n23,2351'],
    ['text/csv; header=present', 'TIME_UTC,CO2\r\n43,1223\r\n23,2351\r\n'],
    ['application/x-www-form-urlencoded', FORM_BODY],
    ['application/x-www-form-urlencoded', 'time_utc=43&co2=1223&time_utc=23&co2=2351'],
    ['application/msgpack', MSGPACK_BODY],
    ['application/x-msgpack', MSGPACK_BODY],
  ])('%s stores two rows', async (type, body) => {
    const answer = await upload(body, type)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ 'saved-in-db': 2 })
    expect(await cells('time_utc', 'co2')).toEqual(README_ROWS)
  })

  it('store the same table from four formats once', async () => {
    await upload(JSON_BODY)
    await upload(CSV_BODY, 'text/csv')
    await upload(FORM_BODY, 'application/x-www-form-urlencoded')
    await upload(MSGPACK_BODY, 'application/msgpack')
    expect(await cells('time_utc', 'co2')).toEqual(README_ROWS)
  })

  it('accept gzip', localOnly('The emulator damages a compressed body.'), async () => {
    const answer = await upload(gzipSync(JSON_BODY), 'application/json', { 'content-encoding': 'gzip' })
    expect(await answer.json()).toEqual({ 'saved-in-db': 2 })
  })

  it('accept a single row as an object of values', async () => {
    expect(await (await upload('{"time":5,"co2":7}')).json()).toEqual({ 'saved-in-db': 1 })
    expect(await cells('time', 'co2')).toEqual([{ time: 5, co2: 7 }])
  })

  it.each([['{}'], ['[]'], ['{"co2":[]}']])('store no row for %s', async (body) => {
    expect(await (await upload(body)).json()).toEqual({ 'saved-in-db': 0 })
    expect(await latchkey.rows(clientId)).toEqual([])
  })
})

describe('POST /upload warnings', () => {
  it.each([
    [
      '{"time":[1,2],"a":[NaN,-Infinity]}',
      'column "a", 2 values (first in row 1): NaN or infinite, stored as null',
      [null, null],
    ],
    [
      '{"time":[1,2],"a":[1,9007199254740993]}',
      'column "a", 1 value (row 2): more digits than a JSON number holds, stored as text',
      [1, '9007199254740993'],
    ],
  ])('%s', async (body, warning, values) => {
    expect(await (await upload(body)).json()).toEqual({ 'saved-in-db': 2, warnings: [warning] })
    expect((await cells('a')).map(({ a }) => a)).toEqual(values)
  })

  it('reports an unreadable time', async () => {
    const answer = await fieldsOf(await upload('{"time":["yesterday",5],"a":[1,2]}'))
    expect(answer['warnings']).toEqual([
      'column "time", 1 value (row 1): not readable as a time, the time of receipt is used for the row',
    ])
    expect(await cells('time', 'a')).toEqual([
      { time: 5, a: 2 },
      { time: 'yesterday', a: 1 },
    ])
  })

  it('reports columns that ACCEPT_COLUMNS does not allow or the server sets', async () => {
    const answer = await (await upload('{"time":[1],"secret_a":[2],"time_upload_utc":[3],"b (ppm)":[4]}')).json()
    expect(answer).toEqual({
      'saved-in-db': 1,
      warnings: [
        'column "b (ppm)" is stored as "b ppm"',
        'column "secret_a" was not stored: ACCEPT_COLUMNS does not allow it',
        'column "time_upload_utc" was not stored: the server sets it itself',
      ],
    })
    expect(await cells('time', 'b ppm')).toEqual([{ time: 1, 'b ppm': 4 }])
  })

  it('stores no row if no column remains', async () => {
    const answer = await fieldsOf(await upload('{"secret_a":[2]}'))
    expect(answer['saved-in-db']).toBe(0)
    expect(await latchkey.rows(clientId)).toEqual([])
  })
})

describe('the source of a row', () => {
  it('is the box column, or the participant, or `default`', async () => {
    const named = await latchkey.token(clientId, { participant_id: 'P 7#ä' })
    await latchkey.upload(named, '{"time":[1,2,3],"box":["door",null,0],"a":[1,2,3]}')
    await upload('{"time":[4],"a":[4]}')
    const bySource = async (source: string, of: Record<string, string> = {}) =>
      (await latchkey.rows(clientId, { source, cols: 'a', ...of })).map(({ a }) => a)
    const participant = { participant_id: 'P 7#ä' }
    expect(await bySource('door', participant)).toEqual([1])
    expect(await bySource('P 7#ä', participant)).toEqual([2])
    expect(await bySource('0', participant)).toEqual([3])
    expect(await bySource('default')).toEqual([4])
  })
})

describe('repeating an upload', () => {
  it('stores rows with times once, also concurrently', async () => {
    const uploads = await Promise.all(Array.from({ length: 10 }, () => upload(JSON_BODY)))
    expect(uploads.map(({ status }) => status)).toEqual(new Array(10).fill(200))
    const [first] = await latchkey.rows(clientId)
    await upload(JSON_BODY)
    const rows = await latchkey.rows(clientId)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toEqual(first)
  })

  it('stores rows without times twice', async () => {
    await upload('{"a":[1]}')
    await upload('{"a":[1]}')
    expect(await cells('a')).toEqual([{ a: 1 }, { a: 1 }])
  })

  it('stores rows without times once under the same Idempotency-Key', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => upload('{"a":[1,2]}', 'application/json', { 'idempotency-key': '"k-1"' })),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(await cells('a')).toEqual([{ a: 1 }, { a: 2 }])
  })

  it('rejects another body under the same key with 422', async () => {
    await upload('{"a":[1]}', 'application/json', { 'idempotency-key': 'k-2' })
    const answer = await upload('{"a":[2]}', 'application/json', { 'idempotency-key': 'k-2' })
    expect(answer.status).toBe(422)
    expect((await problemOf(answer)).code).toBe('idempotency_key_reused')
    expect(await cells('a')).toEqual([{ a: 1 }])
  })

  it('separates the keys of different clients', async () => {
    const other = await latchkey.register()
    await upload('{"a":[1]}', 'application/json', { 'idempotency-key': 'k-3' })
    const answer = await latchkey.upload(await latchkey.token(other.client_id), '{"a":[2]}', 'application/json', {
      'idempotency-key': 'k-3',
    })
    expect(answer.status).toBe(200)
  })

  it.each(['', 'x'.repeat(256)])('rejects the key %j with 400', async (key) => {
    const answer = await upload('{"a":[1]}', 'application/json', { 'idempotency-key': key })
    expect((await problemOf(answer)).errors[0]?.field).toBe('Idempotency-Key')
  })
})

describe('POST /upload errors', () => {
  const refused = async (body: Body, type: string, headers: Record<string, string> = {}) => {
    const answer = await upload(body, type, headers)
    const stored = await latchkey.rows(clientId)
    expect(stored).toEqual([])
    return { ...(await fieldsOf(answer)), status: answer.status }
  }

  it.each([
    ['application/json', '{"a":[1,2', 400, { line: 1, column: 10, byte: 9 }],
    ['application/json', '{"a":[1],\n "b":[x]}', 400, { line: 2, column: 7, byte: 16 }],
    ['application/x-ndjson', '{"a":1}\n{"a":}\n', 400, { line: 2, column: 6, byte: 13 }],
    ['text/csv', 'a,b\n1,2\n1,2,3\n', 400, { line: 3, byte: 8 }],
    ['text/csv', 'a,b\n1,"2\n', 400, { line: 2, byte: 4 }],
    ['application/x-www-form-urlencoded', 'a=1&b=%zz', 400, { line: 1, column: 7, byte: 6 }],
    ['application/msgpack', MSGPACK_BODY.subarray(0, 20), 400, { byte: 18 }],
  ])('reports where %s fails to parse', async (type, body, status, place) => {
    const answer = await refused(body, type)
    expect(answer).toMatchObject({ status, code: 'body_invalid', errors: [place] })
  })

  it.each([
    ['a list inside a row', '[{"a":1},{"a":[1]}]', { row: 2 }],
    ['an object inside a column', '{"a":[1,{"b":2}]}', { row: 2 }],
    ['an object among columns', '{"a":[1],"b":{}}', { field: 'b' }],
    ['a row that is a number', '[{"a":1},7]', { row: 2 }],
    ['two columns of one name', '{"CO2":[1],"co2":[2]}', { field: 'co2' }],
    ['an empty name', '{"":[1]}', { field: 'column 1' }],
    ['half a surrogate pair', '{"a":["\\ud800"]}', { field: 'a', row: 1 }],
  ])('rejects %s with 400 and names the place', async (_name, body, fault) => {
    expect(await refused(body, 'application/json')).toMatchObject({ status: 400, errors: [fault] })
  })

  it.each([
    ['a repeated name', '{"a":[1],"a":[2]}'],
    ['null', 'null'],
    ['a number', '7'],
    ['an empty body', ''],
  ])('rejects %s with 400', async (_name, body) => {
    expect(await refused(body, 'application/json')).toMatchObject({ status: 400, code: 'body_invalid' })
  })

  it.each([['application/xml'], ['multipart/form-data; boundary=x'], ['constructor'], ['']])(
    'rejects Content-Type %j with 415 and lists the accepted types',
    async (type) => {
      const answer = await upload(JSON_BODY, type)
      expect(answer.status).toBe(415)
      expect(answer.headers.get('accept')).toContain('application/msgpack')
    },
  )

  it('rejects an unknown charset or encoding with 415', async () => {
    expect((await refused(JSON_BODY, 'application/json; charset=klingon')).status).toBe(415)
    expect((await refused(JSON_BODY, 'application/json', { 'content-encoding': 'br' })).status).toBe(415)
  })

  it('rejects invalid or truncated gzip with 400', async () => {
    expect((await refused(JSON_BODY, 'application/json', { 'content-encoding': 'gzip' })).status).toBe(400)
    const half = gzipSync(JSON_BODY).subarray(0, 20)
    expect((await refused(half, 'application/json', { 'content-encoding': 'gzip' })).status).toBe(400)
  })

  it(
    'rejects a body over 6 MB, also after decompression, with 413',
    localOnly('The emulator damages a compressed body.'),
    async () => {
      expect(await refused(`{"a":["${'x'.repeat(6_000_000)}"]}`, 'application/json')).toMatchObject({
        status: 413,
        code: 'body_too_large',
      })
      const bomb = gzipSync(Buffer.alloc(50_000_000, 32))
      expect(bomb.length).toBeLessThan(100_000)
      expect((await refused(bomb, 'application/json', { 'content-encoding': 'gzip' })).status).toBe(413)
    },
  )

  it.each([
    ['rows', `a\n${'1\n'.repeat(100_001)}`, '100001 rows; at most 100000'],
    ['columns', `${Array.from({ length: 1001 }, (_, n) => `c${n}`).join(',')}\n`, 'more than 1000 columns'],
    ['characters of a name', `${'n'.repeat(129)}\n1\n`, 'more than 128 characters'],
    ['bytes of a text', `a\n${'x'.repeat(4097)}\n`, 'at most 4096 bytes'],
    ['characters of a box', `box\n${'x'.repeat(257)}\n`, 'at most 256 characters'],
    ['boxes', `box\n${Array.from({ length: 1001 }, (_, n) => `b${n}`).join('\n')}\n`, 'more than 1000 boxes'],
  ])('rejects too many %s with 400 and names the limit', async (_name, body, sentence) => {
    const answer = await refused(body, 'text/csv')
    expect(answer).toMatchObject({ status: 400, code: 'limit_exceeded' })
    expect(answer).toHaveProperty('detail', expect.stringContaining(sentence))
  })

  it('rejects a row larger than a block with 400', async () => {
    const names = Array.from({ length: 100 }, (_, n) => `c${n}`)
    const answer = await refused(`${names.join(',')}\n${names.map(() => 'x'.repeat(4000)).join(',')}\n`, 'text/csv')
    expect(answer).toMatchObject({ status: 400, code: 'limit_exceeded', errors: [{ row: 1 }] })
  })

  it('never quotes the body', async () => {
    const answer = await upload('{"a":[my-secret-value]}')
    expect(await answer.text()).not.toContain('secret')
  })
})

describe('authentication of POST /upload', () => {
  const as = (bearer: string) => latchkey.upload(bearer, JSON_BODY)

  it('rejects a forged token of another issuer, audience, key or type with 401', async () => {
    const live = await latchkey.token(clientId)
    const { jti = '' } = decodeJwt(live)
    const { privateKey } = await generateKeyPair('RS256')
    const own = await importJWK(JSON.parse(process.env['SIGNING_KEYS'] ?? '').keys[0], 'RS256')
    const kid = JSON.parse(process.env['SIGNING_KEYS'] ?? '').keys[0].kid
    const jwt = (header: Record<string, string>, claims: Record<string, string>, key: typeof own) =>
      new SignJWT({ client_id: clientId, scope: 'upload', ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid, ...header })
        .setIssuer(claims['iss'] ?? latchkey.url)
        .setAudience(claims['aud'] ?? latchkey.url)
        .setSubject(clientId)
        .setJti(claims['jti'] ?? jti)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(key)
    expect((await as(live)).status).toBe(200)
    expect((await as(await jwt({}, {}, own))).status).toBe(200)
    const forged = await Promise.all([
      jwt({}, {}, privateKey),
      jwt({ kid: 'other' }, {}, own),
      jwt({ typ: 'JWT' }, {}, own),
      jwt({}, { iss: 'https://other.example' }, own),
      jwt({}, { aud: 'https://other.example' }, own),
      // Correctly signed but without a token record, like a revoked token after its record expired.
      jwt({}, { jti: randomUUID() }, own),
      jwt({}, { client_id: '0'.repeat(32) }, own),
    ])
    for (const each of forged) expect((await as(each)).status).toBe(401)
  })

  it.each(['a.b.c', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`, 'no-jwt', ''])(
    'rejects the token %j with 401',
    async (bearer) => {
      const answer = await as(bearer)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('Bearer')
    },
  )

  it('rejects an expired token with 401 and token_expired', async () => {
    const key = await importJWK(JSON.parse(process.env['SIGNING_KEYS'] ?? '').keys[0], 'RS256')
    const expired = await new SignJWT({ client_id: clientId, scope: 'upload' })
      .setProtectedHeader({
        alg: 'RS256',
        typ: 'at+jwt',
        kid: JSON.parse(process.env['SIGNING_KEYS'] ?? '').keys[0].kid,
      })
      .setIssuer(latchkey.url)
      .setAudience(latchkey.url)
      .setSubject(clientId)
      .setJti('x')
      .setExpirationTime(Math.floor(Date.now() / 1000) - 60)
      .sign(key)
    expect(await (await as(expired)).json()).toMatchObject({ status: 401, code: 'token_expired' })
  })

  it('rejects a token without the scope with 403', async () => {
    const reader = await latchkey.register({ scope: 'download' })
    const answer = await as(await latchkey.token(reader.client_id))
    expect(answer.status).toBe(403)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="insufficient_scope"')
  })

  it('reports the credentials rather than errors in the body', async () => {
    const answer = await latchkey.upload('a.b.c', '{"broken', 'application/json')
    expect(answer.status).toBe(401)
  })
})
