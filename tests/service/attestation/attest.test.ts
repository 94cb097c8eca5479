// @module-tag local-only
// A deployment trusts no fake authority.
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeAttestationAuthority } from '../../../dev/fakes/attestation-authority.ts'
import { jwkOf, newPhone } from '../../../dev/fakes/phone.ts'
import { consoleKeys, makePlayAuthority } from '../../../dev/fakes/play-integrity.ts'
import {
  APP_ID,
  androidRequest,
  appleRequest,
  attestPhone,
  authority,
  challengeFor,
  PACKAGE,
  readAttestation,
  registerAttested,
  renewalRequest,
  requestAttestation,
} from '../../support/attestation/phones.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { metricsOf } from '../../support/logs.ts'
import { faultyFields, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
let client: string
beforeAll(async () => {
  latchkey = await startLatchkey(authority.settings)
})
beforeEach(async () => {
  client = await registerAttested(latchkey)
})
afterEach(() => {
  vi.useRealTimers()
  latchkey.database.plan = () => undefined
})
afterAll(() => latchkey.stop())

const attest = (body: unknown) => requestAttestation(latchkey, body)
const challenge = () => challengeFor(latchkey, client)
/** Status, code and cause of a rejected request. */
async function rejection(body: unknown) {
  const response = await attest(body)
  const { code, detail } = await problemOf(response)
  return { status: response.status, code, detail }
}
const evidenceRejected = (detail: string) => ({
  status: 400,
  code: 'evidence_invalid',
  detail: expect.stringContaining(detail),
})

describe('POST /attest/challenge', () => {
  it('returns a new challenge each time, and reads and writes no table', async () => {
    latchkey.database.commands.length = 0
    expect(await challenge()).not.toBe(await challenge())
    expect(latchkey.database.commands).toEqual([])
  })

  it('rejects a body without client_id with 400', async () => {
    const body = JSON.stringify({ client: 'a' })
    const headers = { 'content-type': 'application/json' }
    const response = await latchkey.call('/attest/challenge', { method: 'POST', headers, body })
    expect([response.status, (await faultyFields(response)).sort()]).toEqual([400, ['client', 'client_id']])
  })
})

describe('POST /attest from an iPhone', () => {
  it('returns a client attestation of a day for the key of the app', async () => {
    const phone = newPhone()
    const response = await attest(await appleRequest(phone, client, await challenge()))
    expect(response.status).toBe(200)
    const { client_attestation, expires_in, device_id } = await readAttestation(response)
    expect(expires_in).toBe(86_400)
    expect(decodeProtectedHeader(client_attestation)).toMatchObject({ typ: 'oauth-client-attestation+jwt' })
    const { iat = 0, ...claims } = decodeJwt(client_attestation)
    expect(claims).toEqual({
      iss: latchkey.url,
      sub: client,
      device_id,
      cnf: { jwk: jwkOf(phone) },
      exp: iat + 86_400,
    })
  })

  it('renews it with assertions, whose counter only grows', async () => {
    const { phone, device_id } = await attestPhone(latchkey, client)
    for (const _ of [1, 2, 3]) {
      const response = await attest(await renewalRequest(phone, client, await challenge()))
      expect((await readAttestation(response)).device_id).toBe(device_id)
    }
    phone.counter -= 1
    expect(await rejection(await renewalRequest(phone, client, await challenge()))).toEqual(
      evidenceRejected('its key was copied'),
    )
  })

  it('binds a renewal to a new key of the app', async () => {
    const { phone } = await attestPhone(latchkey, client)
    const reinstalled = { ...newPhone(), platformKey: phone.platformKey }
    const response = await attest(await renewalRequest(reinstalled, client, await challenge()))
    const { client_attestation } = await readAttestation(response)
    expect(decodeJwt(client_attestation)).toMatchObject({ cnf: { jwk: jwkOf(reinstalled) } })
    const swapped = await renewalRequest({ ...reinstalled, counter: 5 }, client, await challenge())
    expect(await rejection({ ...swapped, jwk: jwkOf(newPhone()) })).toEqual(evidenceRejected('signature'))
  })

  it('accepts only one of two assertions with the same counter at once', async () => {
    const { phone } = await attestPhone(latchkey, client)
    const bodies = await Promise.all(
      [1, 2, 3, 4].map(async () => renewalRequest({ ...phone, counter: 6 }, client, await challenge())),
    )
    const statuses = (await Promise.all(bodies.map(attest))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 400, 400, 400])
  })

  it('rejects evidence that was sent before, and one challenge for two devices', async () => {
    const text = await challenge()
    const body = await appleRequest(newPhone(), client, text)
    expect((await attest(body)).status).toBe(200)
    expect(await rejection(body)).toMatchObject({ status: 400, code: 'challenge_invalid' })
    const other = await appleRequest(newPhone(), client, text)
    expect(await rejection(other)).toMatchObject({ status: 400, code: 'challenge_invalid' })
  })

  it('accepts one of several identical requests at once', async () => {
    const body = await appleRequest(newPhone(), client, await challenge())
    const statuses = (await Promise.all([1, 2, 3].map(() => attest(body)))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 400, 400])
  })

  it('rejects the attestation of a key that was attested before', async () => {
    const { phone } = await attestPhone(latchkey, client)
    expect(await rejection(await appleRequest(phone, client, await challenge()))).toEqual(
      evidenceRejected('used before'),
    )
  })

  it('rejects a challenge that is too old, of another client or made up', async () => {
    const text = await challenge()
    const body = await appleRequest(newPhone(), client, text)
    vi.useFakeTimers({ now: Date.now() + 301_000, toFake: ['Date'] })
    expect(await rejection(body)).toMatchObject({ status: 400, code: 'challenge_invalid' })
    vi.useRealTimers()
    const other = await challengeFor(latchkey, await registerAttested(latchkey))
    expect(await rejection(await appleRequest(newPhone(), client, other))).toMatchObject({ code: 'challenge_invalid' })
    const madeUp = `${text.slice(0, -2)}${text.endsWith('AA') ? 'BB' : 'AA'}`
    expect(await rejection(await appleRequest(newPhone(), client, madeUp))).toMatchObject({ code: 'challenge_invalid' })
  })

  it('rejects evidence for another challenge, or another key of the app', async () => {
    const body = await appleRequest(newPhone(), client, await challenge())
    expect(await rejection({ ...body, challenge: await challenge() })).toEqual(evidenceRejected('another challenge'))
    expect(await rejection({ ...body, jwk: jwkOf(newPhone()) })).toEqual(evidenceRejected('another challenge'))
  })

  it('rejects another app, and a debug build', async () => {
    const foreign = await appleRequest(newPhone(), client, await challenge(), {
      appId: 'ABCDE12345.com.example.changed',
    })
    expect(await rejection(foreign)).toEqual(evidenceRejected('another app'))
    const aaguid = 'appattestdevelop'
    const debug = await appleRequest(newPhone(), client, await challenge(), { aaguid })
    expect(await rejection(debug)).toEqual(evidenceRejected('development environment'))
  })

  it('accepts a debug build if the client allows development, until it no longer does', async () => {
    client = await registerAttested(latchkey, { ios: { app_ids: [APP_ID], development: true } })
    const phone = newPhone()
    const body = await appleRequest(phone, client, await challenge(), { aaguid: 'appattestdevelop' })
    expect((await attest(body)).status).toBe(200)
    const { setClientAttestation } = await import('../../../lib/clients/store-admin.ts')
    await setClientAttestation(client, {
      mode: 'required',
      ios: { app_ids: [APP_ID], distribution: ['app_store'], development: false },
    })
    expect(await rejection(await renewalRequest(phone, client, await challenge()))).toEqual(
      evidenceRejected('development environment'),
    )
  })

  it('rejects an assertion of an unknown key, and of a key of another client', async () => {
    expect(await rejection(await renewalRequest(newPhone(), client, await challenge()))).toEqual(
      evidenceRejected('does not know'),
    )
    const { phone } = await attestPhone(latchkey, client)
    client = await registerAttested(latchkey)
    expect(await rejection(await renewalRequest(phone, client, await challenge()))).toEqual(
      evidenceRejected('does not know'),
    )
  })

  it('rejects an assertion of another app of the same client', async () => {
    const second = 'ABCDE12345.com.example.second'
    client = await registerAttested(latchkey, { ios: { app_ids: [APP_ID, second] } })
    const { phone } = await attestPhone(latchkey, client)
    expect(await rejection(await renewalRequest(phone, client, await challenge(), second))).toEqual(
      evidenceRejected('another app'),
    )
  })

  it('forgets a device after 90 days without a renewal', async () => {
    const { phone } = await attestPhone(latchkey, client)
    vi.useFakeTimers({ now: Date.now() + 90 * 86_400_000 + 1_000, toFake: ['Date'] })
    expect(await rejection(await renewalRequest(phone, client, await challenge()))).toEqual(
      evidenceRejected('does not know'),
    )
  })

  it('rejects evidence of another authority', async () => {
    const by = makeAttestationAuthority(Date.now())
    const apple = await appleRequest(newPhone(), client, await challenge(), { by })
    expect(await rejection(apple)).toEqual(evidenceRejected('root of the platform'))
    const android = await androidRequest(newPhone(), client, await challenge(), {}, by)
    expect(await rejection(android)).toEqual(evidenceRejected('cannot be decrypted'))
  })

  it('writes nothing for evidence that is not valid', async () => {
    const body = await appleRequest(newPhone(), client, await challenge(), { appId: 'ABCDE12345.com.example.changed' })
    latchkey.database.commands.length = 0
    await attest(body)
    expect(latchkey.database.commands).toEqual(['GetItem'])
  })

  it('accepts evidence again if the response of the database was lost', async () => {
    const body = await appleRequest(newPhone(), client, await challenge())
    const lost = new Set<string>()
    latchkey.database.plan = (command) => {
      if (command === 'GetItem' || lost.has(command)) return undefined
      lost.add(command)
      return 'answer lost'
    }
    expect((await attest(body)).status).toBe(200)
    expect(lost).toEqual(new Set(['PutItem', 'UpdateItem']))
  })
})

describe('POST /attest from an Android phone', () => {
  it('returns a client attestation, and the same device for the same key', async () => {
    const { phone, device_id } = await attestPhone(latchkey, client, 'android')
    const response = await attest(await androidRequest(phone, client, await challenge()))
    expect((await readAttestation(response)).device_id).toBe(device_id)
    expect((await attestPhone(latchkey, client, 'android')).device_id).not.toBe(device_id)
  })

  it('rejects verdicts that the policy of the client does not accept', async () => {
    const rooted = { deviceIntegrity: { deviceRecognitionVerdict: ['MEETS_BASIC_INTEGRITY'] } }
    expect(await rejection(await androidRequest(newPhone(), client, await challenge(), rooted))).toEqual(
      evidenceRejected('device verdict'),
    )
    client = await registerAttested(latchkey, {
      android: { package: PACKAGE, certificate_sha256: ['ab'.repeat(32)], device: [] },
    })
    expect(await rejection(await androidRequest(newPhone(), client, await challenge(), rooted))).toEqual(
      evidenceRejected('another certificate'),
    )
  })

  it('rejects a token that was sent before', async () => {
    const body = await androidRequest(newPhone(), client, await challenge())
    expect((await attest(body)).status).toBe(200)
    expect(await rejection(body)).toMatchObject({ code: 'challenge_invalid' })
  })
})

describe('POST /attest', () => {
  it('rejects clients that are unknown, disabled or not attested', async () => {
    const { client_id } = await latchkey.register()
    const body = await appleRequest(newPhone(), client_id, await challengeFor(latchkey, client_id))
    expect(await rejection(body)).toMatchObject({ status: 400, code: 'client_unauthorized' })
    const unknown = '0'.repeat(32)
    const stranger = await appleRequest(newPhone(), unknown, await challengeFor(latchkey, unknown))
    expect(await rejection(stranger)).toMatchObject({ status: 403, code: 'client_unknown' })
    const { setClientStatus } = await import('../../../lib/clients/store-admin.ts')
    await setClientStatus(client, 'disabled')
    expect(await rejection(await appleRequest(newPhone(), client, await challenge()))).toMatchObject({
      code: 'client_unknown',
    })
  })

  it('rejects a platform that the client was not registered with', async () => {
    client = await registerAttested(latchkey, { android: undefined })
    const android = await attest(await androidRequest(newPhone(), client, await challenge()))
    expect([android.status, await faultyFields(android)]).toEqual([400, ['platform']])
    client = await registerAttested(latchkey, { ios: undefined })
    const ios = await attest(await appleRequest(newPhone(), client, await challenge()))
    expect([ios.status, await faultyFields(ios)]).toEqual([400, ['platform']])
  })

  it.each<[string, (body: Record<string, unknown>) => unknown, string]>([
    ['a member that is unknown', (body) => ({ ...body, more: 1 }), 'more'],
    ['another platform', (body) => ({ ...body, platform: 'windows' }), 'platform'],
    ['a short challenge', (body) => ({ ...body, challenge: 'abc' }), 'challenge'],
    ['a private key', (body) => ({ ...body, jwk: { ...jwkOf(newPhone()), d: 'A'.repeat(43) } }), 'jwk'],
    [
      'a key that is not on the curve',
      (body) => ({ ...body, jwk: { ...jwkOf(newPhone()), x: 'A'.repeat(43) } }),
      'jwk',
    ],
    ['evidence of the other platform', (body) => ({ ...body, platform: 'android' }), 'evidence'],
    [
      'an oversized attestation',
      (body) => withEvidence(body, { attestation: 'A'.repeat(21_340) }),
      'evidence.attestation',
    ],
    [
      'an oversized assertion',
      (body) => withEvidence(body, { attestation: null, assertion: 'A'.repeat(1_340) }),
      'evidence.assertion',
    ],
    ['text that is not base64', (body) => withEvidence(body, { attestation: 'ab-_' }), 'evidence.attestation'],
    ['an empty attestation', (body) => withEvidence(body, { attestation: '' }), 'evidence.attestation'],
    ['a short key id', (body) => withEvidence(body, { key_id: 'AAAA' }), 'evidence.key_id'],
    ['an attestation and an assertion', (body) => withEvidence(body, { assertion: 'AAAA' }), 'evidence'],
    ['neither of them', (body) => withEvidence(body, { attestation: null }), 'evidence'],
  ])('rejects %s with 400', async (_what, change, field) => {
    const body = await appleRequest(newPhone(), client, await challenge())
    const response = await attest(change(body))
    expect([response.status, await faultyFields(response)]).toEqual([400, expect.arrayContaining([field])])
  })
  const withEvidence = (body: Record<string, unknown>, changes: object) => ({
    ...body,
    evidence: { ...Object(body['evidence']), ...changes },
  })

  it('rejects an oversized integrity token, and an oversized body before it parses it', async () => {
    const body = await androidRequest(newPhone(), client, await challenge())
    const long = await attest({ ...body, evidence: { integrity_token: 'a'.repeat(16_001) } })
    expect([long.status, await faultyFields(long)]).toEqual([400, ['evidence.integrity_token']])
    const large = await attest({ ...body, evidence: { integrity_token: 'a'.repeat(64_000) } })
    expect(large.status).toBe(413)
  })

  it('measures rejections by platform and cause, and devices', async () => {
    const metrics = await metricsOf(async () => {
      await attest(
        await appleRequest(newPhone(), client, await challenge(), { appId: 'ABCDE12345.com.example.changed' }),
      )
      await attest(await androidRequest(newPhone(), client, await challenge(), { deviceIntegrity: {} }))
      await attest({})
      const { phone } = await attestPhone(latchkey, client)
      await attest(await renewalRequest(phone, client, await challenge()))
    })
    expect(metrics).toEqual(
      expect.arrayContaining([
        { EvidenceRejected: 1, platform: 'ios', cause: 'app_id' },
        { EvidenceRejected: 1, platform: 'android', cause: 'device_verdict' },
        { EvidenceRejected: 1, platform: 'unknown', cause: 'parameter_invalid' },
        { DeviceAttested: 1, platform: 'ios', kind: 'new' },
        { DeviceAttested: 1, platform: 'ios', kind: 'renewed' },
      ]),
    )
  })
})

describe('the keys of Play Integrity', () => {
  it('are those of the package in PLAY_INTEGRITY_KEYS', async () => {
    const play = makePlayAuthority()
    process.env['PLAY_INTEGRITY_KEYS'] = JSON.stringify({ [PACKAGE]: consoleKeys(play) })
    await latchkey.anotherContainer()
    const own = await androidRequest(newPhone(), client, await challenge(), {}, { ...authority, play })
    expect((await attest(own)).status).toBe(200)
    expect(await rejection(await androidRequest(newPhone(), client, await challenge()))).toEqual(
      evidenceRejected('cannot be decrypted'),
    )
    delete process.env['PLAY_INTEGRITY_KEYS']
    await latchkey.anotherContainer()
  })
})
