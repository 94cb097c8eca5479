import { createPublicKey } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SIGNING_ALGORITHMS } from '../../../lib/core/signing-algorithms.ts'
import { makeSigningKey } from '../../../lib/crypto/deployment-secrets.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { fieldsOf } from '../../support/responses.ts'
import { publicKey, type SigningKey, signWith, useKeys } from '../../support/signing-keys.ts'

let latchkey: Latchkey
let clientId: string
let rsa: SigningKey
let p256: SigningKey
let ed25519: SigningKey
beforeAll(async () => {
  latchkey = await startLatchkey()
  clientId = (await latchkey.register()).client_id
  rsa = await makeSigningKey('RS256')
  p256 = await makeSigningKey('ES256')
  ed25519 = await makeSigningKey('EdDSA')
})
afterAll(() => latchkey.stop())

const uploadStatus = async (token: string) => (await latchkey.upload(token, '{"a":[1]}')).status

it('a rotation through all algorithms ends no token', async () => {
  const rotations: readonly (readonly [SigningKey, ...SigningKey[]])[] = [
    // A set of a version that had no `alg` and no `use`.
    [JSON.parse(JSON.stringify({ ...ed25519, alg: undefined, use: undefined }))],
    [{ ...rsa, signs_from: 1 }, ed25519],
    [{ ...p256, signs_from: 2 }, { ...publicKey(rsa), signs_from: 1 }, ed25519],
  ]
  const tokens: string[] = []
  for (const keys of rotations) {
    await useKeys(latchkey, keys)
    tokens.push(await latchkey.token(clientId))
    for (const token of tokens) expect(await uploadStatus(token)).toBe(200)
  }
  const headers = tokens.map((token) => decodeProtectedHeader(token))
  expect(headers.map(({ alg, kid }) => [alg, kid])).toEqual([
    ['EdDSA', ed25519.kid],
    ['RS256', rsa.kid],
    ['ES256', p256.kid],
  ])
})

it('the key set contains kid, alg and use of every key, and neither private halves nor the schedule', async () => {
  await useKeys(latchkey, [{ ...rsa, signs_from: 1 }, p256, ed25519])
  const answer = await latchkey.call('/.well-known/jwks.json')
  expect(await fieldsOf(answer)).toEqual({
    keys: [
      { kty: 'RSA', n: rsa.n, e: 'AQAB', kid: rsa.kid, alg: 'RS256', use: 'sig' },
      { kty: 'EC', crv: 'P-256', x: p256.x, y: p256.y, kid: p256.kid, alg: 'ES256', use: 'sig' },
      { kty: 'OKP', crv: 'Ed25519', x: ed25519.x, kid: ed25519.kid, alg: 'EdDSA', use: 'sig' },
    ],
  })
})

describe('a token is rejected with 401', () => {
  let claims: ReturnType<typeof decodeJwt>
  beforeAll(async () => {
    await useKeys(latchkey, [{ ...rsa, signs_from: 1 }, p256, ed25519])
    const live = await latchkey.token(clientId)
    claims = decodeJwt(live)
    expect(await uploadStatus(live)).toBe(200)
    for (const key of [rsa, p256, ed25519]) expect(await uploadStatus(await signWith(key, { claims }))).toBe(200)
  })

  const sharedSecret = (secret: string | undefined, kid: string) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid }).sign(Buffer.from(secret ?? ''))
  const pem = (key: SigningKey) =>
    createPublicKey({ key: { ...publicKey(key) }, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString()
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  it.each(SIGNING_ALGORITHMS)('if HS256 signs it with the public %s key', async (algorithm) => {
    for (const key of [rsa, p256, ed25519].filter(({ alg }) => alg === algorithm)) {
      expect(await uploadStatus(await sharedSecret(pem(key), key.kid))).toBe(401)
      expect(await uploadStatus(await sharedSecret(JSON.stringify(publicKey(key)), key.kid))).toBe(401)
      expect(await uploadStatus(await sharedSecret(key.n ?? key.x, key.kid))).toBe(401)
    }
  })

  it('if it has no signature', async () => {
    for (const alg of ['none', 'None', 'RS256', '']) {
      const unsigned = `${encode({ alg, typ: 'at+jwt', kid: rsa.kid })}.${encode(claims)}`
      expect(await uploadStatus(`${unsigned}.`)).toBe(401)
      expect(await uploadStatus(`${unsigned}.AA`)).toBe(401)
    }
  })

  it('if its kid is that of a key of another algorithm', async () => {
    for (const key of [rsa, p256, ed25519]) {
      for (const other of [rsa, p256, ed25519].filter(({ kid }) => kid !== key.kid)) {
        expect(await uploadStatus(await signWith(key, { claims, header: { kid: other.kid } }))).toBe(401)
      }
    }
  })

  it.each(['RS384', 'RS512', 'PS256'])('if the RSA key signs it with %s', async (alg) => {
    expect(await uploadStatus(await signWith(rsa, { claims, header: { alg } }))).toBe(401)
  })

  it('if its header has another algorithm than its signature', async () => {
    for (const key of [rsa, p256, ed25519]) {
      const [, payload, signature] = (await signWith(key, { claims })).split('.')
      for (const alg of ['RS256', 'ES256', 'EdDSA', 'Ed25519', 'HS256', 'PS256'].filter((name) => name !== key.alg)) {
        const header = encode({ alg, typ: 'at+jwt', kid: key.kid })
        expect(await uploadStatus(`${header}.${payload}.${signature}`)).toBe(401)
      }
    }
  })

  it('if its header contains a key of its own', async () => {
    const own = await makeSigningKey('RS256')
    const token = (header: Record<string, unknown>) => signWith(own, { claims, header: { kid: rsa.kid, ...header } })
    expect(await uploadStatus(await token({ jwk: publicKey(own) }))).toBe(401)
    expect(await uploadStatus(await token({ jku: 'https://other.example/jwks.json' }))).toBe(401)
  })
})
