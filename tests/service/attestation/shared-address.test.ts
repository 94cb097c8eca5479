// @module-tag local-only
// A deployment trusts no fake authority.
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  attestedHeaders,
  attestPhone,
  authority,
  registerAttested,
  requestToken,
} from '../../support/attestation/phones.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey(authority.settings)
})
afterAll(() => latchkey.stop())

it('gives phones their tokens at an address from which others guess secrets', async () => {
  const client_id = await registerAttested(latchkey)
  const phone = await attestPhone(latchkey, client_id)
  const guess = () => requestToken(latchkey, {}, { client_id: 'other', client_secret: 'guess' })
  for (let attempt = 0; attempt < 51; attempt += 1) await guess()
  expect((await guess()).status).toBe(429)
  expect((await requestToken(latchkey, await attestedHeaders(phone), { client_id })).status).toBe(200)
})
