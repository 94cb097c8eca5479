import { KeyObject, sign } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { signToken, verifyTokenForAnyone } from '../../../lib/access/auth-token.ts'
import { thumbprint } from '../../../lib/access/proof-key.ts'
import { createChallenge } from '../../../lib/attestation/challenge.ts'
import {
  ATTESTATION_SECONDS,
  type ClientAttestation,
  signClientAttestation,
  verifyClientAttestation,
} from '../../../lib/attestation/client-attestation.ts'
import { instanceKey } from '../../../lib/attestation/instance-key.ts'
import { verifyPossession } from '../../../lib/attestation/possession.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'
import { makeSigningKey, publicHalves } from '../../../lib/crypto/deployment-secrets.ts'

const PUBLIC_URL = 'https://latchkey.example'
const NOW = Date.parse('2026-05-01T12:00:00Z')
const SECONDS = NOW / 1_000
const CLIENT = 'a'.repeat(32)
const PROOF = { alg: 'ES256', typ: 'oauth-client-attestation-pop+jwt' }

let pair: Awaited<ReturnType<typeof generateKeyPair>>
let attestation: ClientAttestation
beforeAll(async () => {
  const keys = JSON.stringify({ keys: [await makeSigningKey('ES256'), await makeSigningKey('EdDSA')] })
  Object.assign(process.env, { PUBLIC_URL, SIGNING_KEYS: keys, VERIFICATION_KEYS: publicHalves(keys) })
  clearSettingsCache()
  pair = await generateKeyPair('ES256', { extractable: true })
  attestation = { clientId: CLIENT, deviceId: 'device', jwk: instanceKey.parse(await exportJWK(pair.publicKey)) }
})

describe('instanceKey', () => {
  const accepts = (jwk: unknown) => instanceKey.safeParse(jwk).success

  it('accepts a public key on P-256, without its other members', () => {
    const { jwk } = attestation
    expect(instanceKey.parse({ ...jwk, use: 'sig', kid: '1' })).toEqual(jwk)
    expect(accepts({ ...jwk, d: jwk.x })).toBe(false)
    expect(accepts({ ...jwk, crv: 'P-384' })).toBe(false)
    expect(accepts({ ...jwk, kty: 'OKP' })).toBe(false)
    expect(accepts({ ...jwk, y: jwk.x })).toBe(false)
    expect(accepts({ ...jwk, x: `${jwk.x}A` })).toBe(false)
    expect(accepts('key')).toBe(false)
  })

  it('has the thumbprint of RFC 7638', async () => {
    const { calculateJwkThumbprint } = await import('jose')
    expect(thumbprint(attestation.jwk)).toBe(await calculateJwkThumbprint({ ...attestation.jwk }))
  })
})

describe('verifyClientAttestation', () => {
  it('returns the client, the device and the key until the attestation expires', async () => {
    const jwt = await signClientAttestation(attestation, NOW)
    expect(await verifyClientAttestation(jwt, NOW)).toEqual(attestation)
    expect(await verifyClientAttestation(jwt, NOW + ATTESTATION_SECONDS * 1_000)).toEqual(attestation)
    expect(await verifyClientAttestation(jwt, NOW + (ATTESTATION_SECONDS + 6) * 1_000)).toBe('expired')
  })

  it('rejects what another key signed, and other types of JWT', async () => {
    const claims = { sub: CLIENT, device_id: 'device', cnf: { jwk: attestation.jwk }, exp: SECONDS + 60 }
    const typ = 'oauth-client-attestation+jwt'
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ }).sign(pair.privateKey)
    expect(await verifyClientAttestation(forged, NOW)).toBe('invalid')
    expect(await verifyClientAttestation(new UnsecuredJWT(claims).encode(), NOW)).toBe('invalid')
    const times = { iat: SECONDS, exp: SECONDS + 60 }
    const authToken = await signToken({
      iss: PUBLIC_URL,
      aud: PUBLIC_URL,
      jti: crypto.randomUUID(),
      client_id: CLIENT,
      scope: 'upload',
      ...times,
    })
    expect(await verifyClientAttestation(authToken, NOW)).toBe('invalid')
    for (const text of ['', 'text', 'a.b.c', `${await signClientAttestation(attestation, NOW)}=`])
      expect(await verifyClientAttestation(text, NOW)).toBe('invalid')
  })

  it('is not an auth token', async () => {
    const jwt = await signClientAttestation(attestation, Date.now())
    await expect(verifyTokenForAnyone(jwt)).rejects.toMatchObject({ code: 'credentials_invalid' })
  })
})

describe('verifyPossession', () => {
  const proof = async (
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = pair.privateKey,
  ) =>
    new SignJWT({ aud: PUBLIC_URL, jti: 'one', iat: SECONDS, ...claims })
      .setProtectedHeader({ ...PROOF, ...header })
      .sign(key)
  const check = async (...changes: Parameters<typeof proof>) =>
    verifyPossession(await proof(...changes), attestation, NOW)

  it('returns the id of a proof by the attested key', async () => {
    expect(await check()).toEqual({ jti: 'one' })
    expect(await check({ exp: SECONDS + 60, other: 1 })).toEqual({ jti: 'one' })
  })

  it('rejects another key, algorithm, type or audience', async () => {
    const other = await generateKeyPair('ES256')
    expect(await check({}, {}, other.privateKey)).toBe('signature')
    expect(await check({}, { typ: 'JWT' })).toBe('type')
    expect(await check({}, { typ: 'dpop+jwt' })).toBe('type')
    expect(await check({ aud: 'https://other.example' })).toBe('audience')
    expect(await check({ aud: undefined })).toBe('audience')
    const unsigned = new UnsecuredJWT({ aud: PUBLIC_URL, jti: 'one', iat: SECONDS }).encode()
    expect(await verifyPossession(unsigned, attestation, NOW)).toBe('invalid')
    const mac = await new SignJWT({ aud: PUBLIC_URL, jti: 'one', iat: SECONDS })
      .setProtectedHeader({ ...PROOF, alg: 'HS256' })
      .sign(Buffer.from(attestation.jwk.x, 'base64url'))
    expect(await verifyPossession(mac, attestation, NOW)).toBe('invalid')
    expect(await verifyPossession('text', attestation, NOW)).toBe('invalid')
  })

  it('rejects a proof without an id or a time', async () => {
    for (const claims of [{ jti: undefined }, { jti: '' }, { jti: 1 }, { iat: undefined }, { challenge: 1 }])
      expect(await check(claims)).toBe('claims')
    expect(await check({ exp: 'tomorrow' })).toBe('claims')
  })

  it('rejects a signature in DER, as the Android Keystore returns it', async () => {
    const [header, payload] = (await proof()).split('.')
    const der = sign('sha256', Buffer.from(`${header}.${payload}`), KeyObject.from(pair.privateKey))
    const text = `${header}.${payload}.${der.toString('base64url')}`
    expect(await verifyPossession(text, attestation, NOW)).toBe('signature')
  })

  it('rejects a proof that is too old or too far in the future', async () => {
    expect(await check({ iat: SECONDS - 300 })).toEqual({ jti: 'one' })
    expect(await check({ iat: SECONDS - 301 })).toBe('time')
    expect(await check({ iat: SECONDS + 60 })).toEqual({ jti: 'one' })
    expect(await check({ iat: SECONDS + 61 })).toBe('time')
    expect(await check({ exp: SECONDS - 61 })).toBe('time')
  })

  it('accepts the time of a wrong clock with a challenge of Latchkey', async () => {
    const challenge = await createChallenge(CLIENT, NOW - 60_000)
    expect(await check({ challenge, iat: SECONDS - 1_000_000 })).toEqual({ jti: 'one' })
    const old = await createChallenge(CLIENT, NOW - 400_000)
    expect(await check({ challenge: old })).toBe('challenge')
    const foreign = await createChallenge('b'.repeat(32), NOW)
    expect(await check({ challenge: foreign })).toBe('challenge')
    expect(await check({ challenge: 'text' })).toBe('challenge')
  })
})
