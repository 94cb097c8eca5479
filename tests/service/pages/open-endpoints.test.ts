import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { JSON_BODY, JSON_DIGESTS, SALT } from '../../support/vectors.ts'

/** The defaults of co2logserver: UPLOAD_REQUIRES_AUTH and DOWNLOAD_REQUIRES_AUTH are false. */
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({
    UPLOAD_REQUIRES_AUTH: 'false',
    DOWNLOAD_REQUIRES_AUTH: 'false',
    CHECKSUM_SALTS: `${SALT}, another`,
  })
})
afterAll(() => latchkey.stop())

const post = (body: string, headers: Record<string, string> = {}) =>
  latchkey.call('/upload', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
const rows = async (query: string) => (await latchkey.call(`/download?format=json&${query}`)).json()

it('accepts uploads and downloads without credentials', async () => {
  expect(await (await post('{"time":[1],"free":[1]}')).json()).toEqual({ 'saved-in-db': 1 })
  expect(await rows('cols=free,matched_checksums,failed_checksums&min_free=1')).toEqual([
    { free: 1, matched_checksums: null, failed_checksums: null },
  ])
})

it('records the matching checksums', async () => {
  await post(JSON_BODY, { 'Content-MD5-Salted': JSON_DIGESTS['MD5'] ?? '' })
  expect(await rows('cols=co2,matched_checksums,failed_checksums&min_co2=2000')).toEqual([
    { co2: 2351, matched_checksums: 'md5', failed_checksums: null },
  ])
})

it('accepts a wrong checksum, and records it as failed', async () => {
  expect((await post('{"time":[2],"wrong":[1]}', { 'Content-MD5-Salted': '0'.repeat(32) })).status).toBe(200)
  expect(await rows('cols=wrong,matched_checksums,failed_checksums&min_wrong=1')).toEqual([
    { wrong: 1, matched_checksums: null, failed_checksums: 'md5' },
  ])
})

it.each([
  [{ 'Content-SHA1-Salted': 'right', 'Content-MD5-Salted': 'wrong' }, 'sha1', 'md5'],
  [
    { 'Content-SHA256-Salted': 'wrong', 'Content-MD5-Salted': 'right', 'Content-SHA1-Salted': 'wrong' },
    'md5',
    'sha1,sha256',
  ],
  // Each under another salt, as co2logserver tries them.
  [
    { 'Content-SHA256-Salted': 'other', 'Content-MD5-Salted': 'right', 'Content-SHA1-Salted': '' },
    'md5,sha256',
    'sha1',
  ],
])(
  'records which of several checksums match (%#)',
  async (kinds: Record<string, string | undefined>, matched, failed) => {
    const n = Object.values(kinds).join().length + matched.length
    const body = `{"time":[3],"partly":[${n}]}`
    const salts: Record<string, string> = { right: SALT, wrong: 'unknown', other: 'another' }
    const headers = Object.fromEntries(
      Object.entries(kinds).map(([name, kind = '']) => {
        const algorithm = name.split('-')[1]?.toLowerCase() ?? ''
        return [name, kind && hash(algorithm, body + salts[kind], 'hex')]
      }),
    )
    expect((await post(body, headers)).status).toBe(200)
    const columns = 'cols=partly,matched_checksums,failed_checksums'
    expect(await rows(`${columns}&min_partly=${n}&max_partly=${n}`)).toEqual([
      { partly: n, matched_checksums: matched, failed_checksums: failed },
    ])
  },
)

it('rejects an invalid token, because its sender expects the rows under another client', async () => {
  expect((await post('{"a":[1]}', { authorization: 'Bearer nonsense' })).status).toBe(401)
})

it('rejects downloads of other clients’ rows', async () => {
  const { client_id } = await latchkey.register()
  expect((await latchkey.call(`/download?client_id=${client_id}`)).status).toBe(403)
})

it('accepts a device key for its client, and rejects a wrong one with 401', async () => {
  const { client_id } = await latchkey.register({ checksum_salt: 'a salt of one client' })
  const send = async (pair: string) =>
    (await post('{"time":[5],"keyed":[1]}', { authorization: `Basic ${btoa(pair)}` })).status
  expect(await send(`${client_id}:a salt of another`)).toBe(401)
  expect(JSON.stringify(await rows('number=100'))).not.toContain('keyed')
  expect(await send(`${client_id}:a salt of one client`)).toBe(200)
  expect(await latchkey.rows(client_id)).toEqual([expect.objectContaining({ keyed: 1 })])
})
