// @module-tag local-only
// A deployment trusts no fake authority.
import { decodeJwt, generateKeyPair, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { jwkOf, newPhone, proofOf } from '../../../dev/fakes/phone.ts'
import { forgetDevice } from '../../support/attestation/devices.ts'
import {
  androidRequest,
  attestedHeaders,
  attestPhone,
  authority,
  challengeFor,
  readToken,
  registerAttested,
  renewalRequest,
  requestAttestation,
  requestToken,
} from '../../support/attestation/phones.ts'
import { proofKeyOf } from '../../support/dpop.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { metricsOf } from '../../support/logs.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const oauthError = z.object({ error: z.string(), error_description: z.string() })

let latchkey: Latchkey
let client: string
type Attested = Awaited<ReturnType<typeof attestPhone>>
let phone: Attested
beforeAll(async () => {
  latchkey = await startLatchkey(authority.settings)
})
beforeEach(async () => {
  client = await registerAttested(latchkey, {}, { scope: 'upload download' })
  phone = await attestPhone(latchkey, client)
})
afterEach(() => {
  vi.useRealTimers()
})
afterAll(() => latchkey.stop())

const request = (headers: Record<string, string>, form: Record<string, string> = { client_id: client }) =>
  requestToken(latchkey, headers, form)
async function rejection(response: Response) {
  const { error } = oauthError.parse(await response.json())
  return [response.status, error]
}
const getToken = (parameters: Record<string, string> = {}) =>
  latchkey.call(`/token?${new URLSearchParams({ client_id: client, ...parameters })}`, {
    headers: { accept: 'application/json' },
  })
async function codeOf(): Promise<string> {
  const response = await getToken({ code_challenge: CHALLENGE, code_challenge_method: 'S256' })
  return new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''
}
const redeem = async (headers: Record<string, string>, code: string) =>
  request(headers, { grant_type: 'authorization_code', client_id: client, code, code_verifier: VERIFIER })

describe('POST /token of an attested client', () => {
  it('returns a token for a client attestation and a proof of its key', async () => {
    const response = await request(await attestedHeaders(phone), { client_id: client, scope: 'upload' })
    expect(response.status).toBe(200)
    const { access_token, scope } = await readToken(response)
    expect(scope).toBe('upload')
    expect((await latchkey.upload(access_token, JSON.stringify({ co2: [612] }))).status).toBe(200)
  })

  it('reads client_id from the client attestation', async () => {
    expect((await request(await attestedHeaders(phone), {})).status).toBe(200)
  })

  it('redeems a code', async () => {
    const response = await redeem(await attestedHeaders(phone), await codeOf())
    expect(response.status).toBe(200)
  })

  it('does not trust the participant that an app names', async () => {
    const form = { client_id: client, participant_id: 'P1' }
    const { access_token } = await readToken(await request(await attestedHeaders(phone), form))
    const { findToken } = await import('../../../lib/clients/store-tokens.ts')
    const { decodeJwt } = await import('jose')
    const record = await findToken(decodeJwt(access_token).jti ?? '')
    expect(record).toMatchObject({ participant_id: 'P1', participant_trusted: false })
  })

  it('gives a stolen client id no token', async () => {
    const [plain, json, grant] = [await getToken(), await getToken({ response: 'json' }), await request({})]
    expect([plain.status, (await problemOf(plain)).code]).toEqual([401, 'attestation_missing'])
    expect([json.status, (await problemOf(json)).code]).toEqual([401, 'attestation_missing'])
    expect(await rejection(grant)).toEqual([401, 'invalid_client'])
    expect(await rejection(await redeem({}, await codeOf()))).toEqual([401, 'invalid_client'])
  })

  it('gives a stolen client attestation no token', async () => {
    const stolen = { 'oauth-client-attestation': phone.client_attestation }
    expect(await rejection(await request(stolen))).toEqual([400, 'invalid_client_attestation'])
    const foreign = await proofOf(newPhone(), latchkey.url)
    const headers = { ...stolen, 'oauth-client-attestation-pop': foreign }
    expect(await rejection(await request(headers))).toEqual([400, 'invalid_client_attestation'])
    expect(await rejection(await redeem(headers, await codeOf()))).toEqual([400, 'invalid_client_attestation'])
  })

  it('accepts each proof once, also if it arrives twice at once', async () => {
    const headers = await attestedHeaders(phone)
    const statuses = (await Promise.all([1, 2, 3].map(() => request(headers)))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 400, 400])
    const { proof: _, ...again } = { ...headers, proof: '' }
    expect(await rejection(await request(again))).toEqual([400, 'invalid_client_attestation'])
    expect((await request(await attestedHeaders(phone))).status).toBe(200)
  })

  it('binds the token to the key of the app with DPoP', async () => {
    const key = await proofKeyOf(jwkOf(phone.phone), phone.phone.instanceKey)
    const dpop = () => key.prove({ method: 'POST', url: `${latchkey.url}/token` })
    const headers = { ...(await attestedHeaders(phone)), dpop: await dpop() }
    const answer = await fieldsOf(await request(headers))
    expect(answer).toMatchObject({ token_type: 'DPoP' })
    const token = String(answer['access_token'])
    expect(decodeJwt(token)['cnf']).toEqual({ jkt: key.jkt })
    expect((await latchkey.upload(token, JSON.stringify({ co2: [612] }))).status).toBe(401)
    // Each of both proofs can be used once.
    const usedProof = { ...headers, ...(await attestedHeaders(phone)) }
    expect(await rejection(await request(usedProof))).toEqual([400, 'invalid_dpop_proof'])
    expect(await rejection(await request({ ...headers, dpop: await dpop() }))).toEqual([
      400,
      'invalid_client_attestation',
    ])
  })

  it('keeps the proof of a request that is rejected for another reason', async () => {
    const key = await proofKeyOf(jwkOf(phone.phone), phone.phone.instanceKey)
    const headers = await attestedHeaders(phone)
    const dpop = await key.prove({ method: 'GET', url: `${latchkey.url}/token` })
    expect(await rejection(await request({ ...headers, dpop }))).toEqual([400, 'invalid_dpop_proof'])
    for (const [parameters, error] of [
      [{ scope: 'start' }, 'invalid_scope'],
      [{ audience: 'other' }, 'invalid_target'],
      [{ expires_in: '1' }, 'invalid_request'],
    ] as const)
      expect(await rejection(await request(headers, { client_id: client, ...parameters }))).toEqual([400, error])
    expect(await rejection(await redeem(headers, 'another'))).toEqual([400, 'invalid_grant'])
    expect((await redeem(headers, await codeOf())).status).toBe(200)
    expect(await rejection(await redeem(headers, await codeOf()))).toEqual([400, 'invalid_client_attestation'])
  })

  it('revokes the token of a code that is used again, but not for a copied request', async () => {
    const [code, headers] = [await codeOf(), await attestedHeaders(phone)]
    const { access_token } = await readToken(await redeem(headers, code))
    expect(await rejection(await redeem(headers, code))).toEqual([400, 'invalid_client_attestation'])
    expect((await latchkey.upload(access_token, '{"co2":[1]}')).status).toBe(200)
    expect(await rejection(await redeem(await attestedHeaders(phone), code))).toEqual([400, 'invalid_grant'])
    expect((await latchkey.upload(access_token, '{"co2":[1]}')).status).toBe(401)
  })

  it('rejects a client attestation that names no client', async () => {
    const proof = { 'oauth-client-attestation-pop': 'a.b.c' }
    for (const sub of [[client], [[client]], { toString: 1 }, 1, null, '', 'x'.repeat(3_000)]) {
      const unsigned = ['{}', JSON.stringify({ sub }), ''].map((part) => Buffer.from(part).toString('base64url'))
      const headers = { ...proof, 'oauth-client-attestation': unsigned.join('.') }
      expect(await rejection(await request(headers, {}))).toEqual([401, 'invalid_client'])
      const code = { grant_type: 'authorization_code', code: 'x', code_verifier: VERIFIER }
      expect(await rejection(await request(headers, code))).toEqual([401, 'invalid_client'])
    }
  })

  it('rejects an attestation of another client', async () => {
    const other = await attestPhone(latchkey, await registerAttested(latchkey))
    expect(await rejection(await request(await attestedHeaders(other)))).toEqual([400, 'invalid_client_attestation'])
  })

  it('rejects an attestation that another key signed, an auth token, and other text', async () => {
    const headers = await attestedHeaders(phone)
    const { privateKey } = await generateKeyPair('ES256')
    const forged = await new SignJWT({ device_id: phone.device_id, sub: client })
      .setProtectedHeader({ alg: 'ES256', typ: 'oauth-client-attestation+jwt' })
      .setExpirationTime('1h')
      .sign(privateKey)
    const { access_token } = await readToken(await request(await attestedHeaders(phone)))
    for (const attestation of [
      forged,
      access_token,
      'text',
      `${phone.client_attestation}, ${phone.client_attestation}`,
    ]) {
      const changed = { ...headers, 'oauth-client-attestation': attestation }
      expect(await rejection(await request(changed))).toEqual([400, 'invalid_client_attestation'])
    }
  })

  it('rejects a client attestation as an auth token', async () => {
    const response = await latchkey.upload(phone.client_attestation, '{"co2":[1]}')
    expect([response.status, (await problemOf(response)).code]).toEqual([401, 'credentials_invalid'])
  })

  it('rejects a proof for another issuer', async () => {
    const headers = await attestedHeaders(phone, { aud: 'https://other.example' })
    expect(await rejection(await request(headers))).toEqual([400, 'invalid_client_attestation'])
  })

  it('asks for a fresh attestation after a day', async () => {
    vi.useFakeTimers({ now: Date.now() + 86_400_000 + 6_000, toFake: ['Date'] })
    expect(await rejection(await request(await attestedHeaders(phone)))).toEqual([400, 'use_fresh_attestation'])
  })

  it('helps a phone whose clock is wrong with a challenge', async () => {
    const wrong = { iat: Math.floor(Date.now() / 1_000) - 7_200 }
    const response = await request(await attestedHeaders(phone, wrong))
    const challenge = response.headers.get('oauth-client-attestation-challenge') ?? ''
    expect(await rejection(response)).toEqual([400, 'use_attestation_challenge'])
    const headers = await attestedHeaders(phone, { ...wrong, challenge })
    expect((await request(headers)).status).toBe(200)
    expect(await rejection(await request(headers))).toEqual([400, 'invalid_client_attestation'])
    const madeUp = await request(await attestedHeaders(phone, { challenge: 'made-up' }))
    expect(await rejection(madeUp)).toEqual([400, 'use_attestation_challenge'])
  })

  it('rejects a disabled client, and a secret', async () => {
    expect(await rejection(await request({}, { client_id: client, client_secret: 'guess' }))).toEqual([
      401,
      'invalid_client',
    ])
    const { setClientStatus } = await import('../../../lib/clients/store-admin.ts')
    await setClientStatus(client, 'disabled')
    expect(await rejection(await request(await attestedHeaders(phone)))).toEqual([401, 'invalid_client'])
  })

  it('lets an app revoke its token with its client_id, but gives it no introspection', async () => {
    const { access_token } = await readToken(await request(await attestedHeaders(phone)))
    const post = (path: string) =>
      latchkey.call(path, { method: 'POST', body: new URLSearchParams({ client_id: client, token: access_token }) })
    expect(await rejection(await post('/introspect'))).toEqual([400, 'unauthorized_client'])
    expect((await post('/revoke')).status).toBe(200)
    expect((await latchkey.upload(access_token, '{"co2":[1]}')).status).toBe(401)
  })

  it('measures rejections by their cause', async () => {
    const metrics = await metricsOf(async () => {
      await request({})
      await getToken()
      await request({ 'oauth-client-attestation': phone.client_attestation })
    })
    expect(metrics).toEqual(
      expect.arrayContaining([
        { AttestationRejected: 1, cause: 'missing' },
        { AttestationRejected: 1, cause: 'proof_missing' },
      ]),
    )
  })
})

describe('a client in the mode shadow', () => {
  beforeEach(async () => {
    client = await registerAttested(latchkey, { mode: 'shadow' })
    phone = await attestPhone(latchkey, client)
  })

  it('gets tokens with and without a valid client attestation, and measures which', async () => {
    const metrics = await metricsOf(async () => {
      expect((await request(await attestedHeaders(phone))).status).toBe(200)
      expect((await request({})).status).toBe(200)
      expect((await getToken()).status).toBe(200)
      expect((await redeem({ 'oauth-client-attestation': 'text' }, await codeOf())).status).toBe(200)
    })
    expect(metrics.filter((metric) => 'result' in metric)).toEqual([
      { AttestationShadow: 1, result: 'valid' },
      { AttestationShadow: 1, result: 'missing' },
      { AttestationShadow: 1, result: 'missing' },
      { AttestationShadow: 1, result: 'signature' },
    ])
  })
})

describe('a revoked device', () => {
  it('gets no token and no new attestation, other devices do', async () => {
    const other = await attestPhone(latchkey, client)
    const { revokeDevice } = await import('../../../lib/attestation/store-devices-admin.ts')
    expect(await revokeDevice(client, phone.device_id, Date.now())).toBe(true)
    expect(await rejection(await request(await attestedHeaders(phone)))).toEqual([400, 'invalid_client_attestation'])
    const body = await renewalRequest(phone.phone, client, await challengeFor(latchkey, client))
    const renewal = await requestAttestation(latchkey, body)
    expect([renewal.status, (await problemOf(renewal)).code]).toEqual([403, 'device_revoked'])
    expect((await request(await attestedHeaders(other))).status).toBe(200)
  })

  it('with Android gets no new attestation either, and its record does not expire', async () => {
    const android = await attestPhone(latchkey, client, 'android')
    const { revokeDevice } = await import('../../../lib/attestation/store-devices-admin.ts')
    await revokeDevice(client, android.device_id, Date.now())
    vi.useFakeTimers({ now: Date.now() + 200 * 86_400_000, toFake: ['Date'] })
    const body = await androidRequest(android.phone, client, await challengeFor(latchkey, client))
    expect(await problemOf(await requestAttestation(latchkey, body))).toMatchObject({ code: 'device_revoked' })
  })

  it('that is forgotten gets no token', async () => {
    await forgetDevice(client, phone.device_id)
    expect(await rejection(await request(await attestedHeaders(phone)))).toEqual([400, 'invalid_client_attestation'])
  })
})
