// @module-tag local-only
// It tests checksums and their limits, which do not depend on AWS; checksum-expiry-required.test.ts sends some to a deployment.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, nextOf, problemOf } from '../../support/responses.ts'

const SALT = 'the salt of one client'
const SHARED = 'the salt of the shared client'

let latchkey: Latchkey
let clientId: string
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_SALTS: SHARED })
  clientId = (await latchkey.register({ scope: 'upload download', checksum_salt: SALT })).client_id
  await latchkey.upload(await latchkey.token(clientId), '{"time":[1,2],"a":[1,2]}')
})
afterAll(() => latchkey.stop())

const digest = (payload: string | Uint8Array, salt: string, algorithm = 'sha256') =>
  createHash(algorithm).update(payload).update(salt).digest('hex')
/** A request without a body, with a checksum over its path and query. */
const read = (path: string, { method = 'GET', signed = path } = {}) =>
  latchkey.call(path, { method, headers: { 'Content-SHA256-Salted': digest(signed, SALT) } })
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

describe.each(['/download?format=csv&cols=a', '/series?source=default'])('a salted GET %s with `expires`', (path) => {
  it('is accepted until that time, and rejected after it', async () => {
    expect((await read(`${path}&expires=${inSeconds(60)}`)).status).toBe(200)
    expect((await read(`${path}&expires=${inSeconds(60)}&client_id=${clientId}`)).status).toBe(200)
    const late = await read(`${path}&expires=${inSeconds(-1)}`)
    expect([late.status, await problemOf(late)]).toMatchObject([
      401,
      {
        code: 'credentials_invalid',
        detail: 'The salted checksum has expired. Sign the request with a later expires.',
      },
    ])
  })

  it.each(['', 'soon', '1e9', '-1', '1.5', '+1', ' 1', '1772442000000'])(
    'is rejected with 400 for %j',
    async (text) => {
      const answer = await read(`${path}&expires=${encodeURIComponent(text)}`)
      expect(answer.status).toBe(400)
      expect(await problemOf(answer)).toMatchObject({ errors: [{ field: 'expires', detail: 'must be UNIX seconds' }] })
    },
  )

  it('is rejected if `expires` is not part of what was signed, or appears twice', async () => {
    const later = `${path}&expires=${inSeconds(600)}`
    expect((await read(later, { signed: `${path}&expires=${inSeconds(60)}` })).status).toBe(401)
    expect((await read(later, { signed: path })).status).toBe(401)
    expect(await faultyFields(await read(`${later}&expires=1`))).toEqual(['expires'])
  })

  it('has no effect on an auth token', async () => {
    const headers = { authorization: `Bearer ${await latchkey.token(clientId)}` }
    expect((await latchkey.call(`${path}&expires=1`, { headers })).status).toBe(200)
    expect((await latchkey.call(`${path}&expires=soon`, { headers })).status).toBe(400)
  })
})

describe('`expires`', () => {
  it.each(['/download?a=1', '/series?a=1', '/download/?a=1', '/v1/download?a=1'])(
    'cannot be avoided by an upload of the signed text %s',
    async (start) => {
      const path = `${start}&expires=${inSeconds(-1)}`
      for (const type of ['application/x-www-form-urlencoded', 'text/csv', 'application/json']) {
        const headers = { 'content-type': type, 'Content-SHA256-Salted': digest(path, SALT) }
        expect((await post(path, headers)).status).toBe(401)
      }
    },
  )

  it('is checked for HEAD, and kept in the link to the next page', async () => {
    const path = `/download?format=csv&number=1&expires=${inSeconds(60)}`
    expect((await read('/download?expires=1', { method: 'HEAD' })).status).toBe(401)
    const first = await read(path, { method: 'HEAD' })
    expect([first.status, nextOf(first)]).toEqual([200, expect.stringMatching(/&expires=\d{10}&/)])
    expect((await read(nextOf(first) ?? '')).status).toBe(200)
  })
})

const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>, path = '/upload') =>
  latchkey.call(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
const checksums = (body: string, salt: string, count: number) =>
  Object.fromEntries(ALGORITHMS.slice(0, count).map((name) => [`Content-${name}-Salted`, digest(body, salt, name)]))

describe('the number of checksums', () => {
  const body = '{"time":[1],"a":[1]}'

  it('is at most four; more are rejected with 400', async () => {
    const four = await post(body, { ...checksums(body, SALT, 4), 'Content-CRC32-Salted': '0', 'Content-X-Salted': '0' })
    expect(four.status).toBe(200)
    const five = await post(body, checksums(body, SALT, 5))
    expect([five.status, await problemOf(five)]).toMatchObject([
      400,
      { code: 'parameter_invalid', detail: 'The request must have at most 4 headers Content-<ALG>-Salted.' },
    ])
  })

  it('does not matter if the request has an auth token', async () => {
    const authorization = `Bearer ${await latchkey.token(clientId)}`
    expect((await post(body, { ...checksums(body, SALT, 6), authorization })).status).toBe(200)
  })
})

describe('a large upload with a salted checksum', () => {
  /** JSON may end with spaces. */
  const bodyOf = (bytes: number) => '{"time":[1],"a":[1]}'.padEnd(bytes)
  const upload = (bytes: number, salt: string, path?: string) => {
    const body = bodyOf(bytes)
    return post(body, checksums(body, salt, 4), path)
  }

  it('needs a client_id beyond a megabyte, and gets 413 with that advice', async () => {
    expect((await upload(1_000_000, SALT)).status).toBe(200)
    const answer = await upload(1_000_001, SALT)
    expect([answer.status, await problemOf(answer)]).toMatchObject([
      413,
      {
        code: 'body_too_large',
        detail: 'A body with a salted checksum has at most 1000000 bytes, unless the query has client_id.',
      },
    ])
    expect((await upload(2_000_000, SALT, `/upload?client_id=${clientId}`)).status).toBe(200)
  })

  it('is accepted for the shared client as client_id=default', async () => {
    expect((await upload(1_000_001, SHARED)).status).toBe(413)
    expect((await upload(2_000_000, SHARED, '/upload?client_id=default')).status).toBe(200)
  })

  it('is measured before decompression', async () => {
    const body = gzipSync(bodyOf(2_000_000))
    const headers = { 'content-encoding': 'gzip', 'Content-SHA256-Salted': digest(body, SALT) }
    expect((await post(body, headers)).status).toBe(200)
  })

  it('is rejected with 401 for a client that is unknown or has no salt', async () => {
    const { client_id } = await latchkey.register()
    for (const id of [client_id, '0'.repeat(32), 'x', '']) {
      const answer = await upload(2_000_000, SALT, `/upload?client_id=${id}`)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([401, 'credentials_invalid'])
    }
  })

  it('needs no client_id with an auth token', async () => {
    expect((await latchkey.upload(await latchkey.token(clientId), bodyOf(2_000_000))).status).toBe(200)
  })
})
