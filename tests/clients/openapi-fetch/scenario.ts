import assert from 'node:assert/strict'
import createClient from 'openapi-fetch'
import type { paths } from './latchkey'

const baseUrl = process.env['LATCHKEY_URL'] ?? ''
const clientWith = (token?: string) =>
  createClient<paths>({
    baseUrl,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    querySerializer: { object: { style: 'form', explode: true } },
  })

/** Returns the data of a response. Throws its error. */
function dataOf<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error))
  return data
}

async function register(scope: string) {
  const body = { callback_url: 'https://app.example/', kind: 'public', scope } as const
  return dataOf(await clientWith(process.env['ADMIN_TOKEN']).POST('/register', { body })).client_id
}

async function tokenOf(client_id: string) {
  const query = { client_id, response: 'json' } as const
  return dataOf(await clientWith().GET('/token', { params: { query } })).auth_token
}

const app = clientWith(await tokenOf(await register('upload download start')))
const columns = { time: [1700000000, 1700000060], co2: [612, null] }
assert.equal(dataOf(await app.POST('/upload', { body: columns }))['saved-in-db'], 2)
const rows = { rows: [{ time: 1700000120, co2: 614 }] }
assert.equal(dataOf(await app.POST('/upload', { body: rows }))['saved-in-db'], 1)
const text = { body: 'time,co2\n1700000180,615\n', bodySerializer: (body: string) => body }
assert.equal(dataOf(await app.POST('/upload/csv', text))['saved-in-db'], 1)
const params = { query: { cols: 'co2' } }
const downloaded = dataOf(await app.GET('/download/json', { params }))
assert.deepEqual(
  downloaded.map(({ co2 }) => co2),
  [612, null, 614, 615],
)
const csv = dataOf(await app.GET('/download/csv', { params, parseAs: 'text' }))
assert.equal(csv, 'co2\r\n612\r\n\r\n614\r\n615\r\n')

const { error } = await app.POST('/upload', { body: { co2: [[1]] } })
assert(error && 'code' in error)
assert.deepEqual([error.status, error.code, error.errors?.[0]?.row], [400, 'body_invalid', 1])
assert.equal(dataOf(await app.GET('/start')).success, true)

const codeOf = async (token: string) => {
  const { error } = await clientWith(token).GET('/download/json')
  return error && 'code' in error ? error.code : undefined
}
assert.equal(await codeOf('not.a.token'), 'credentials_invalid')
assert.equal(await codeOf(await tokenOf(await register('upload'))), 'not_allowed')

// `npm start` opens this endpoint.
const userOf = async (email: string) =>
  clientWith(dataOf(await clientWith().GET('/auth', { params: { query: { email } } })).token)
const body = { contact_email: 'bob@corp.example' }
const call = dataOf(await (await userOf('ann@corp.example')).POST('/session', { body }))
const bob = await userOf('bob@corp.example')
const joined = dataOf(await bob.GET('/session', { params: { query: { sid: call.sid } } }))
assert.deepEqual(joined.session_id, call.session_id)
