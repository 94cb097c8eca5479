// @module-tag local-only
// It tests checksums and their limits, which do not depend on AWS; checksum-expiry-required.test.ts sends some to a deployment.
import { createHash } from 'node:crypto'
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { type Body, problemOf } from '../../support/responses.ts'
import {
  BODY_DIGESTS,
  DOWNLOAD_DIGESTS,
  DOWNLOAD_WITHOUT_QUESTION_MARK_MD5,
  JSON_BODY,
  JSON_DIGESTS,
  SALT,
  WRONG_MD5,
} from '../../support/vectors.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_SALTS: `["another-salt-entirely","${SALT}"]` })
})
afterAll(() => latchkey.stop())

const post = (body: Body, headers: Record<string, string>, path = '/upload') =>
  latchkey.call(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
const md5 = (payload: string, salt: string) =>
  createHash('md5')
    .update(payload + salt)
    .digest('hex')

describe('POST /upload with salted checksums', () => {
  it.each(Object.entries(JSON_DIGESTS))('accepts Content-%s-Salted', async (algorithm, digest) => {
    const answer = await post(JSON_BODY, { [`Content-${algorithm}-Salted`]: digest })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ 'saved-in-db': 2 })
  })

  it('accepts digests in upper case', async () => {
    expect((await post(JSON_BODY, { 'CONTENT-md5-SALTED': JSON_DIGESTS['MD5']?.toUpperCase() ?? '' })).status).toBe(200)
  })

  it.each(BODY_DIGESTS)('verifies digests over the raw bytes of $name', async ({ type, body, md5, sha256 }) => {
    const answer = await post(body, {
      'content-type': type,
      'Content-MD5-Salted': md5,
      'Content-SHA256-Salted': sha256,
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ 'saved-in-db': 2 })
  })

  it.each([...WRONG_MD5, '', 'b71e91', 'not hexadecimal at all, really!!'])('rejects the digest %j', async (digest) => {
    const answer = await post(JSON_BODY, { 'Content-MD5-Salted': digest })
    expect(answer.status).toBe(401)
    expect((await problemOf(answer)).code).toBe('credentials_invalid')
  })

  it('rejects a request if one of its checksums is wrong', async () => {
    const headers = { 'Content-MD5-Salted': JSON_DIGESTS['MD5'] ?? '', 'Content-SHA1-Salted': '0'.repeat(40) }
    expect((await post(JSON_BODY, headers)).status).toBe(401)
  })

  it('ignores unknown checksum algorithms', async () => {
    const headers = { 'Content-MD5-Salted': JSON_DIGESTS['MD5'] ?? '', 'Content-CRC32-Salted': 'cbf43926' }
    expect((await post(JSON_BODY, headers)).status).toBe(200)
  })

  it.each([{ 'Content-SHAKE_128-Salted': '' }, { 'Content-CRC32-Salted': 'cbf43926' }, {}])(
    'returns the header name and the algorithms in the 401 to a caller with %o',
    async (headers) => {
      const answer = await post(JSON_BODY, headers)
      expect(answer.status).toBe(401)
      const { code, detail } = await problemOf(answer)
      expect(code).toBe('credentials_missing')
      expect(detail).toContain('Content-<ALG>-Salted')
      expect(detail).toContain('sha3_256')
    },
  )

  it('stores the rows under the shared client, with the algorithms that matched', async () => {
    const body = '{"time":[1],"shared":[1]}'
    const sha1 = createHash('sha1')
      .update(body + SALT)
      .digest('hex')
    await post(body, { 'Content-SHA1-Salted': sha1, 'Content-MD5-Salted': md5(body, SALT) })
    const rows = await latchkey.rows('default', { min_shared: '1' })
    expect(rows).toEqual([
      expect.objectContaining({ shared: 1, matched_checksums: 'md5,sha1', failed_checksums: null }),
    ])
  })
})

describe('a client’s own salt', () => {
  it('stores the rows under that client, with or without `client_id`', async () => {
    const { client_id } = await latchkey.register({ checksum_salt: 'salt of one client' })
    const [named, unnamed] = ['{"time":[1],"a":[1]}', '{"time":[2],"a":[2]}']
    const first = await post(
      named,
      { 'Content-MD5-Salted': md5(named, 'salt of one client') },
      `/upload?client_id=${client_id}`,
    )
    const second = await post(unnamed, { 'Content-MD5-Salted': md5(unnamed, 'salt of one client') })
    expect([first.status, second.status]).toEqual([200, 200])
    expect((await latchkey.rows(client_id)).map(({ a }) => a)).toEqual([1, 2])
  })

  it('is valid immediately in a container that has already cached other salts', async () => {
    const body = '{"time":[1],"b":[1]}'
    for (const salt of ['first salt of many', 'second salt of many', 'third salt of many']) {
      const { client_id } = await latchkey.register({ checksum_salt: salt })
      expect((await post(body, { 'Content-MD5-Salted': md5(body, salt) })).status).toBe(200)
      expect(await latchkey.rows(client_id)).toHaveLength(1)
    }
  })

  it('is invalid after its client was deleted, once another salt was loaded', async () => {
    const body = '{"time":[1],"d":[1]}'
    const send = async (salt: string) => (await post(body, { 'Content-MD5-Salted': md5(body, salt) })).status
    const { client_id } = await latchkey.register({ checksum_salt: 'a salt deleted soon' })
    expect(await send('a salt deleted soon')).toBe(200)
    await new DynamoDBClient({ endpoint: latchkey.database.endpoint }).send(
      new DeleteItemCommand({ TableName: process.env['CLIENTS_TABLE'], Key: { client_id: { S: client_id } } }),
    )
    await latchkey.register({ checksum_salt: 'a salt loaded later' })
    expect(await send('a salt loaded later')).toBe(200)
    expect(await send('a salt deleted soon')).toBe(401)
  })

  it('does not give access to another client', async () => {
    await latchkey.register({ checksum_salt: 'a salt of my own' })
    const other = await latchkey.register({ checksum_salt: 'a salt of their own' })
    const headers = { 'Content-MD5-Salted': md5(JSON_BODY, 'a salt of my own') }
    expect((await post(JSON_BODY, headers, `/upload?client_id=${other.client_id}`)).status).toBe(401)
    expect((await post(JSON_BODY, headers, '/upload?client_id=nobody')).status).toBe(401)
    expect(await latchkey.rows(other.client_id)).toEqual([])
  })

  it('reads only the rows of its own client', async () => {
    const { client_id } = await latchkey.register({ checksum_salt: 'the salt of a reader' })
    const body = '{"time":[1],"c":[1]}'
    await post(body, { 'Content-MD5-Salted': md5(body, 'the salt of a reader') })
    const read = (path: string) =>
      latchkey.call(path, { headers: { 'Content-MD5-Salted': md5(path, 'the salt of a reader') } })
    expect(await (await read('/download?format=csv&cols=c')).text()).toBe('c\r\n1\r\n')
    expect(await (await read(`/download?format=csv&cols=c&client_id=${client_id}`)).text()).toBe('c\r\n1\r\n')
    expect((await read('/download?client_id=default')).status).toBe(403)
  })
})

describe('GET /download with salted checksums', () => {
  it.each(DOWNLOAD_DIGESTS)('accepts digests over $path', async ({ path, md5, sha256 }) => {
    const seen = path.endsWith('?') ? '/download' : path
    const answer = await latchkey.call(seen, {
      headers: { 'Content-MD5-Salted': md5, 'Content-SHA256-Salted': sha256 },
    })
    expect(answer.status).toBe(200)
  })

  it('rejects a digest over the path without its question mark', async () => {
    const answer = await latchkey.call('/download', {
      headers: { 'Content-MD5-Salted': DOWNLOAD_WITHOUT_QUESTION_MARK_MD5 },
    })
    expect(answer.status).toBe(401)
  })
})
