import { createPublicKey, hash, X509Certificate } from 'node:crypto'
import { decode, encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appAttestKeyId,
  attestationObject,
  attestKey,
  authenticatorData,
  certifyKey,
  generateAssertion,
  makeAppleAuthority,
  newKey,
  nonceExtension,
} from '../../../dev/fakes/app-attest.ts'
import { issueAs } from '../../../dev/fakes/certificates.ts'
import { type AppAttestPolicy, verifyAssertion, verifyAttestation } from '../../../lib/attestation/app-attest.ts'
import { APPLE_ROOT } from '../../../lib/attestation/apple-root.ts'
import vectors from '../../support/attestation/app-attest-vectors.json' with { type: 'json' }
import { runs } from '../../support/property.ts'

const APP_ID = 'ABCDE12345.com.example.app'
const NOW = Date.parse('2026-05-01T12:00:00Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const policy: AppAttestPolicy = {
  appIds: ['ABCDE12345.com.example.other', APP_ID],
  distributions: ['app_store', 'testflight'],
  allowsDevelopment: false,
}
const authority = makeAppleAuthority(newKey('P-384'), NOW)
const roots = [new X509Certificate(authority.root.certificate)]
const clientDataHash = hash('sha256', 'challenge', 'buffer')
const key = newKey()
const keyId = appAttestKeyId(key)
const base64 = (text: string) => Buffer.from(text, 'base64')

/** Verifies what a device sends, with the authority of these tests. */
const check = (attestation: Uint8Array, changes: Partial<AppAttestPolicy> = {}, now = NOW) =>
  verifyAttestation({ attestation, keyId, clientDataHash }, { ...policy, ...changes }, roots, now)

/** An attestation for other authenticator data, or with another certificate. */
function attestData(authData: Buffer, extensions = nonceExtension(authData, clientDataHash)) {
  const certificate = certifyKey(authority, key, extensions, NOW)
  return attestationObject([certificate, authority.intermediate.certificate], authData)
}
const genuineData = authenticatorData({ appId: APP_ID, counter: 0 }, { key })
const category = (value: number) => ({ apple_validation_category_01: Buffer.from([value, 0, 0, 0]) })

describe("Apple's vectors", () => {
  const apple = [new X509Certificate(APPLE_ROOT)]
  const { apple2024, apple2026, phone2021 } = vectors
  const policyFor = (appId: string, changes: Partial<AppAttestPolicy> = {}) => ({
    ...policy,
    appIds: [appId],
    ...changes,
  })

  it("accepts Apple's published attestation object at its time, and not after it", () => {
    const { attestation, keyId: id, clientData, appId, validAt } = apple2024
    // Apple's sample passes the challenge itself, not its hash.
    const input = { attestation: base64(attestation), keyId: base64(id), clientDataHash: Buffer.from(clientData) }
    const { facts } = verifyAttestation(input, policyFor(appId), apple, Date.parse(validAt))
    expect(facts).toMatchObject({ appId, isDevelopment: false, keyId: base64(id) })
    expect(verifyAttestation(input, policyFor(appId), apple, NOW)).toEqual({ issue: 'certificate_expired' })
    expect(verifyAttestation(input, policyFor(appId), roots, Date.parse(validAt))).toEqual({
      issue: 'certificate_chain',
    })
  })

  it('checks the access control and the distribution in the published object of iOS 27', () => {
    const { leaf, authData, keyId: id, clientData, appId, validAt } = apple2026
    const { attStmt } = decode(base64(apple2024.attestation))
    const attestation = attestationObject([base64(leaf), attStmt.x5c[1]], base64(authData))
    const input = { attestation, keyId: base64(id), clientDataHash: Buffer.from(clientData) }
    // Its category is that of an executable of the operating system, which no client can allow.
    expect(verifyAttestation(input, policyFor(appId), apple, Date.parse(validAt))).toEqual({ issue: 'distribution' })
    expect(verifyAttestation(input, policyFor('other'), apple, Date.parse(validAt))).toEqual({ issue: 'app_id' })
  })

  it('accepts the attestation and the assertion of a phone', () => {
    const { attestation, keyId: id, clientData, appId, validAt, assertion, assertedClientData } = phone2021
    const digest = (text: string) => hash('sha256', text, 'buffer')
    const input = { attestation: base64(attestation), keyId: base64(id), clientDataHash: digest(clientData) }
    const accepts = policyFor(appId, { allowsDevelopment: true })
    const { facts } = verifyAttestation(input, accepts, apple, Date.parse(validAt))
    expect(facts).toMatchObject({ isDevelopment: true })
    const signed = {
      assertion: base64(assertion),
      clientDataHash: digest(assertedClientData),
      publicKey: facts?.publicKey ?? Buffer.alloc(0),
      counter: 0,
    }
    expect(verifyAssertion(signed, accepts)).toEqual({ facts: { counter: 1 } })
    expect(verifyAssertion({ ...signed, counter: 1 }, accepts)).toEqual({ issue: 'counter' })
  })
})

describe('verifyAttestation', () => {
  const genuine = attestKey(authority, { key, appId: APP_ID, clientDataHash }, NOW)

  it('returns the key and the app of a genuine attestation', () => {
    expect(check(genuine)).toEqual({
      facts: {
        keyId,
        appId: APP_ID,
        isDevelopment: false,
        publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }),
      },
    })
  })

  it('rejects a chain to another root, and one whose names only look right', () => {
    const other = makeAppleAuthority(newKey('P-384'), NOW)
    expect(check(attestKey(other, { key, appId: APP_ID, clientDataHash }, NOW))).toEqual({ issue: 'certificate_chain' })
  })

  it('rejects an intermediate of another root before a genuine certificate', () => {
    const certificate = certifyKey(authority, key, nonceExtension(genuineData, clientDataHash), NOW)
    const other = makeAppleAuthority(newKey('P-384'), NOW)
    const mixed = attestationObject([certificate, other.intermediate.certificate], genuineData)
    expect(check(mixed)).toEqual({ issue: 'certificate_chain' })
  })

  it("rejects a device's certificate that issues another one", () => {
    // The key of a genuine device signs the certificate of a second key.
    const device = certifyKey(authority, key, nonceExtension(genuineData, clientDataHash), NOW)
    const second = newKey()
    const leaf = issueAs(
      { certificate: device, privateKey: key },
      {
        name: 'second',
        publicKey: createPublicKey(second),
        isAuthority: false,
        validFrom: NOW - DAY_MS,
        validTo: NOW + DAY_MS,
        extensions: nonceExtension(genuineData, clientDataHash),
      },
    )
    expect(check(attestationObject([leaf, device], genuineData))).toEqual({ issue: 'certificate_chain' })
  })

  it('rejects an authority as the certificate of a device', () => {
    const certificate = issueAs(authority.intermediate, {
      name: 'authority',
      publicKey: createPublicKey(key),
      isAuthority: true,
      validFrom: NOW - DAY_MS,
      validTo: NOW + DAY_MS,
      extensions: nonceExtension(genuineData, clientDataHash),
    })
    const attestation = attestationObject([certificate, authority.intermediate.certificate], genuineData)
    expect(check(attestation)).toEqual({ issue: 'certificate_chain' })
  })

  it('rejects a certificate that is expired, or not yet valid, at the time of the attestation', () => {
    expect(check(genuine, {}, NOW + 3 * DAY_MS)).toEqual({ issue: 'certificate_expired' })
    expect(check(genuine, {}, NOW - 2 * DAY_MS)).toEqual({ issue: 'certificate_expired' })
    expect(check(genuine, {}, NOW + 2 * DAY_MS - HOUR_MS).facts).toBeDefined()
  })

  it('rejects an attestation for another challenge, and one without the nonce', () => {
    const otherHash = hash('sha256', 'other', 'buffer')
    expect(check(attestKey(authority, { key, appId: APP_ID, clientDataHash: otherHash }, NOW))).toEqual({
      issue: 'nonce',
    })
    expect(check(attestData(genuineData, {}))).toEqual({ issue: 'nonce' })
  })

  it('rejects a nonce that is not exactly the documented extension', () => {
    const [[oid = '', value = Buffer.alloc(0)] = []] = Object.entries(nonceExtension(genuineData, clientDataHash))
    for (const changed of [
      Buffer.concat([value, Buffer.from([0])]),
      value.subarray(6),
      Buffer.concat([Buffer.from('30800000', 'hex'), value]),
    ]) {
      expect(check(attestData(genuineData, { [oid]: changed }))).toEqual({ issue: 'nonce' })
    }
  })

  it('rejects a key that other software on a Mac could use', () => {
    const nonce = nonceExtension(genuineData, clientDataHash)
    const withAccessControl = (blob: string, tag = 0xa3) => {
      const content = base64(blob)
      const header = Buffer.from([0x30, content.length + 4, tag, content.length + 2, 4, content.length])
      return attestData(genuineData, { ...nonce, '1.2.840.113635.100.8.6': Buffer.concat([header, content]) })
    }
    const documented = 'MEAMAjExMDowCQwCb2uhAwEB/zAJDAJvYaEDAQH/MAsMBG9kZWyhAwEB/zAVDARvc2duoAYMBHJzZWMwBaYDAgEB'
    expect(check(withAccessControl(documented)).facts).toBeDefined()
    expect(check(withAccessControl(documented, 0xa1))).toEqual({ issue: 'access_control' })
    // As the documented value, but without the requirement of Full Security.
    const open = 'MDIMAjExMCwwCQwCb2uhAwEB/zAJDAJvYaEDAQH/MAsMBG9kZWyhAwEB/zAHDARvc2du'
    expect(check(withAccessControl(open))).toEqual({ issue: 'access_control' })
  })

  it('rejects a key id of another key', () => {
    const input = { attestation: genuine, keyId: appAttestKeyId(newKey()), clientDataHash }
    expect(verifyAttestation(input, policy, roots, NOW)).toEqual({ issue: 'key_id' })
  })

  it('rejects a credential id or a credential key that is not that of the certificate', () => {
    const other = newKey()
    const otherId = authenticatorData({ appId: APP_ID, counter: 0 }, { key, credentialId: appAttestKeyId(other) })
    expect(check(attestData(otherId))).toEqual({ issue: 'key_id' })
    const otherKey = authenticatorData({ appId: APP_ID, counter: 0 }, { key: other, credentialId: keyId })
    expect(check(attestData(otherKey))).toEqual({ issue: 'key_id' })
  })

  it('rejects a key on another curve', () => {
    const large = newKey('P-384')
    const certificate = certifyKey(authority, large, nonceExtension(genuineData, clientDataHash), NOW)
    const attestation = attestationObject([certificate, authority.intermediate.certificate], genuineData)
    expect(check(attestation)).toEqual({ issue: 'key_id' })
  })

  it('rejects another app', () => {
    const foreign = 'ABCDE12345.com.example.app2'
    expect(check(attestKey(authority, { key, appId: foreign, clientDataHash }, NOW))).toEqual({ issue: 'app_id' })
  })

  it('rejects a key that has signed assertions before', () => {
    expect(check(attestData(authenticatorData({ appId: APP_ID, counter: 1 }, { key })))).toEqual({ issue: 'counter' })
  })

  it('accepts the development environment only if the client allows it', () => {
    const aaguid = 'appattestdevelop'
    const debug = attestKey(authority, { key, appId: APP_ID, clientDataHash, aaguid }, NOW)
    expect(check(debug)).toEqual({ issue: 'environment' })
    expect(check(debug, { allowsDevelopment: true }).facts?.isDevelopment).toBe(true)
    const unknown = attestKey(authority, { key, appId: APP_ID, clientDataHash, aaguid: 'appattestDEVELOP' }, NOW)
    expect(check(unknown, { allowsDevelopment: true })).toEqual({ issue: 'environment' })
  })

  it('accepts only the distributions of the client, if the device reports one', () => {
    const distributed = (value: number) =>
      attestData(authenticatorData({ appId: APP_ID, counter: 0, extensions: category(value) }, { key }))
    expect(check(distributed(4)).facts).toBeDefined()
    expect(check(distributed(2)).facts).toBeDefined()
    for (const value of [0, 1, 3, 5, 6, 10, 255]) expect(check(distributed(value))).toEqual({ issue: 'distribution' })
    expect(check(distributed(3), { allowsDevelopment: true }).facts).toBeDefined()
    expect(check(distributed(5), { distributions: ['enterprise'] }).facts).toBeDefined()
  })

  it('returns the version of the app, if the device reports one', () => {
    const extensions = { ...category(4), apple_bundle_version_01: '42', another: 1 }
    const { facts } = check(attestData(authenticatorData({ appId: APP_ID, counter: 0, extensions }, { key })))
    expect(facts?.bundleVersion).toBe('42')
  })

  it('rejects extensions that it cannot read', () => {
    for (const extensions of [
      { apple_validation_category_01: 4 },
      { apple_validation_category_01: Buffer.from([4]) },
    ]) {
      const data = authenticatorData({ appId: APP_ID, counter: 0, extensions }, { key })
      expect(check(attestData(data))).toEqual({ issue: 'malformed' })
    }
    for (const tail of ['00', '80', 'a1', 'a000', 'a0a0']) {
      const data = Buffer.concat([genuineData, Buffer.from(tail, 'hex')])
      expect(check(attestData(data))).toEqual({ issue: 'malformed' })
    }
  })

  it('rejects authenticator data with a field that is missing or of another length', () => {
    for (const length of [0, 36, 37, 54, 55, 87, genuineData.length - 1]) {
      expect(check(attestData(genuineData.subarray(0, length)))).toEqual({ issue: 'malformed' })
    }
    const withoutFlag = Buffer.from(genuineData)
    withoutFlag[32] = 0
    expect(check(attestData(withoutFlag))).toEqual({ issue: 'malformed' })
    const longId = authenticatorData({ appId: APP_ID, counter: 0 }, { key, credentialId: Buffer.alloc(0xffff) })
    expect(check(attestData(longId.subarray(0, 200)))).toEqual({ issue: 'malformed' })
  })

  it('rejects objects of another shape', () => {
    const { attStmt, authData } = decode(genuine)
    const { x5c, receipt } = attStmt
    const objects: unknown[] = [
      {},
      [],
      'text',
      { fmt: 'packed', attStmt, authData },
      { fmt: 'apple-appattest', authData },
      { fmt: 'apple-appattest', attStmt, authData: 'text' },
      { fmt: 'apple-appattest', attStmt: { x5c }, authData },
      { fmt: 'apple-appattest', attStmt: { x5c: x5c[0], receipt }, authData },
      { fmt: 'apple-appattest', attStmt: { x5c: [x5c[0]], receipt }, authData },
      { fmt: 'apple-appattest', attStmt: { x5c: [...x5c, x5c[1]], receipt }, authData },
      { fmt: 'apple-appattest', attStmt: { x5c: ['text', x5c[1]], receipt }, authData },
      { fmt: 'apple-appattest', attStmt: { x5c: [Buffer.alloc(3), x5c[1]], receipt }, authData },
      { fmt: 'apple-appattest', attStmt: { x5c: [x5c[0], Buffer.alloc(3)], receipt }, authData },
    ]
    for (const object of objects) expect(check(encode(object))).toEqual({ issue: 'malformed' })
  })

  it('rejects bytes after a certificate', () => {
    const certificate = certifyKey(authority, key, nonceExtension(genuineData, clientDataHash), NOW)
    const longer = Buffer.concat([certificate, Buffer.from([0])])
    const attestation = attestationObject([longer, authority.intermediate.certificate], genuineData)
    expect(check(attestation)).toEqual({ issue: 'malformed' })
  })

  const hex = (text: string) => Buffer.from(text, 'hex')
  it.each([
    ['no bytes', Buffer.alloc(0)],
    ['a byte after the object', Buffer.concat([genuine, Buffer.from([0])])],
    ['a map of indefinite length', hex('bf63666d7460ff')],
    ['a text of indefinite length', hex('a163666d747f6161ff')],
    ['a key twice', hex('a263666d746063666d7460')],
    ['a length that is longer than necessary', hex('b80163666d7460')],
    ['a tag', hex('a163666d74c060')],
    ['an array of 2^52 items', hex('9b000fffffffffffff')],
    ['two gigabytes', hex('5a7fffffff')],
    ['16,000 nested arrays', Buffer.alloc(16_000, 0x81)],
    ['16,000 nested tags', Buffer.alloc(16_000, 0xd8)],
  ])('rejects CBOR with %s', (_name, bytes) => {
    expect(check(bytes)).toEqual({ issue: 'malformed' })
  })

  it('accepts no changed byte of a genuine attestation', () => {
    const receiptAt = genuine.indexOf('receipt', genuine.indexOf('receipt') + 1)
    fc.assert(
      fc.property(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        // Latchkey does not read the receipt.
        fc.pre(at < receiptAt || at >= receiptAt + 'receipt'.length)
        const changed = Buffer.from(genuine)
        changed[at] = (changed[at] ?? 0) ^ change
        expect(check(changed).issue).toBeDefined()
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('rejects any bytes without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        expect(check(bytes)).toEqual({ issue: 'malformed' })
      }),
      { numRuns: runs(1_000) },
    )
  })
})

describe('verifyAssertion', () => {
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const checkAssertion = (assertion: Uint8Array, counter = 6, changes: Partial<AppAttestPolicy> = {}) =>
    verifyAssertion({ assertion, clientDataHash, publicKey, counter }, { ...policy, ...changes })
  const data = { appId: APP_ID, counter: 7 }
  const genuine = generateAssertion(key, data, clientDataHash)

  it('returns the counter of a genuine assertion', () => {
    expect(checkAssertion(genuine)).toEqual({ facts: { counter: 7 } })
  })

  it('rejects a counter that does not grow', () => {
    expect(checkAssertion(genuine, 7)).toEqual({ issue: 'counter' })
    expect(checkAssertion(genuine, 8)).toEqual({ issue: 'counter' })
    expect(checkAssertion(generateAssertion(key, { ...data, counter: 0 }, clientDataHash), 0)).toEqual({
      issue: 'counter',
    })
  })

  it('reads the counter as an unsigned number', () => {
    const last = generateAssertion(key, { ...data, counter: 0xffff_ffff }, clientDataHash)
    expect(checkAssertion(last, 0x7fff_ffff)).toEqual({ facts: { counter: 0xffff_ffff } })
  })

  it('rejects the signature of another key, or over other data', () => {
    expect(checkAssertion(generateAssertion(newKey(), data, clientDataHash))).toEqual({ issue: 'signature' })
    expect(checkAssertion(generateAssertion(key, data, hash('sha256', 'other', 'buffer')))).toEqual({
      issue: 'signature',
    })
    const { signature } = decode(genuine)
    const authData = authenticatorData({ ...data, counter: 8 })
    expect(checkAssertion(encode({ signature, authenticatorData: authData }))).toEqual({ issue: 'signature' })
  })

  it('rejects another app, and a distribution that the client does not allow', () => {
    const foreign = generateAssertion(key, { ...data, appId: 'ABCDE12345.com.example' }, clientDataHash)
    expect(checkAssertion(foreign)).toEqual({ issue: 'app_id' })
    const debug = generateAssertion(key, { ...data, extensions: category(3) }, clientDataHash)
    expect(checkAssertion(debug)).toEqual({ issue: 'distribution' })
    expect(checkAssertion(debug, 6, { allowsDevelopment: true }).facts).toEqual({ counter: 7 })
    const extensions = { ...category(4), apple_bundle_version_01: '43' }
    expect(checkAssertion(generateAssertion(key, { ...data, extensions }, clientDataHash)).facts).toEqual({
      counter: 7,
      bundleVersion: '43',
    })
  })

  it('rejects objects of another shape', () => {
    const { signature, authenticatorData: authData } = decode(genuine)
    const objects: unknown[] = [
      [],
      { signature },
      { authenticatorData: authData },
      { signature: 'text', authenticatorData: authData },
      { signature, authenticatorData: authData.subarray(0, 36) },
      { signature, authenticatorData: Buffer.concat([authData, Buffer.from([0])]) },
    ]
    for (const object of objects) expect(checkAssertion(encode(object))).toEqual({ issue: 'malformed' })
    expect(checkAssertion(Buffer.concat([genuine, Buffer.from([0])]))).toEqual({ issue: 'malformed' })
  })

  it('accepts no changed byte, and rejects any bytes without an exception', () => {
    fc.assert(
      fc.property(fc.nat(genuine.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Buffer.from(genuine)
        changed[at] = (changed[at] ?? 0) ^ change
        expect(checkAssertion(changed).issue).toBeDefined()
      }),
      { numRuns: runs(1_000) },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(checkAssertion(bytes)).toEqual({ issue: 'malformed' })
      }),
      { numRuns: runs(500) },
    )
  })
})
