// @module-tag local-only
// These tests change the keys and the clock of one container.
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { makeSigningKey } from '../../../lib/crypto/deployment-secrets.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { problemOf } from '../../support/responses.ts'
import { publicKey, type SigningKey, tamper, useKeys } from '../../support/signing-keys.ts'

let latchkey: Latchkey
let keys: SigningKey[]
beforeAll(async () => {
  latchkey = await startLatchkey()
  keys = [await makeSigningKey('ES256'), await makeSigningKey('ES256')]
})
beforeEach(() => useKeys(latchkey, keys))
afterEach(() => vi.useRealTimers())
afterAll(() => latchkey.stop())

const upload = (token: string) => latchkey.upload(token, '{"a":[1]}')
const newToken = async () => latchkey.token((await latchkey.register()).client_id, { expiry_minutes: '60' })

it('a container checks the signature of a token once', async () => {
  const token = await newToken()
  const verify = vi.spyOn(crypto.subtle, 'verify')
  for (const _ of Array(3)) expect((await upload(token)).status).toBe(200)
  expect(verify).toHaveBeenCalledTimes(1)
  verify.mockRestore()
})

it('a token that differs in one byte from a verified one is refused', async () => {
  const token = await newToken()
  expect((await upload(token)).status).toBe(200)
  const [header, payload, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes.writeUInt8((bytes[0] ?? 0) ^ 1, 0)
  for (const other of [tamper(token), `${header}.${payload}.${bytes.toString('base64url')}`]) {
    expect(await problemOf(await upload(other))).toMatchObject({ status: 401, code: 'credentials_invalid' })
    expect((await upload(token)).status).toBe(200)
  }
})

it('a verified token is refused once it has expired', async () => {
  const token = await newToken()
  const { exp = 0 } = decodeJwt(token)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  expect((await upload(token)).status).toBe(200)
  vi.setSystemTime(exp * 1_000 + 5_000)
  expect(await problemOf(await upload(token))).toMatchObject({ status: 401, code: 'token_expired' })
})

it('a verified token is refused once its key was removed', async () => {
  const token = await newToken()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  expect((await upload(token)).status).toBe(200)
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  const others = keys.filter((key) => key.kid !== kid).map(publicKey)
  process.env['VERIFICATION_KEYS'] = JSON.stringify({ keys: others })
  vi.setSystemTime(Date.now() + 5 * 60_000)
  expect(await problemOf(await upload(token))).toMatchObject({ status: 401, code: 'credentials_invalid' })
})
