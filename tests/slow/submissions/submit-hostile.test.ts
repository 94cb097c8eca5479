import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { problemOf } from '../../support/responses.ts'
import { accepted, MULTIPART, multipart, part, piecesOf, submit } from '../../support/submissions.ts'

/** Invalid or hostile bodies are rejected with their error, and nothing is stored. */
let latchkey: Latchkey
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  token = await latchkey.token((await latchkey.register()).client_id)
})

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const DOCUMENT = part('name="responses"', '[1]')
const FILE = part('name="file"; filename="a.txt"', 'content', 'Content-Type: text/plain')
const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = MULTIPART) =>
  submit(latchkey, body, { ...headers, authorization: `Bearer ${token}` })

/** The error for a body. The table must not change. */
async function errorOf(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>) {
  const { there } = await piecesOf(latchkey)
  const answer = await send(body, headers)
  expect((await piecesOf(latchkey)).there).toEqual(there)
  const { status, code, detail, errors } = await problemOf(answer)
  expect(answer.status).toBe(status)
  return { status, code, detail, errors }
}
const broken = (why: string) => ({
  status: 400,
  code: 'body_invalid',
  detail: `The body is not a multipart form: ${why}.`,
  errors: [{ field: 'body', detail: why }],
})
const ENDS_EARLY = 'it does not start with the boundary of its Content-Type, or ends before the final one'

describe('a truncated body', localOnly('It needs too many requests.'), () => {
  it('is rejected at every length, unless the form is complete', async () => {
    const whole = multipart([DOCUMENT, FILE], { after: '\r\nepilogue' })
    const end = whole.indexOf('--b--') + 5
    const { there } = await piecesOf(latchkey)
    for (let length = 0; length < end; length += 1) {
      const answer = await send(whole.subarray(0, length))
      expect(answer.status).toBe(400)
      expect((await problemOf(answer)).errors).toEqual(broken(length === 0 ? 'it is empty' : ENDS_EARLY).errors)
    }
    expect((await piecesOf(latchkey)).there).toEqual(there)
    for (let length = end; length <= whole.length; length += 1) await accepted(await send(whole.subarray(0, length)))
    expect((await piecesOf(latchkey)).there).toHaveLength(there.length + 2)
  })

  it('is rejected with any content and boundary', async () => {
    const written = fc.record({
      boundary: fc.string({ unit: fc.constantFrom(..."aZ09-'()+_,./:=?"), minLength: 1, maxLength: 70 }),
      contents: fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }),
      cut: fc.nat(),
      inField: fc.boolean(),
    })
    const { there } = await piecesOf(latchkey)
    await fc.assert(
      fc.asyncProperty(written, async ({ boundary, contents, cut, inField }) => {
        const files = contents
          .filter((bytes) => !Buffer.from(bytes).includes(`--${boundary}`))
          .map((bytes, n) => part(`name="file"; filename="${n}"`, bytes))
        const parts = inField ? [part('name="auth_token"', token), ...files] : files
        const whole = multipart(parts, { boundary, after: '' })
        const answer = await submit(latchkey, whole.subarray(0, cut % whole.length), {
          'content-type': `multipart/form-data; boundary="${boundary}"`,
          ...(!inField && { authorization: `Bearer ${token}` }),
        })
        expect(answer.status).toBe(400)
      }),
      { numRuns: 100 },
    )
    expect((await piecesOf(latchkey)).there).toEqual(there)
  })
})

describe('a body that is too large', () => {
  it('is rejected with 413 for one file or for its compression ratio', async () => {
    const gzip = { ...MULTIPART, 'content-encoding': 'gzip' }
    const of = (...sizes: number[]) =>
      gzipSync(
        multipart(
          sizes.map((size) =>
            part(
              'name="f"; filename="a"',
              randomBytes(size).map((byte) => byte & 7),
            ),
          ),
        ),
      )
    expect(await errorOf(of(1, 4_700_001), gzip)).toMatchObject({
      status: 413,
      detail: 'file number 2 has more than 4700000 bytes. Send it by POST /files, and its id in the field upload.',
      errors: [{ field: 'file', detail: 'larger than 4700000 bytes' }],
    })
    expect((await send(of(3_000_000, 2_990_000), gzip)).status).toBe(200)
    const bomb = gzipSync(multipart([part('name="f"; filename="a"', Buffer.alloc(4_000_000))]))
    expect(await errorOf(bomb, gzip)).toMatchObject({
      status: 413,
      detail: 'The decompressed body is more than 20 times its compressed size. Send it uncompressed.',
    })
  })
})

describe('a body that is expensive to parse', () => {
  it.each([
    ['nested lists', multipart([part('name="responses"', '['.repeat(4_000_000))]), 400],
    ['nested lists that are closed', multipart([part('name="responses"', '['.repeat(2e6) + ']'.repeat(2e6))]), 200],
    ['nested objects', multipart([part('name="responses"', '{"":'.repeat(1_000_000))]), 400],
    ['a boundary that almost matches', multipart([part('name="f"; filename="a"', '\r\n-'.repeat(1_500_000))]), 200],
    ['unterminated parameters', multipart([part(`${'name=;'.repeat(1_300)}filename=;`)]), 200],
    ['unterminated quotations', multipart([part(`${'name="'.repeat(1_300)}x`)]), 400],
    ['quotes that end no name', multipart([part(`name="${'" ; aaaaaa'.repeat(800)}`)]), 400],
    ['long words', multipart([part(`name="a"; ${'b'.repeat(8_000)}`)]), 200],
    ['percent signs', `responses=${'%'.repeat(4_700_000)}`, 400],
  ])('is processed within the test timeout: %s', async (_name, body, status) => {
    expect((await send(body, typeof body === 'string' ? FORM : MULTIPART)).status).toBe(status)
  })
})

describe('a damaged form', localOnly('It needs too many requests.'), () => {
  it('is rejected, or stored completely', async () => {
    const whole = multipart([
      DOCUMENT,
      FILE,
      part('name="other"', 'x'),
      part('name="f"; filename="b"', Buffer.alloc(40, 'y')),
    ])
    const place = fc.nat(whole.length)
    const damage = fc.oneof(
      fc.record({ at: place, to: place, by: fc.constant(null) }),
      fc.record({ at: place, to: place, by: fc.uint8Array({ maxLength: 4 }) }),
      fc.record({
        at: place,
        to: place,
        by: fc.constantFrom('\r\n', '--b', '"', '\r\n--b--', '\r\n\r\n', ';', '\u2028'),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (all) => {
        let body = whole
        for (const { at, to, by } of all) {
          const [from, end] = [Math.min(at, to), Math.min(Math.max(at, to), at + 30)]
          body = Buffer.concat([body.subarray(0, from), Buffer.from(by ?? ''), body.subarray(by === null ? end : from)])
        }
        const answer = await send(body)
        expect(answer.status).toBeOneOf([200, 400])
        if (answer.status === 400) expect((await problemOf(answer)).errors).not.toEqual([])
      }),
      { numRuns: 150 },
    )
    const { there, named } = await piecesOf(latchkey)
    expect(there).toEqual(named)
  })
})
