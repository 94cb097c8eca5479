import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CSV, completeFile, createFile, deleteFile, fileOf, getFile, PHOTO } from '../../support/files.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { fieldsOf } from '../../support/responses.ts'

let latchkey: Latchkey
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey({ MAX_FILE_MB: '2' })
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  token = await latchkey.token((await latchkey.register()).client_id)
})

const outcomeOf = async (answer: Response) => {
  const { code, detail } = await fieldsOf(answer)
  return [answer.status, code, detail]
}

describe('POST /files rejects', () => {
  it.each([
    ['no size', { ...CSV }, 'size'],
    ['the size 0', { ...CSV, size: 0 }, 'size'],
    ['a negative size', { ...CSV, size: -5 }, 'size'],
    ['a size that no file has', { ...CSV, size: 1e300 }, 'size'],
    ['a text as size', { ...CSV, size: '12' }, 'size'],
    ['a list as size', { ...CSV, size: [12] }, 'size'],
    ['an unknown purpose', { ...CSV, size: 1, purpose: 'exports' }, 'purpose'],
    ['a type with a line end', { ...PHOTO, size: 1, type: 'image/png\r\nx-amz-acl: public-read' }, 'type'],
    ['a type that is not one', { ...PHOTO, size: 1, type: '../../etc' }, 'type'],
    ['a name that is a folder', { ...PHOTO, size: 1, name: 'photos/..' }, 'name'],
    ['a long name', { ...PHOTO, size: 1, name: 'x'.repeat(10_000) }, 'name'],
    ['a digest of another length', { ...PHOTO, size: 1, sha256: 'ff' }, 'sha256'],
    ['an unknown option', { ...CSV, size: 1, options: { delimeter: ';' } }, 'options.delimeter'],
    ['the option client_id', { ...CSV, size: 1, options: { client_id: 'x' } }, 'options.client_id'],
    ['an invalid option', { ...CSV, size: 1, options: { tz: 'Nowhere' } }, 'options.tz'],
    ['an option that is an object', { ...CSV, size: 1, options: { tz: {} } }, 'options.tz'],
    ['an unknown member', { ...CSV, size: 1, key: 'submissions/x' }, 'key'],
  ])('%s with 400, and names the field', async (_what, body, field) => {
    const answer = await createFile(latchkey, token, body)
    expect(answer.status).toBe(400)
    expect(await fieldsOf(answer)).toMatchObject({ code: 'parameter_invalid', errors: [{ field }] })
  })

  it('a file above the limit with 413, and names the limit', async () => {
    const largest = await createFile(latchkey, token, { ...CSV, size: 2_000_000 })
    expect(largest.status).toBe(201)
    expect(await outcomeOf(await createFile(latchkey, token, { ...CSV, size: 2_000_001 }))).toEqual([
      413,
      'body_too_large',
      expect.stringContaining('2000000 bytes, because MAX_FILE_MB is 2'),
    ])
  })

  it('measurements without lines with 415', async () => {
    const answer = await createFile(latchkey, token, { ...CSV, size: 1, type: 'application/json' })
    expect(await outcomeOf(answer)).toEqual([415, 'content_type_unsupported', expect.stringContaining('NDJSON')])
  })

  const manyAtOnce = localOnly('it needs 101 instances of a function at once')
  it('the 101st file of a client from one address in an hour with 429', manyAtOnce, async () => {
    const answers = await Promise.all(
      Array.from({ length: 101 }, () => createFile(latchkey, token, { ...PHOTO, size: 1 })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(100)
    const [rejected] = answers.filter(({ status }) => status === 429)
    expect(Number(rejected?.headers.get('retry-after'))).toBeGreaterThan(3_000)
    const other = await latchkey.token((await latchkey.register()).client_id)
    expect((await createFile(latchkey, other, { ...PHOTO, size: 1 })).status).toBe(201)
  })
})

describe('an id', () => {
  it.each([
    ['x', 400],
    ['a%2fb', 404],
    ['%ff', 400],
    ['C93F0A7D5BE1428E96D4B1A0F7E2C358', 400],
    ['0'.repeat(32), 404],
    ['0'.repeat(1_000), 400],
  ])('%.40s gets %i', async (id, status) => {
    for (const request of [getFile, completeFile, deleteFile])
      expect((await request(latchkey, token, id)).status).toBe(status)
  })
})

it('a token without the scope upload gets 403, and no token 401', async () => {
  const reader = await latchkey.token((await latchkey.register({ scope: 'download' })).client_id)
  expect((await createFile(latchkey, reader, { ...PHOTO, size: 1 })).status).toBe(403)
  expect((await latchkey.asAdmin(`/files/${'0'.repeat(32)}`)).status).toBe(401)
  expect((await latchkey.call(`/files/${'0'.repeat(32)}`)).status).toBe(401)
})

describe('a URL of a part', () => {
  it('works for its part only, and not with changes', localOnly('An emulator does not check signatures.'), async () => {
    const { upload } = await fileOf(await createFile(latchkey, token, { ...PHOTO, size: 5 }), 201)
    const url = new URL(upload?.[0]?.url ?? '')
    const send = (address: URL, init: RequestInit = {}) => fetch(address, { method: 'PUT', body: 'abcde', ...init })
    for (const [name, value] of [
      ['partNumber', '2'],
      ['uploadId', 'another'],
      ['X-Amz-Expires', '604800'],
    ] as const) {
      const changed = new URL(url)
      changed.searchParams.set(name, value)
      expect((await send(changed)).status).toBe(403)
    }
    const elsewhere = new URL(url)
    elsewhere.pathname = elsewhere.pathname.replace(/[0-9a-f]{32}$/, '0'.repeat(32))
    expect((await send(elsewhere)).status).toBe(403)
    expect((await send(url, { method: 'GET', body: null })).status).toBe(403)
    expect((await send(url)).status).toBe(200)
  })
})
