import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'

const SALT = 'the salt of one client'

let latchkey: Latchkey
let clientId: string
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_EXPIRY_REQUIRED: 'true' })
  clientId = (await latchkey.register({ scope: 'upload download', checksum_salt: SALT })).client_id
})
afterAll(() => latchkey.stop())

const digest = (payload: string) =>
  createHash('sha256')
    .update(payload + SALT)
    .digest('hex')
const read = (path: string) => latchkey.call(path, { headers: { 'Content-SHA256-Salted': digest(path) } })
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
const DAY = 86_400

it.each(['/download?format=csv&cols=a', '/series?source=default'])(
  'a salted GET %s requires `expires`, at most seven days ahead',
  async (path) => {
    const missing = await read(path)
    expect([missing.status, await problemOf(missing)]).toMatchObject([
      401,
      { code: 'credentials_invalid', detail: 'Sign the request with the parameter expires, in UNIX seconds.' },
    ])
    expect((await read(`${path}&expires=${inSeconds(7 * DAY - 5)}`)).status).toBe(200)
    const far = await read(`${path}&expires=${inSeconds(7 * DAY + 60)}`)
    expect([far.status, await problemOf(far)]).toMatchObject([
      400,
      { errors: [{ field: 'expires', detail: 'must be at most 7 days ahead' }] },
    ])
    expect((await read(`${path}&expires=1`)).status).toBe(401)
  },
)

it('uploads, auth tokens and the admin token need no `expires`', async () => {
  const body = '{"time":[1],"a":[1]}'
  const headers = { 'content-type': 'application/json', 'Content-SHA256-Salted': digest(body) }
  expect((await latchkey.call('/upload', { method: 'POST', body, headers })).status).toBe(200)
  const authorization = `Bearer ${await latchkey.token(clientId)}`
  expect((await latchkey.call('/download?format=csv', { headers: { authorization } })).status).toBe(200)
  expect((await latchkey.asAdmin('/download?format=csv')).status).toBe(200)
})
