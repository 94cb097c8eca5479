import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, problemOf } from '../../support/responses.ts'
import {
  accepted,
  contentOf,
  formOf,
  MULTIPART,
  multipart,
  part,
  type Sent,
  submissionsOf,
  submit,
} from '../../support/submissions.ts'

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())
beforeEach(async () => {
  clientId = (await latchkey.register()).client_id
  token = await latchkey.token(clientId)
})

const send = (sent: Sent) => submit(latchkey, formOf({ auth_token: token, ...sent }))
/** Submits these parts after the token. */
const sendParts = (...parts: (string | Uint8Array)[]) =>
  submit(latchkey, multipart([part('name="auth_token"', token), ...parts]), MULTIPART)
/** The only submission of the client. */
const stored = async () => {
  const [one, ...others] = await submissionsOf(latchkey, clientId)
  expect(others).toEqual([])
  return one
}

const ACTIVITIES = JSON.stringify([
  {
    '@context': 'https://raw.example/contexts/generic',
    '@type': 'reproterms:ResponseActivity',
    '@id': 'uuid:6d0c5f0d-3b6f-4d27-a8b1-e0c9d7f65432',
    'prov:used': ['https://raw.example/activities/phq9', 'https://raw.example/protocols/voice'],
    lang: 'en',
    'prov:startedAtTime': '2020-05-03T12:00:00.000Z',
    'prov:endedAtTime': '2020-05-03T12:01:00.000Z',
    'prov:wasAssociatedWith': 'https://study.example/ui',
    'prov:generated': 'uuid:c0ffee11-aa22-44cc-88dd-0011223344ff',
  },
])

describe('a submission', () => {
  it('is accepted with a file and responses, then without a file', async () => {
    const form = new FormData()
    form.append('file', new Blob(['# voice-backend\n'], { type: 'text/markdown' }), 'README.md')
    form.append('auth_token', token)
    form.append('responses', ACTIVITIES)
    const first = await latchkey.call('/submit/', { method: 'POST', body: form })
    expect(first.headers.get('content-type')).toBe('application/json')
    const { id, ...others } = await accepted(first)
    expect(others).toEqual({ status: 'accepted' })
    const plain = new URLSearchParams({ auth_token: token, responses: ACTIVITIES })
    const second = await accepted(await latchkey.call('/submit/', { method: 'POST', body: plain }))
    expect(second.id).not.toBe(id)

    const all = await submissionsOf(latchkey, clientId)
    expect(all.map(({ files }) => files.map(({ name, type }) => [name, type]))).toEqual([
      [],
      [['README.md', 'text/markdown']],
    ])
    expect((await contentOf(latchkey, id, 1)).toString()).toBe('# voice-backend\n')
    for (const each of all) expect((await contentOf(latchkey, each.id, 'responses')).toString()).toBe(ACTIVITIES)
  })

  it('is accepted without responses and files', async () => {
    expect(await accepted(await send({}))).toEqual({ status: 'accepted', id: expect.any(String) })
    expect(await stored()).toMatchObject({ client_id: clientId, files: [] })
    expect(await stored()).not.toHaveProperty('responses')
    expect(await stored()).not.toHaveProperty('participant_id')
  })

  it('is accepted from any origin', async () => {
    const preflight = await latchkey.call('/submit', {
      method: 'OPTIONS',
      headers: { origin: 'https://ui.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    const answer = await submit(latchkey, formOf({ auth_token: token }), { origin: 'https://ui.example' })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })

  it('returns at most 20 ignored field names of at most 128 characters', async () => {
    const form = formOf({ auth_token: token })
    form.append('expires', '20201031T120000Z')
    form.append('expires', 'again')
    form.append('x'.repeat(200), '')
    expect((await accepted(await submit(latchkey, form))).ignored).toEqual(['expires', 'expires', 'x'.repeat(128)])
    for (let more = 0; more < 30; more += 1) form.append(`more${more}`, '')
    expect((await accepted(await submit(latchkey, form))).ignored).toHaveLength(20)
  })
})

describe('the participant of a submission', () => {
  it('is named by the token, and trusted only from a confidential client', async () => {
    token = await latchkey.token(clientId, { participant_id: 'P007' })
    await accepted(await send({}))
    expect(await stored()).toMatchObject({ participant_id: 'P007', participant_trusted: false })

    const server = await latchkey.register({ kind: 'confidential' })
    const answer = await latchkey.call('/token', {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${server.client_id}:${server.client_secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', participant_id: 'P007' }),
    })
    clientId = server.client_id
    token = JSON.parse(await answer.text()).access_token
    await accepted(await send({}))
    expect(await stored()).toMatchObject({ participant_id: 'P007', participant_trusted: true })
  })
})

describe('the identity of a submission', () => {
  const answers = { responses: '{"q1":"yes"}' }
  const withKey = (key: string, sent: Sent = {}) =>
    submit(latchkey, formOf({ auth_token: token, ...answers, ...sent }), { 'Idempotency-Key': key })
  const newToken = async (parameters?: Record<string, string>) => {
    token = await latchkey.token(clientId, parameters)
  }
  const count = async () => (await submissionsOf(latchkey, clientId)).length

  it('differs between auth tokens, so that equal answers of several people stay apart', async () => {
    const ids = new Set<string>()
    for (const parameters of [{}, {}, {}, { participant_id: 'P007' }, { participant_id: 'P007' }]) {
      await newToken(parameters)
      const { id } = await accepted(await send(answers))
      expect((await accepted(await send(answers))).id).toBe(id)
      ids.add(id)
    }
    expect(ids.size).toBe(5)
    expect(await count()).toBe(5)
  })

  // As in OpenSourcePolitics/`decidim-app`#774 and #1015.
  it.each([{}, { files: [['consent.txt', 'I agree.']] as const }])(
    'differs between auth tokens without responses (%#)',
    async (sent) => {
      const first = await accepted(await send(sent))
      await newToken()
      expect((await accepted(await send(sent))).id).not.toBe(first.id)
      expect(await count()).toBe(2)
    },
  )

  it('is the Idempotency-Key, also after the token changed', async () => {
    const { id } = await accepted(await withKey('"8e03978e-40d5"'))
    await newToken()
    expect((await accepted(await withKey('8e03978e-40d5'))).id).toBe(id)
    expect((await accepted(await withKey('another'))).id).not.toBe(id)
    await newToken({ participant_id: 'P007' })
    expect((await accepted(await withKey('8e03978e-40d5'))).id).not.toBe(id)
    expect(await count()).toBe(3)
  })

  it.each([{ responses: '{"q1":"no"}' }, { files: [['a.txt', 'x']] as const }])(
    'rejects an Idempotency-Key with other contents (%#)',
    async (sent) => {
      await accepted(await withKey('k'))
      const answer = await withKey('k', sent)
      expect(answer.status).toBe(422)
      expect(await problemOf(answer)).toMatchObject({ code: 'idempotency_key_reused' })
      expect((await stored())?.files).toEqual([])
    },
  )

  it('rejects all but one of concurrent requests with one Idempotency-Key and different contents', async () => {
    const answers = await Promise.all([1, 2, 3].map((n) => withKey('k', { responses: `${n}` })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422])
    expect(await count()).toBe(1)
  })

  it('rejects an empty Idempotency-Key', async () => {
    expect(await faultyFields(await withKey('""'))).toEqual(['Idempotency-Key'])
  })
})

describe('the files of a submission', () => {
  it('are returned byte for byte, in their order', async () => {
    const files = Array.from(
      { length: 100 },
      (_, n) => [`${n}.bin`, randomBytes(n * 97), 'application/x-thing'] as const,
    )
    const { id } = await accepted(await send({ responses: ' {} ', files }))
    expect((await stored())?.files.map(({ name, type, size }) => [name, type, size])).toEqual(
      files.map(([name, content, type]) => [name, type, content.length]),
    )
    for (const n of [0, 1, 50, 99])
      expect((await contentOf(latchkey, id, n + 1)).equals(files[n]?.[1] ?? Buffer.of())).toBe(true)
    expect((await contentOf(latchkey, id, 'responses')).toString()).toBe(' {} ')
  })

  it('are limited to 100', async () => {
    const files = Array.from({ length: 101 }, (_, n) => [`${n}.bin`, 'x'] as const)
    const answer = await send({ files })
    expect(answer.status).toBe(400)
    expect(await problemOf(answer)).toMatchObject({
      code: 'limit_exceeded',
      detail: 'A submission may contain at most 100 files. Send them in parts.',
    })
    expect(await stored()).toBeUndefined()
  })

  it('are rejected in the token field, where they would expose the token', async () => {
    const body = multipart([part('name="auth_token"; filename="token.txt"', 'secret'), part('name="responses"', '1')])
    const answer = await submit(latchkey, body, { ...MULTIPART, authorization: `Bearer ${token}` })
    expect(await faultyFields(answer)).toEqual(['auth_token'])
  })

  it.each(['attachment', 'file[]', '__proto__', ''])('are stored from a field named %j', async (name) => {
    const token_ = part('name="auth_token"', token)
    const answer = await submit(latchkey, multipart([token_, part(`name="${name}"; filename="a.txt"`, 'x')]), MULTIPART)
    expect(await accepted(answer)).not.toHaveProperty('ignored')
    expect((await stored())?.files).toMatchObject([{ name: 'a.txt', size: 1 }])
  })

  it('can be empty, but an empty file input is ignored', async () => {
    await accepted(await send({ files: [['empty.txt', '']] }))
    expect((await stored())?.files).toMatchObject([{ name: 'empty.txt', size: 0 }])
    const { id } = await accepted(
      await sendParts(part('name="file"; filename=""', '', 'Content-Type: application/octet-stream')),
    )
    expect((await submissionsOf(latchkey, clientId)).find((each) => each.id === id)?.files).toEqual([])
  })

  it.each([
    ['README.md', 'README.md'],
    ['6d0c5f0d-P007.zip.001', '6d0c5f0d-P007.zip.001'],
    ['../../../etc/passwd', 'passwd'],
    ['/etc/passwd', 'passwd'],
    ['C:\\fakepath\\photo.jpg', 'photo.jpg'],
    ['..\\..\\windows/system.ini', 'system.ini'],
    ['a%22b%0D%0A.txt', 'a"b.txt'],
    ['%2e%2e%2fpasswd', '%2e%2e%2fpasswd'],
    ['größe 日本 😀.zip', 'größe 日本 😀.zip'],
    ['ar\u202egpj.exe', 'argpj.exe'],
    ['nul\u0000 and\u001b[2J.txt', 'nul and[2J.txt'],
    [' .htaccess ', '.htaccess'],
    ['__proto__', '__proto__'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('named %j are stored as %j', async (sent, kept) => {
    await accepted(await sendParts(part(`name="file"; filename="${sent}"`, 'x')))
    expect((await stored())?.files).toMatchObject([{ name: kept }])
  })

  // `Alamofire`#2647 escapes nothing; Go, curl and node-formidable#86 escape with backslashes; python-multipart#206 and
  // psf/requests#5641 send %22, as browsers do.
  it.each([
    ['my "quoted" name.pdf', 'my "quoted" name.pdf'],
    ['my \\"quoted\\" name.pdf', 'my "quoted" name.pdf'],
    ['my %22quoted%22 name.pdf', 'my "quoted" name.pdf'],
    ['12" disk.pdf', '12" disk.pdf'],
    [`b'e\\";e.JPG`, `b'e";e.JPG`],
    [`b'e";e.JPG`, `b'e";e.JPG`],
    ['"all"', '"all"'],
    ['a "last"', 'a "last"'],
    ["foo% 'bar%22 €.txt", 'foo% \'bar" €.txt'],
    ['a\\\\b "c"; d.pdf', 'b "c"; d.pdf'],
    ['C:\\temp\\a.txt', 'a.txt'],
  ])('with quotes (%j) are stored as %j', async (sent, kept) => {
    const after = part(`name="file"; filename="${sent}"`, 'x', 'Content-Type: text/x-one')
    const before = part(`filename="${sent}"; name="file"`, 'x', 'Content-Type: text/x-two')
    await accepted(await sendParts(after, before))
    expect((await stored())?.files).toMatchObject([
      { name: kept, type: 'text/x-one' },
      { name: kept, type: 'text/x-two' },
    ])
  })

  it.each([
    ['filename="a" b.pdf', 'the Content-Disposition of part 2 has an unclosed or unescaped quote'],
    ['filename="a"; x=yes.pdf"', 'the Content-Disposition of part 2 has an unclosed or unescaped quote'],
    ['filename="a"; name="auth_token"', 'the Content-Disposition of part 2 repeats a parameter'],
    ['filename="a"; filename="b"', 'the Content-Disposition of part 2 repeats a parameter'],
  ])('with ambiguous quotes (%s) are rejected', async (filename, reason) => {
    const answer = await sendParts(part(`name="file"; ${filename}`, 'x'))
    expect(answer.status).toBe(400)
    expect(await problemOf(answer)).toMatchObject({
      code: 'body_invalid',
      errors: [{ field: 'body', detail: reason }],
    })
    expect(await stored()).toBeUndefined()
  })

  it.each(['', '..', '.', 'folder/', 'folder/..', '..\\..', '/', ' ', '\u202e', 'x'.repeat(256)])(
    'without a valid name (%j) are rejected',
    async (name) => {
      const answer = await sendParts(part(`name="file"; filename="${name}"`, 'x'))
      expect(answer.status).toBe(400)
      expect(await problemOf(answer)).toMatchObject({
        code: 'parameter_invalid',
        errors: [{ field: 'file', detail: 'number 1 needs a name of 1 to 255 characters, other than a path' }],
      })
      expect(await stored()).toBeUndefined()
    },
  )

  it.each([part('name="file"', 'x'), part('name="file"', 'x', 'Content-Type: text/plain')])(
    'sent as text are rejected (%#)',
    async (body) => {
      const answer = await sendParts(body)
      expect(answer.status).toBe(400)
      expect(await faultyFields(answer)).toEqual(['file'])
      const plain = await submit(latchkey, new URLSearchParams({ auth_token: token, file: 'x' }))
      expect(await faultyFields(plain)).toEqual(['file'])
      expect(await stored()).toBeUndefined()
    },
  )

  it.each([
    ['text/csv', 'text/csv'],
    ['text/csv; charset=utf-8; header=present', 'text/csv; charset=utf-8; header=present'],
    ['text/plain;format="a; b"', 'text/plain;format="a; b"'],
    ['application/vnd.x+json', 'application/vnd.x+json'],
    [undefined, 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['nonsense', 'application/octet-stream'],
    ['text/html, text/plain', 'application/octet-stream'],
    ['text/plain; charset', 'application/octet-stream'],
    ['text/plain;\u2003charset=utf-8', 'application/octet-stream'],
    ['text/plain;\ncharset=utf-8', 'application/octet-stream'],
    [`text/${'x'.repeat(251)}`, 'application/octet-stream'],
  ])('of the type %j are returned as %j', async (sent, kept) => {
    const headers = sent === undefined ? [] : [`Content-Type: ${sent}`]
    const { id } = await accepted(await sendParts(part('name="file"; filename="a"', 'x', ...headers)))
    expect((await stored())?.files).toMatchObject([{ type: kept }])
    expect((await latchkey.asAdmin(`/submissions/${id}/1`)).headers.get('content-type')).toBe(kept)
  })
})

describe('the responses of a submission', () => {
  it.each([
    ['with blanks and repeated members', ' {"b":1, "a":2,\r\n"b":3}\n'],
    ['a bare value', '0'],
    ['with a byte order mark', '\ufeff[]'],
    ['with every kind of character', JSON.stringify('ä€😀\u0000\u2028')],
    ['nested 100,000 levels deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['of 4 MB', JSON.stringify('x'.repeat(4_000_000))],
  ])('%s are stored byte for byte', async (_name, responses) => {
    const { id } = await accepted(await sendParts(part('name="responses"', responses)))
    expect((await contentOf(latchkey, id, 'responses')).equals(Buffer.from(responses))).toBe(true)
    expect((await stored())?.responses?.size).toBe(Buffer.byteLength(responses))
  })

  it('can be sent as a file part', async () => {
    const form = formOf({ auth_token: token })
    form.append('responses', new Blob([ACTIVITIES], { type: 'application/json' }), 'responses.json')
    const { id } = await accepted(await submit(latchkey, form))
    expect((await contentOf(latchkey, id, 'responses')).toString()).toBe(ACTIVITIES)
    expect((await stored())?.files).toEqual([])
  })

  it('are decoded from an urlencoded form', async () => {
    const body = `auth_token=${token}&responses=%7B%22a%22%3A+%22b%2Bc%20%C3%A4%22%7D&100%=`
    const answer = await submit(latchkey, body, { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' })
    const { id, ignored } = await accepted(answer)
    expect((await contentOf(latchkey, id, 'responses')).toString()).toBe('{"a": "b+c ä"}')
    expect(ignored).toEqual(['100%'])
  })

  it.each([
    ['empty', ''],
    ['invalid JSON', '{"a":1,}'],
    ['two documents', '{} {}'],
    ['UTF-16', Buffer.from('[]', 'utf16le')],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['half a surrogate pair, encoded', Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0x22])],
  ])('that are %s are rejected, together with a valid file', async (_name, responses) => {
    const answer = await sendParts(part('name="file"; filename="a"', 'x'), part('name="responses"', responses))
    expect(answer.status).toBe(400)
    expect(await problemOf(answer)).toMatchObject({ code: 'parameter_invalid', errors: [{ field: 'responses' }] })
    expect(await stored()).toBeUndefined()
  })

  it.each(['responses=[]&responses=[]', 'responses=%ff', 'responses=%22%ed%a0%bd%22', 'responses=%5B'])(
    'are rejected in an urlencoded form: %s',
    async (body) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await submit(latchkey, `auth_token=${token}&${body}`, headers)
      expect(answer.status).toBe(400)
      expect(await stored()).toBeUndefined()
    },
  )

  it('are rejected if they are repeated', async () => {
    const document = part('name="responses"', '[]')
    expect(await faultyFields(await sendParts(document, document))).toEqual(['responses'])
  })
})
