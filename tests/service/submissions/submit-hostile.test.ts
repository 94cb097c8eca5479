import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'
import { accepted, MULTIPART, multipart, part, piecesOf, submit } from '../../support/submissions.ts'

/** Bodies that are broken, mis-declared or made to hurt: each is refused with what is wrong, and nothing of it is kept. */
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

/** What a body is told that must be refused, after which the table holds what it held. */
async function refusal(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>) {
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
const ENDS_EARLY = 'it does not start with the boundary of its Content-Type, or ends before the last one'

describe('a body that was cut off', () => {
  it('is refused wherever that was, unless all of the form is there', async () => {
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

  it('is refused whatever it holds, by whomever it was written', async () => {
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
  it('is 413 before it reaches the function', async () => {
    const files = [1, 2, 3].map((n) => part(`name="file"; filename="${n}"`, Buffer.alloc(1_600_000)))
    const { there } = await piecesOf(latchkey)
    const answer = await send(multipart(files))
    expect(answer.status).toBe(413)
    expect(await answer.json()).toEqual({ message: 'Request Entity Too Large' })
    expect((await piecesOf(latchkey)).there).toEqual(there)
  })

  it.each([
    ['a form', MULTIPART],
    ['an urlencoded form', FORM],
  ])('is 413 once it is unzipped, as %s', async (_name, headers) => {
    const bomb = gzipSync(multipart([part('name="file"; filename="a"', Buffer.alloc(100_000_000))]))
    expect(await refusal(bomb, { ...headers, 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      code: 'body_too_large',
      detail: 'The decompressed body has more than 6000000 bytes. Send it in parts.',
    })
  })

  it('is 413 for one file that is, and an unzipped form may not hold more either', async () => {
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
    expect(await refusal(of(1, 4_700_001), gzip)).toMatchObject({
      status: 413,
      detail: 'file number 2 has more than 4700000 bytes. Send it in slices.',
      errors: [{ field: 'file', detail: 'larger than 4700000 bytes' }],
    })
    expect((await send(of(3_000_000, 2_990_000), gzip)).status).toBe(200)
    const bomb = gzipSync(multipart([part('name="f"; filename="a"', Buffer.alloc(4_000_000))]))
    expect(await refusal(bomb, gzip)).toMatchObject({
      status: 413,
      detail: 'The body is unzipped to more than 20 times its size. Send it as it is.',
    })
  })
})

describe('an encoding', () => {
  const whole = multipart([DOCUMENT])
  it.each([
    ['twice', 'gzip, gzip', gzipSync(gzipSync(whole))],
    ['that is not known', 'br', whole],
    ['that is a text', 'gzip;q=1', gzipSync(whole)],
  ])('%s is 415', async (_name, encoding, body) => {
    expect(await refusal(body, { ...MULTIPART, 'content-encoding': encoding })).toMatchObject({
      status: 415,
      code: 'content_encoding_unsupported',
    })
  })

  it.each([
    ['in name only', whole],
    ['cut off', gzipSync(whole).subarray(0, -9)],
    ['of nothing', Buffer.of()],
  ])('%s is 400', async (_name, body) => {
    expect(await refusal(body, { ...MULTIPART, 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      code: 'body_invalid',
    })
  })
})

describe('a type that is not that of the body', () => {
  it.each([
    ['another boundary', 'multipart/form-data; boundary=c', multipart([DOCUMENT]), ENDS_EARLY],
    ['an empty boundary', 'multipart/form-data; boundary=""', multipart([DOCUMENT]), ENDS_EARLY],
    ['a longer boundary', 'multipart/form-data; boundary=bb', multipart([DOCUMENT]), ENDS_EARLY],
    ['multipart for an urlencoded body', MULTIPART['content-type'], 'responses=[]', ENDS_EARLY],
    ['multipart for JSON', MULTIPART['content-type'], '{"responses":[]}', ENDS_EARLY],
    ['multipart for nothing', MULTIPART['content-type'], '', 'it is empty'],
    ['multipart for an empty line', MULTIPART['content-type'], '\r\n', 'it is empty'],
  ])('%s', async (_name, type, body, why) => {
    expect(await refusal(body, { 'content-type': type })).toEqual(broken(why))
  })

  it.each(['', '; boundary=', '; boundary=" "', `; boundary=${'b'.repeat(71)}`, '; boundary=b\u00e4'])(
    'multipart/form-data%s names no boundary',
    async (rest) => {
      expect(await refusal(multipart([DOCUMENT]), { 'content-type': `multipart/form-data${rest}` })).toEqual(
        broken('its Content-Type names no boundary of at most 70 letters, digits and signs'),
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
  ])('%s is 415', async (type) => {
    expect(await refusal(multipart([DOCUMENT]), { 'content-type': type })).toMatchObject({
      status: 415,
      code: 'content_type_unsupported',
      detail: expect.stringContaining('multipart/form-data'),
    })
  })

  it('none at all is 415', async () => {
    expect((await refusal(new Uint8Array(multipart([DOCUMENT])), {})).status).toBe(415)
  })

  it.each(['', '\r\n'])('urlencoded for a multipart body is 400 (%j in front)', async (before) => {
    expect(await refusal(multipart([DOCUMENT], { before }), FORM)).toMatchObject({
      status: 400,
      code: 'body_invalid',
      detail: 'The body is multipart, though its Content-Type says urlencoded.',
    })
  })

  it.each(['utf16le', 'latin1'] as const)('urlencoded of bytes that are %s is 400', async (encoding) => {
    expect(await refusal(Buffer.from('ä=ö', encoding), FORM)).toMatchObject({
      status: 400,
      errors: [{ field: 'body' }],
    })
  })
})

describe('a part', () => {
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
      'with a name without end',
      head('Content-Disposition: form-data; name="a; filename=b'),
      broken('the headers of part 2 have a quotation without end'),
    ],
    [
      'whose file name is cut off by a line of its own',
      head('Content-Disposition: form-data; name="a"; filename="b\u2028.txt"'),
      broken('the headers of part 2 have a quotation without end'),
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
  ])('%s is refused, and so are those around it', async (_name, bad, told) => {
    expect(await refusal(multipart([DOCUMENT, bad, FILE]))).toEqual(told)
    expect(await refusal(multipart([DOCUMENT, bad]))).toMatchObject({ status: 400, code: 'body_invalid' })
  })

  it('is not looked for in front of the first boundary', async () => {
    expect(await refusal(multipart([DOCUMENT], { before: 'preamble\r\n' }))).toEqual(broken(ENDS_EARLY))
  })

  it('may be named like what every object has', async () => {
    const names = ['__proto__', 'constructor', 'toString', '\u0000']
    const parts = names.map((name) => part(`name="${name}"`, '{"a":1}'))
    expect((await accepted(await send(multipart(parts)))).ignored).toEqual(names)
    const pairs = new URLSearchParams(names.map((name): [string, string] => [name, 'x']))
    expect((await accepted(await send(pairs.toString(), FORM))).ignored).toEqual(names)
  })
})

describe('more parts than anybody needs', () => {
  const limit = { status: 400, code: 'limit_exceeded', detail: 'A form may have at most 1000 fields and files.' }
  const field = part('name="a"', 'x')

  it('are refused from 1,001 on', async () => {
    await accepted(await send(multipart(Array(1_000).fill(field))))
    expect(await refusal(multipart(Array(1_001).fill(field)))).toMatchObject(limit)
    await accepted(await send(Array(1_000).fill('a=x').join('&'), FORM))
    expect(await refusal(Array(1_001).fill('a=x').join('&'), FORM)).toMatchObject(limit)
  })

  it.each([
    ['parts', multipart(Array(70_000).fill(field)), MULTIPART],
    ['fields', 'a&'.repeat(2_300_000), FORM],
    ['boundaries', `--b\r\n${'\r\n--b'.repeat(900_000)}`, MULTIPART],
  ])('are not read to the end: %s', async (_name, body, headers) => {
    expect((await refusal(body, headers)).status).toBe(400)
  })
})

describe('a body made to be slow is answered within the time of any test', () => {
  it.each([
    ['lists within lists', multipart([part('name="responses"', '['.repeat(4_000_000))]), 400],
    ['lists within lists that end', multipart([part('name="responses"', '['.repeat(2e6) + ']'.repeat(2e6))]), 200],
    ['objects within objects', multipart([part('name="responses"', '{"":'.repeat(1_000_000))]), 400],
    ['a boundary that nearly comes', multipart([part('name="f"; filename="a"', '\r\n-'.repeat(1_500_000))]), 200],
    ['parameters without end', multipart([part(`${'name=;'.repeat(1_300)}filename=;`)]), 200],
    ['quotations without end', multipart([part('name="'.repeat(1_301))]), 400],
    ['percent signs', `responses=${'%'.repeat(4_700_000)}`, 400],
  ])('%s', async (_name, body, status) => {
    expect((await send(body, typeof body === 'string' ? FORM : MULTIPART)).status).toBe(status)
  })
})

describe('any damage to a form', () => {
  it('is refused, or leaves a form: whatever is kept is kept as a whole', async () => {
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
