import { hash } from 'node:crypto'
import fc from 'fast-check'
import { CompactEncrypt, CompactSign, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { genuineVerdicts, integrityToken, makePlayAuthority } from '../../../dev/fakes/play-integrity.ts'
import { type PlayPolicy, verifyIntegrityToken } from '../../../lib/attestation/play-integrity.ts'
import { runs } from '../../support/property.ts'

const NOW = Date.parse('2026-05-01T12:00:00Z')
const MINUTE_MS = 60_000
const packageName = 'com.example.app'
const nonce = hash('sha256', 'challenge', 'buffer')
const certificateDigest = hash('sha256', 'certificate', 'buffer')
const authority = makePlayAuthority()
const policy: PlayPolicy = {
  packageName,
  certificateDigests: [hash('sha256', 'older certificate', 'buffer'), certificateDigest],
  deviceVerdicts: ['MEETS_DEVICE_INTEGRITY'],
  appVerdicts: ['PLAY_RECOGNIZED'],
  allowsDevelopment: false,
}
const genuine = genuineVerdicts({ packageName, nonce, certificateDigest }, NOW)
type Changes = Record<string, object | undefined>

const open = (token: string, changes: Partial<PlayPolicy> = {}, now = NOW) =>
  verifyIntegrityToken({ token, nonce }, authority, { ...policy, ...changes }, now)
const check = async (changes: Changes, policyChanges: Partial<PlayPolicy> = {}, now = NOW) =>
  open(await integrityToken(authority, { ...genuine, ...changes }), policyChanges, now)

const request = (changes: object) => ({ requestDetails: { ...genuine.requestDetails, ...changes } })
const app = (changes: object) => ({ appIntegrity: { ...genuine.appIntegrity, ...changes } })
const device = (...verdicts: string[]) => ({ deviceIntegrity: { deviceRecognitionVerdict: verdicts } })

describe('verifyIntegrityToken', () => {
  it('returns the app of a genuine token', async () => {
    expect(await check({})).toEqual({ facts: { packageName, isDevelopment: false, versionCode: '42' } })
    expect(await check(app({ versionCode: undefined }))).toEqual({ facts: { packageName, isDevelopment: false } })
  })

  it('accepts the padding that some versions add to the nonce', async () => {
    const padded = `${nonce.toString('base64url')}=`
    expect((await check(request({ nonce: padded }))).facts).toBeDefined()
  })

  it('rejects a token for another challenge, or for another package', async () => {
    const other = hash('sha256', 'other', 'base64url')
    expect(await check(request({ nonce: other }))).toEqual({ issue: 'nonce' })
    expect(await check(request({ nonce: '' }))).toEqual({ issue: 'nonce' })
    expect(await check(request({ requestPackageName: 'com.example.other' }))).toEqual({ issue: 'app_id' })
    expect(await check(app({ packageName: 'com.example.other' }))).toEqual({ issue: 'app_id' })
    expect(await check(app({ packageName: undefined }))).toEqual({ issue: 'app_id' })
  })

  it('rejects a token that is too old, from the future, or without a time', async () => {
    expect((await check({}, {}, NOW + 6 * MINUTE_MS)).facts).toBeDefined()
    expect(await check({}, {}, NOW + 6 * MINUTE_MS + 1)).toEqual({ issue: 'age' })
    expect((await check({}, {}, NOW - MINUTE_MS)).facts).toBeDefined()
    expect(await check({}, {}, NOW - MINUTE_MS - 1)).toEqual({ issue: 'age' })
    expect(await check(request({ timestampMillis: 'soon' }))).toEqual({ issue: 'malformed' })
    expect(await check(request({ timestampMillis: undefined }))).toEqual({ issue: 'malformed' })
  })

  it('rejects an app that was signed with another certificate', async () => {
    const other = hash('sha256', 'other', 'base64url')
    expect(await check(app({ certificateSha256Digest: [other] }))).toEqual({ issue: 'certificate_digest' })
    expect(await check(app({ certificateSha256Digest: [] }))).toEqual({ issue: 'certificate_digest' })
    expect(await check(app({ certificateSha256Digest: undefined }))).toEqual({ issue: 'certificate_digest' })
    const both = [other, certificateDigest.toString('base64url')]
    expect((await check(app({ certificateSha256Digest: both }))).facts).toBeDefined()
  })

  it('rejects app verdicts that the client does not accept', async () => {
    for (const appRecognitionVerdict of [
      'UNRECOGNIZED_VERSION',
      'UNEVALUATED',
      'UNKNOWN',
      'play_recognized',
      undefined,
    ])
      expect(await check(app({ appRecognitionVerdict }))).toEqual({ issue: 'app_verdict' })
    expect(await check({ appIntegrity: undefined })).toEqual({ issue: 'app_verdict' })
    const unevaluated = { appIntegrity: { appRecognitionVerdict: 'UNEVALUATED' } }
    expect(await check(unevaluated, { allowsDevelopment: true })).toEqual({ issue: 'app_verdict' })
  })

  it('accepts a build that Google Play does not know only if the client allows development', async () => {
    const debug = app({ appRecognitionVerdict: 'UNRECOGNIZED_VERSION' })
    expect((await check(debug, { allowsDevelopment: true })).facts?.isDevelopment).toBe(true)
    const foreign = app({ appRecognitionVerdict: 'UNRECOGNIZED_VERSION', certificateSha256Digest: [] })
    expect(await check(foreign, { allowsDevelopment: true })).toEqual({ issue: 'certificate_digest' })
  })

  it('accepts a test response only if the client allows development', async () => {
    const testing = { testingDetails: { isTestingResponse: true } }
    expect(await check(testing)).toEqual({ issue: 'testing' })
    expect((await check(testing, { allowsDevelopment: true })).facts?.isDevelopment).toBe(true)
    expect((await check({ testingDetails: { isTestingResponse: false } })).facts?.isDevelopment).toBe(false)
  })

  it('requires all device verdicts of the client', async () => {
    for (const verdicts of [[], ['MEETS_BASIC_INTEGRITY'], ['MEETS_VIRTUAL_INTEGRITY'], ['meets_device_integrity']])
      expect(await check(device(...verdicts))).toEqual({ issue: 'device_verdict' })
    expect(await check({ deviceIntegrity: {} })).toEqual({ issue: 'device_verdict' })
    expect(await check({ deviceIntegrity: undefined })).toEqual({ issue: 'device_verdict' })
    const strong = ['MEETS_DEVICE_INTEGRITY', 'MEETS_STRONG_INTEGRITY']
    expect(await check({}, { deviceVerdicts: strong })).toEqual({ issue: 'device_verdict' })
    expect((await check(device('MEETS_NEW_INTEGRITY', ...strong), { deviceVerdicts: strong })).facts).toBeDefined()
    expect((await check(device(), { deviceVerdicts: [] })).facts).toBeDefined()
  })

  it('rejects a token that is encrypted with another key or algorithm', async () => {
    const other = makePlayAuthority()
    const foreign = await integrityToken({ ...authority, decryptionKey: other.decryptionKey }, genuine)
    expect(await open(foreign)).toEqual({ issue: 'decryption' })
    const signed = await new SignJWT(genuine).setProtectedHeader({ alg: 'ES256' }).sign(authority.signingKey)
    const direct = await new CompactEncrypt(new TextEncoder().encode(signed))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(authority.decryptionKey)
    expect(await open(direct)).toEqual({ issue: 'decryption' })
    const otherContent = await new CompactEncrypt(new TextEncoder().encode(signed))
      .setProtectedHeader({ alg: 'A256KW', enc: 'A256CBC-HS512' })
      .encrypt(authority.decryptionKey)
    expect(await open(otherContent)).toEqual({ issue: 'decryption' })
    // Signed verdicts without encryption.
    expect(await open(signed)).toEqual({ issue: 'decryption' })
  })

  const encrypted = (content: string | Uint8Array) =>
    new CompactEncrypt(typeof content === 'string' ? new TextEncoder().encode(content) : content)
      .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM' })
      .encrypt(authority.decryptionKey)

  it('rejects verdicts that another key signed, and unsigned ones', async () => {
    const forged = await integrityToken({ ...makePlayAuthority(), decryptionKey: authority.decryptionKey }, genuine)
    expect(await open(forged)).toEqual({ issue: 'signature' })
    const payload = Buffer.from(JSON.stringify(genuine)).toString('base64url')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    expect(await open(await encrypted(none))).toEqual({ issue: 'signature' })
    expect(await open(await encrypted(JSON.stringify(genuine)))).toEqual({ issue: 'signature' })
    // The public key as the secret of a MAC.
    const { verificationKey } = authority
    const mac = await new SignJWT(genuine)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(verificationKey.export({ format: 'der', type: 'spki' }))
    expect(await open(await encrypted(mac))).toEqual({ issue: 'signature' })
  })

  it('rejects signed content that is not a verdict', async () => {
    for (const content of ['', 'text', '[]', '{}', '{"requestDetails":{}}', '"requestDetails"']) {
      const signed = await new CompactSign(new TextEncoder().encode(content))
        .setProtectedHeader({ alg: 'ES256' })
        .sign(authority.signingKey)
      expect(await open(await encrypted(signed))).toEqual({ issue: 'malformed' })
    }
  })

  it('rejects any text, and any changed character of the ciphertext, without an exception', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await open(text)).toEqual({ issue: 'decryption' })
      }),
      { numRuns: runs(200) },
    )
    const token = await integrityToken(authority, genuine)
    const [header = '', key = '', iv = '', content = '', tag = ''] = token.split('.')
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 2), async (at) => {
        const changed = `${content.slice(0, at)}${content[at] === 'A' ? 'B' : 'A'}${content.slice(at + 1)}`
        expect(await open([header, key, iv, changed, tag].join('.'))).toEqual({ issue: 'decryption' })
      }),
      { numRuns: runs(200) },
    )
    expect(await open([header, iv, key, content, tag].join('.'))).toEqual({ issue: 'decryption' })
  })
})
