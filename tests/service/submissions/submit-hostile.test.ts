// @module-tag local-only
// It tests parsers, which do not depend on AWS.
import { gzipSync } from 'node:zlib'
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

describe('a body that is too large', () => {
  it(
    'is rejected with 413 before it reaches the function',
    localOnly('The emulator accepts a body of any size.'),
    async () => {
      const files = [1, 2, 3].map((n) => part(`name="file"; filename="${n}"`, Buffer.alloc(1_600_000)))
      const { there } = await piecesOf(latchkey)
      const answer = await send(multipart(files))
      expect(answer.status).toBe(413)
      expect(await answer.json()).toEqual({ message: 'Request Entity Too Large' })
      expect((await piecesOf(latchkey)).there).toEqual(there)
    },
  )

  it.each([
    ['a form', MULTIPART],
    ['an urlencoded form', FORM],
  ])('is rejected with 413 after decompression, as %s', async (_name, headers) => {
    const bomb = gzipSync(multipart([part('name="file"; filename="a"', Buffer.alloc(20_000_000))]))
    expect(await errorOf(bomb, { ...headers, 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      code: 'body_too_large',
      detail: 'The decompressed body has more than 6000000 bytes. Send it in parts.',
    })
  })
})

describe('a content encoding', () => {
  const whole = multipart([DOCUMENT])
  it.each([
    ['applied twice', 'gzip, gzip', gzipSync(gzipSync(whole))],
    ['that is unknown', 'br', whole],
    ['with a parameter', 'gzip;q=1', gzipSync(whole)],
  ])('%s is rejected with 415', async (_name, encoding, body) => {
    expect(await errorOf(body, { ...MULTIPART, 'content-encoding': encoding })).toMatchObject({
      status: 415,
      code: 'content_encoding_unsupported',
    })
  })

  it.each([
    ['without compression', whole],
    ['that is truncated', gzipSync(whole).subarray(0, -9)],
    ['of an empty body', Buffer.of()],
  ])('%s is rejected with 400', async (_name, body) => {
    expect(await errorOf(body, { ...MULTIPART, 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      code: 'body_invalid',
    })
  })
})

describe('a Content-Type that does not match the body', () => {
  it.each([
    ['another boundary', 'multipart/form-data; boundary=c', multipart([DOCUMENT]), ENDS_EARLY],
    ['an empty boundary', 'multipart/form-data; boundary=""', multipart([DOCUMENT]), ENDS_EARLY],
    ['a longer boundary', 'multipart/form-data; boundary=bb', multipart([DOCUMENT]), ENDS_EARLY],
    ['multipart for an urlencoded body', MULTIPART['content-type'], 'responses=[]', ENDS_EARLY],
    ['multipart for JSON', MULTIPART['content-type'], '{"responses":[]}', ENDS_EARLY],
    ['multipart for an empty body', MULTIPART['content-type'], '', 'it is empty'],
    ['multipart for an empty line', MULTIPART['content-type'], '\r\n', 'it is empty'],
  ])('is rejected with its reason: %s', async (_name, type, body, why) => {
    expect(await errorOf(body, { 'content-type': type })).toEqual(broken(why))
  })

  it.each(['', '; boundary=', '; boundary=" "', `; boundary=${'b'.repeat(71)}`, '; boundary=b\u00e4'])(
    'multipart/form-data%s names no boundary',
    async (rest) => {
      expect(await errorOf(multipart([DOCUMENT]), { 'content-type': `multipart/form-data${rest}` })).toEqual(
        broken('its Content-Type needs a boundary of 1 to 70 printable ASCII characters'),
      )
    },
  )

  it.each([
    'application/json',
    'text/plain',
    'multipart/mixed; boundary=b',
    'multipart/form-datax; boundary=b',
    'multipart/form-data boundary=b',
    'nonsense',
  ])('%s is rejected with 415', async (type) => {
    expect(await errorOf(multipart([DOCUMENT]), { 'content-type': type })).toMatchObject({
      status: 415,
      code: 'content_type_unsupported',
      detail: expect.stringContaining('multipart/form-data'),
    })
  })

  it('is rejected with 415 if it is missing', async () => {
    expect((await errorOf(new Uint8Array(multipart([DOCUMENT])), {})).status).toBe(415)
  })

  it.each(['', '\r\n'])('urlencoded for a multipart body is rejected with 400 (%j in front)', async (before) => {
    expect(await errorOf(multipart([DOCUMENT], { before }), FORM)).toMatchObject({
      status: 400,
      code: 'body_invalid',
      detail: 'The body is multipart, but its Content-Type is urlencoded. Send Content-Type: multipart/form-data.',
    })
  })

  it.each(['utf16le', 'latin1'] as const)('urlencoded for bytes in %s is rejected with 400', async (encoding) => {
    expect(await errorOf(Buffer.from('ä=ö', encoding), FORM)).toMatchObject({
      status: 400,
      errors: [{ field: 'body' }],
    })
  })
})

describe('a part of a form', () => {
  const head = (headers: string, content = 'x') => `${headers}\r\n\r\n${content}`
  const noName = broken('part 2 has no Content-Disposition: form-data with a name')
  it.each([
    ['without a name', head('Content-Disposition: form-data; filename="a"'), noName],
    ['without a Content-Disposition', head('Content-Type: text/plain'), noName],
    ['with an empty Content-Disposition', head('Content-Disposition:'), noName],
    ['that is an attachment', head('Content-Disposition: attachment; name="a"; filename="a"'), noName],
    ['whose header is folded', head('Content-Disposition: form-data;\r\n name="a"'), noName],
    ['without headers', '\r\nx', broken('the headers of part 2 do not end')],
    ['that is empty', '', broken('the headers of part 2 do not end')],
    [
      'whose headers do not end',
      'Content-Disposition: form-data; name="a"',
      broken('the headers of part 2 do not end'),
    ],
    [
      'with line feeds alone',
      'Content-Disposition: form-data; name="a"\n\nx',
      broken('the headers of part 2 do not end'),
    ],
    [
      'with an unterminated name',
      head('Content-Disposition: form-data; name="a; filename=b'),
      broken('the Content-Disposition of part 2 has an unclosed or unescaped quote'),
    ],
    [
      'whose file name contains a line separator',
      head('Content-Disposition: form-data; name="a"; filename="b\u2028.txt"'),
      broken('the Content-Disposition of part 2 has an unclosed or unescaped quote'),
    ],
    [
      'whose headers are Latin-1',
      Buffer.from(head('Content-Disposition: form-data; name="a"; filename="ä"'), 'latin1'),
      broken('the headers of part 2 cannot be read as UTF-8'),
    ],
    [
      'with 100 kB of headers',
      head(`X: ${'x'.repeat(100_000)}`),
      broken('the headers of a part have more than 8192 bytes'),
    ],
    [
      'named with 10,000 characters',
      part(`name="file"; filename="${'x'.repeat(10_000)}"`),
      broken('the headers of a part have more than 8192 bytes'),
    ],
  ])('%s is rejected with the whole form', async (_name, bad, expected) => {
    expect(await errorOf(multipart([DOCUMENT, bad, FILE]))).toEqual(expected)
    expect(await errorOf(multipart([DOCUMENT, bad]))).toMatchObject({ status: 400, code: 'body_invalid' })
  })

  it('must not have text before the first boundary', async () => {
    expect(await errorOf(multipart([DOCUMENT], { before: 'preamble\r\n' }))).toEqual(broken(ENDS_EARLY))
  })

  it('can have the name of an object property', async () => {
    const names = ['__proto__', 'constructor', 'toString', '\u0000']
    const parts = names.map((name) => part(`name="${name}"`, '{"a":1}'))
    expect((await accepted(await send(multipart(parts)))).ignored).toEqual(names)
    const pairs = new URLSearchParams(names.map((name): [string, string] => [name, 'x']))
    expect((await accepted(await send(pairs.toString(), FORM))).ignored).toEqual(names)
  })
})

describe('the number of parts', () => {
  const limit = { status: 400, code: 'limit_exceeded', detail: 'A form may have at most 1000 fields and files.' }
  const field = part('name="a"', 'x')

  it('is limited to 1,000', async () => {
    await accepted(await send(multipart(Array(1_000).fill(field))))
    expect(await errorOf(multipart(Array(1_001).fill(field)))).toMatchObject(limit)
    await accepted(await send(Array(1_000).fill('a=x').join('&'), FORM))
    expect(await errorOf(Array(1_001).fill('a=x').join('&'), FORM)).toMatchObject(limit)
  })

  it.each([
    ['parts', multipart(Array(70_000).fill(field)), MULTIPART],
    ['fields', 'a&'.repeat(2_300_000), FORM],
    ['boundaries', `--b\r\n${'\r\n--b'.repeat(900_000)}`, MULTIPART],
  ])('stops parsing at its limit: %s', async (_name, body, headers) => {
    expect((await errorOf(body, headers)).status).toBe(400)
  })
})
