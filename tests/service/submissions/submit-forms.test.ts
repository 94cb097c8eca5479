// @module-tag local-only
// It tests parsers, which do not depend on AWS.
import { gzipSync } from 'node:zlib'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { decodeJwt } from 'jose'
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

const stored = () => submissionsOf(latchkey, clientId)
const tokenPart = () => part('name="auth_token"', token)
const DOCUMENT = part('name="responses"', '[1]')
const FILE = part('name="file"; filename="a.txt"', 'content', 'Content-Type: text/plain')
const ODD = "a b'()+_,-./:=?"

interface Written {
  type?: string
  body?: () => Uint8Array
  headers?: Record<string, string>
}

/** The same submission in the notations of different programs. */
const WRITINGS: readonly (readonly [name: string, written: Written])[] = [
  ['with a quoted boundary', { type: 'multipart/form-data; boundary="b"' }],
  ['with the type in capitals', { type: 'Multipart/Form-Data; BOUNDARY=b' }],
  ['with more parameters', { type: 'multipart/form-data; charset="utf-8"; boundary=b; x=y' }],
  ['with blanks around the parameters', { type: 'multipart/form-data ; boundary=b ; charset=utf-8' }],
  [
    'with every allowed sign in the boundary',
    {
      type: `multipart/form-data; boundary="${ODD}"`,
      body: () => multipart([tokenPart(), DOCUMENT, FILE], { boundary: ODD }),
    },
  ],
  [
    'with a boundary of stars',
    {
      type: 'multipart/form-data;boundary=*****',
      body: () => multipart([tokenPart(), DOCUMENT, FILE], { boundary: '*****' }),
    },
  ],
  [
    'with a boundary of 70 characters',
    {
      type: `multipart/form-data; boundary=${'-'.repeat(70)}`,
      body: () => multipart([tokenPart(), DOCUMENT, FILE], { boundary: '-'.repeat(70) }),
    },
  ],
  ['with an empty line in front', { body: () => multipart([tokenPart(), DOCUMENT, FILE], { before: '\r\n' }) }],
  ['with an epilogue', { body: () => multipart([tokenPart(), DOCUMENT, FILE], { after: '\r\nThe\r\n--b\r\nend' }) }],
  ['without a last line end', { body: () => multipart([tokenPart(), DOCUMENT, FILE], { after: '' }) }],
  ['in another order', { body: () => multipart([FILE, DOCUMENT, tokenPart()]) }],
  [
    'with header names in lower case, and more headers',
    {
      body: () => {
        const head = 'content-transfer-encoding: binary\r\ncontent-type: text/plain\r\ncontent-length: 7\r\n'
        const file = `${head}content-disposition:form-data;name=file;filename=a.txt\r\n\r\ncontent`
        return multipart([tokenPart(), DOCUMENT, file])
      },
    },
  ],
  [
    'with two file names, one as in RFC 5987',
    {
      body: () => {
        const names = `name="file"; filename="other.txt"; filename*=UTF-8''a%2Etxt`
        return multipart([tokenPart(), DOCUMENT, part(names, 'content', 'Content-Type: text/plain')])
      },
    },
  ],
  [
    'compressed with gzip',
    {
      headers: { 'content-encoding': 'gzip' },
      body: () => gzipSync(multipart([tokenPart(), DOCUMENT, FILE])),
    },
  ],
  [
    'with the token as a Bearer',
    {
      headers: { authorization: 'Bearer' },
      body: () => multipart([DOCUMENT, FILE]),
    },
  ],
  [
    'with blanks around the token',
    { body: () => multipart([part('name="auth_token"', ` ${token}\r\n`), DOCUMENT, FILE]) },
  ],
]

describe('a form', () => {
  it.each(WRITINGS)('%s is equivalent', async (_name, written) => {
    const browsers = { auth_token: token, responses: '[1]', files: [['a.txt', 'content', 'text/plain']] } satisfies Sent
    const { id } = await accepted(await submit(latchkey, formOf(browsers)))
    const { type = MULTIPART['content-type'], body = () => multipart([tokenPart(), DOCUMENT, FILE]) } = written
    const bearer = written.headers?.['authorization'] && { authorization: `Bearer ${token}` }
    const answer = await submit(latchkey, body(), { ...written.headers, ...bearer, 'content-type': type })
    expect(await accepted(answer)).toEqual({ status: 'accepted', id })
    expect(await stored()).toHaveLength(1)
    expect((await contentOf(latchkey, id, 1)).toString()).toBe('content')
  })

  it('can contain text that resembles a boundary', async () => {
    const content = 'x--b--\r\n--a\r\n\r\n-b\r\n\n--b\n\r--b\r\n--'
    const { id } = await accepted(
      await submit(latchkey, multipart([tokenPart(), part('name="file"; filename="x"', content)]), MULTIPART),
    )
    expect((await contentOf(latchkey, id, 1)).toString()).toBe(content)
  })
})

describe('the id of a submission', () => {
  const idOf = async (sent: Sent) => (await accepted(await submit(latchkey, formOf({ auth_token: token, ...sent })))).id
  const base = { responses: '[1]', files: [['a.txt', 'content', 'text/plain']] } satisfies Sent

  it('is the same for equal content under the same token, which is stored once', async () => {
    const id = await idOf(base)
    const first = await stored()
    expect(await idOf(base)).toBe(id)
    expect(await stored()).toEqual(first)
  })

  it('differs for another name, type, content, order, document, participant or client', async () => {
    const { responses } = base
    const ids = [
      await idOf(base),
      await idOf({ responses, files: [['b.txt', 'content', 'text/plain']] }),
      await idOf({ responses, files: [['a.txt', 'content', 'text/html']] }),
      await idOf({ responses, files: [['a.txt', 'Content', 'text/plain']] }),
      await idOf({ responses, files: [...base.files, ...base.files] }),
      await idOf({ responses, files: [...base.files, ['b.txt', '', '']] }),
      await idOf({ responses, files: [['b.txt', '', ''], ...base.files] }),
      await idOf({ responses: '[1] ', files: base.files }),
      await idOf({ files: base.files }),
      await idOf({}),
    ]
    token = await latchkey.token(clientId, { participant_id: 'P1' })
    ids.push(await idOf(base))
    token = await latchkey.token(clientId, { participant_id: 'P2' })
    ids.push(await idOf(base))
    expect(await stored()).toHaveLength(12)
    token = await latchkey.token((await latchkey.register()).client_id)
    ids.push(await idOf(base))
    expect(new Set(ids).size).toBe(13)
  })
})

describe('authentication of POST /submit', () => {
  const set = async (table: string, key: Record<string, string>, name: string, value: unknown) => {
    const client = new DynamoDBClient({ endpoint: latchkey.database.endpoint })
    await DynamoDBDocumentClient.from(client).send(
      new UpdateCommand({
        TableName: process.env[`${table}_TABLE`],
        Key: key,
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value },
      }),
    )
    client.destroy()
  }
  const submitAs = (auth_token: string) => submit(latchkey, formOf({ auth_token, responses: '[]' }))

  it('rejects a request without a token and lists the accepted credentials', async () => {
    const answer = await submit(latchkey, formOf({ responses: '[]' }))
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
    expect(await problemOf(answer)).toMatchObject({
      code: 'credentials_missing',
      detail:
        'Send an auth token with scope upload as Authorization: Bearer or DPoP, or an auth token with scope upload in the field auth_token.',
    })
  })

  it.each(['', 'wrong', 'deadbeef'.repeat(4), 'a.b.c'])('rejects the token %j with 401', async (wrong) => {
    const answer = await submitAs(wrong)
    expect(answer.status).toBe(401)
    expect((await problemOf(answer)).code).toBe('credentials_invalid')
    const bearer = { authorization: `Bearer ${wrong || 'x'}` }
    expect((await submit(latchkey, formOf({ auth_token: token }), bearer)).status).toBe(401)
    expect(await stored()).toEqual([])
  })

  it('rejects the admin token, because it does not belong to a client', async () => {
    expect((await submitAs(latchkey.adminToken)).status).toBe(401)
  })

  it('rejects tokens without the scope, expired, revoked or of a disabled client', async () => {
    const reader = await latchkey.register({ scope: 'download' })
    const answer = await submitAs(await latchkey.token(reader.client_id))
    expect(answer.status).toBe(403)
    expect((await problemOf(answer)).code).toBe('not_allowed')
    expect(await submissionsOf(latchkey, reader.client_id)).toEqual([])

    const record = (of: string) => ({ id: `jti#${decodeJwt(of).jti}` })
    const expired = await latchkey.token(clientId)
    await set('TOKENS', record(expired), 'expires_at', Math.floor(Date.now() / 1000) - 60)
    const late = await submitAs(expired)
    expect(late.status).toBe(401)
    expect((await problemOf(late)).code).toBe('token_expired')
    const revoked = await latchkey.token(clientId)
    await latchkey.call('/revoke', {
      method: 'POST',
      body: new URLSearchParams({ token: revoked, client_id: clientId }),
    })
    expect((await problemOf(await submitAs(revoked))).detail).toContain('was revoked')
    await set('CLIENTS', { client_id: clientId }, 'status', 'disabled')
    expect((await submitAs(token)).status).toBe(401)
    expect(await stored()).toEqual([])
    await set('CLIENTS', { client_id: clientId }, 'status', 'active')
    await accepted(await submitAs(token))
  })

  it('prefers the Bearer token to the field', async () => {
    const other = (await latchkey.register()).client_id
    const headers = { authorization: `Bearer ${token}` }
    await accepted(await submit(latchkey, formOf({ auth_token: await latchkey.token(other) }), headers))
    await accepted(await submit(latchkey, formOf({ auth_token: 'wrong' }), headers))
    expect(await stored()).toHaveLength(1)
    expect(await submissionsOf(latchkey, other)).toEqual([])
  })

  it('rejects two token fields with 400', async () => {
    const twice = await submit(latchkey, multipart([tokenPart(), tokenPart()]), MULTIPART)
    expect(twice.status).toBe(400)
    expect(await faultyFields(twice)).toEqual(['auth_token'])
    const bytes = await submit(latchkey, multipart([part('name="auth_token"', Buffer.of(0xff))]), MULTIPART)
    expect(await faultyFields(bytes)).toEqual(['auth_token'])
  })

  it('reports an invalid token before other errors', async () => {
    const bad = multipart([part('name="responses"', 'no JSON')])
    const as = (authorization: string) => submit(latchkey, bad, { ...MULTIPART, authorization })
    expect((await as('Bearer a.b.c')).status).toBe(401)
    expect((await as(`Bearer ${token}`)).status).toBe(400)
  })
})
