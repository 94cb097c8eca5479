import assert from 'node:assert/strict'
import { createClient } from './client'
import {
  createCall,
  downloadCsv,
  downloadRows,
  getToken,
  getUserToken,
  joinCall,
  registerClient,
  startSession,
  upload,
  uploadCsv,
} from './sdk.gen'

const baseUrl = process.env['LATCHKEY_URL'] ?? ''
const clientWith = (auth: string) =>
  createClient({ baseUrl, auth: ({ scheme }) => (scheme === 'bearer' ? auth : undefined) })

async function register(scope: string) {
  const body = { callback_url: 'https://app.example/', scope }
  const client = clientWith(process.env['ADMIN_TOKEN'] ?? '')
  return (await registerClient({ client, body, throwOnError: true })).data.client_id
}

async function tokenOf(client_id: string) {
  const query = { client_id, response: 'json' } as const
  return (await getToken({ client: createClient({ baseUrl }), query, throwOnError: true })).data.auth_token
}

const client = clientWith(await tokenOf(await register('upload download start')))
const columns = { time: [1700000000, 1700000060], co2: [612, null] }
assert.equal((await upload({ client, body: columns })).data?.['saved-in-db'], 2)
assert.equal((await upload({ client, body: { rows: [{ time: 1700000120, co2: 614 }] } })).data?.['saved-in-db'], 1)
const file = new Blob(['time,co2\n1700000180,615\n'])
assert.equal((await uploadCsv({ client, body: file })).data?.['saved-in-db'], 1)
const query = { cols: 'co2' }
const rows = (await downloadRows({ client, query })).data
assert.deepEqual(
  rows?.map(({ co2 }) => co2),
  [612, null, 614, 615],
)
const csv = (await downloadCsv({ client, query, parseAs: 'blob', throwOnError: true })).data
assert.equal(await new Response(csv).text(), 'co2\r\n612\r\n\r\n614\r\n615\r\n')

const { error } = await upload({ client, body: { co2: [[1]] } })
assert(error && 'code' in error)
assert.deepEqual([error.status, error.code, error.errors?.[0]?.row], [400, 'body_invalid', 1])
assert.equal((await startSession({ client })).data?.success, true)

const codeOf = async (token: string) => {
  const { error } = await downloadRows({ client: clientWith(token) })
  return error && 'code' in error ? error.code : undefined
}
assert.equal(await codeOf('not.a.token'), 'credentials_invalid')
assert.equal(await codeOf(await tokenOf(await register('upload'))), 'not_allowed')

// `npm start` opens this endpoint.
const userOf = async (email: string) =>
  clientWith(
    (await getUserToken({ client: createClient({ baseUrl }), query: { email }, throwOnError: true })).data.token,
  )
const body = { contact_email: 'bob@corp.example' }
const call = (await createCall({ client: await userOf('ann@corp.example'), body, throwOnError: true })).data
const joined = await joinCall({ client: await userOf('bob@corp.example'), query: { sid: call.sid } })
assert.deepEqual(joined.data?.session_id, call.session_id)
