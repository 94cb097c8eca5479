import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { bearer, type Check, expectJson, type Made, type Place, required, type Target } from './check.ts'

type Body = NonNullable<RequestInit['body']>

const REGISTER: Check = {
  title: 'secrets can be read, and a client is registered',
  expected: '`200` with a `client_id`',
  async run({ url, adminToken }, made) {
    const headers = { ...bearer(adminToken), 'content-type': 'application/json' }
    const body = JSON.stringify({
      callback_url: 'https://app.example/',
      name: 'smoke test',
      scope: 'upload download',
    })
    const response = await fetch(`${url}/register`, { method: 'POST', headers, body })
    made.clientId = (await expectJson(response, 200, z.object({ client_id: z.string() }))).client_id
  },
}

const TOKEN: Check = {
  title: 'tokens are signed and recorded',
  expected: '`200` with an `auth_token`',
  async run({ url }, made) {
    const id = required(made.clientId, REGISTER.title)
    const response = await fetch(`${url}/token?client_id=${id}`, { headers: { accept: 'application/json' } })
    made.token = (await expectJson(response, 200, z.object({ auth_token: z.string() }))).auth_token
  },
}

function upload({ url }: Target, { token }: Made, headers: Record<string, string>, body: Body): Promise<Response> {
  const all = { ...bearer(required(token, TOKEN.title)), ...headers }
  return fetch(`${url}/upload`, { method: 'POST', headers: all, body })
}

/** A check of an upload in one format. */
const uploads = (
  title: string,
  rows: number,
  request: (column: string) => [headers: Record<string, string>, body: Body],
  places?: readonly Place[],
): Check => ({
  title,
  expected: `\`{"saved-in-db":${rows}}\``,
  ...(places && { places }),
  async run(target, made) {
    const response = await upload(target, made, ...request(target.column))
    await expectJson(response, 200, z.object({ 'saved-in-db': z.literal(rows) }))
  },
})

const LARGE_BODY: Check = {
  title: 'large bodies are rejected by Latchkey or by AWS',
  expected: '`413`, or `500` from AWS',
  async run(target, made) {
    const { status } = await upload(target, made, { 'content-type': 'text/csv' }, Buffer.alloc(7_000_000))
    assert.ok([413, 500].includes(status), `status ${status}`)
  },
}

const SUBMIT: Check = {
  title: 'a file is stored',
  expected: '`{"status":"accepted","id":"..."}`',
  async run({ url }, made) {
    const content = randomBytes(1_000_000)
    const body = new FormData()
    body.set('auth_token', required(made.token, TOKEN.title))
    body.set('file', new Blob([content]), 'f.bin')
    const accepted = z.object({ status: z.literal('accepted'), id: z.string() })
    const { id } = await expectJson(await fetch(`${url}/submit`, { method: 'POST', body }), 200, accepted)
    made.submission = { id, content }
  },
}

const DOWNLOAD: Check = {
  title: 'rows can be read',
  expected: 'three rows as CSV',
  async run({ url, adminToken }, made) {
    const id = required(made.clientId, REGISTER.title)
    const response = await fetch(`${url}/download?format=csv&client_id=${id}`, { headers: bearer(adminToken) })
    const rows = (await response.text()).trim().split('\n').length - 1
    assert.ok(response.status === 200 && rows >= 3, `status ${response.status}, ${rows} rows`)
  },
}

const FILE: Check = {
  title: 'a file is returned unchanged',
  expected: 'the same 1,000,000 bytes',
  async run({ url, adminToken }, { submission }) {
    const { id, content } = required(submission, SUBMIT.title)
    const response = await fetch(`${url}/submissions/${id}/1`, { headers: bearer(adminToken) })
    const isSame = content.equals(Buffer.from(await response.arrayBuffer()))
    assert.ok(response.status === 200 && isSame, `status ${response.status}${isSame ? '' : ' with other bytes'}`)
  },
}

const DELETE: Check = {
  title: 'a file is deleted',
  expected: '`204`, then `404`',
  async run({ url, adminToken }, { submission }) {
    const { id } = required(submission, SUBMIT.title)
    const call = (method: string) => fetch(`${url}/submissions/${id}`, { method, headers: bearer(adminToken) })
    const statuses = [(await call('DELETE')).status, (await call('GET')).status]
    assert.ok(statuses.join() === '204,404', `status ${statuses.join(', then ')}`)
  },
}

const REVOKE: Check = {
  title: 'a revoked token is rejected',
  expected: '`200`, then `401`',
  async run(target, made) {
    const body = new URLSearchParams({
      token: required(made.token, TOKEN.title),
      client_id: required(made.clientId, REGISTER.title),
    })
    const { status } = await fetch(`${target.url}/revoke`, { method: 'POST', body })
    const after = await upload(target, made, { 'content-type': 'application/json' }, '{"time":[43],"co2":[1]}')
    assert.ok(status === 200 && after.status === 401, `status ${status}, then ${after.status}`)
  },
}

/** `{"time_utc":[43,23],"<column>":[1223,2351]}` in MessagePack. */
const msgpack = (column: string): Buffer =>
  Buffer.concat([
    Buffer.from('82a874696d655f757463922b17', 'hex'),
    Buffer.of(0xa0 + column.length),
    Buffer.from(column),
    Buffer.from('92cd04c7cd092f', 'hex'),
  ])

const JSON_TYPE = { 'content-type': 'application/json' }

/** Checks of a client and its data. Those of a phase run at once; a phase needs what the phases before it made. */
export const DATA_PHASES: readonly (readonly Check[])[] = [
  [REGISTER],
  [TOKEN],
  [
    uploads('JSON bodies arrive unchanged', 2, (column) => [
      JSON_TYPE,
      JSON.stringify({ time_utc: [43, 23], [column]: [1223, 2351] }),
    ]),
    uploads('binary bodies arrive unchanged', 2, (column) => [
      { 'content-type': 'application/msgpack' },
      msgpack(column),
    ]),
    uploads('form bodies arrive unchanged', 1, (column) => [
      {},
      new URLSearchParams({ time_utc: '63', [column]: '1223' }),
    ]),
    uploads(
      'gzip bodies arrive unchanged',
      1,
      (column) => [
        { ...JSON_TYPE, 'content-encoding': 'gzip' },
        gzipSync(JSON.stringify({ time_utc: [83], [column]: [1] })),
      ],
      ['aws', 'local'],
    ),
    LARGE_BODY,
    SUBMIT,
  ],
  [DOWNLOAD, FILE],
  [DELETE, REVOKE],
]
