import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { isRequestUrl, verifyProof } from '../../../lib/access/dpop.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'
import { exampleRequest } from '../../../lib/openapi/errors.ts'
import { newProofKey, type ProofChanges, type ProofKey, withPart } from '../../support/dpop.ts'
import { rejection } from '../../support/problems.ts'

const ORIGIN = 'https://latchkey.example'
const TOKEN = 'a.bound.token'
const setOrigin = (origin: string) => {
  vi.stubEnv('PUBLIC_URL', origin)
  clearSettingsCache()
}
let key: ProofKey
beforeAll(async () => {
  setOrigin(ORIGIN)
  key = await newProofKey()
})
afterAll(() => {
  vi.unstubAllEnvs()
  clearSettingsCache()
})

const requestOf = (dpop: string | undefined, parts = {}) =>
  exampleRequest({ method: 'POST', path: '/upload', headers: { dpop }, receivedAt: Date.now(), ...parts })
const proofOf = (changes?: ProofChanges, signer = key) =>
  signer.prove({ method: 'POST', url: `${ORIGIN}/upload`, token: TOKEN }, changes)
const problemWith = (dpop: string | undefined, parts = {}) =>
  rejection(verifyProof(requestOf(dpop, parts), { token: TOKEN, jkt: key.jkt }))
const detailWith = async (dpop: string | undefined, parts = {}) => {
  const { code, issues } = await problemWith(dpop, parts)
  expect([code, issues.map(({ field }) => field)]).toEqual(['proof_invalid', ['DPoP']])
  return issues[0]?.detail
}

describe('the examples of RFC 9449', () => {
  const HEADER =
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19'
  const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'
  const TOKEN_PROOF = `${HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`
  const RESOURCE_PROOF = `${HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`
  const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'

  it('are a proof at the token endpoint (section 4.1), whose key has the thumbprint of section 6.1', async () => {
    setOrigin('https://server.example.com')
    const request = requestOf(TOKEN_PROOF, { path: '/token', receivedAt: 1_562_262_616_000 })
    expect(await verifyProof(request)).toEqual({ jkt, jti: '-BwC3ESc6acc2lTc', nonce: undefined })
    setOrigin(ORIGIN)
  })

  it('are a proof with an access token (section 7.1)', async () => {
    setOrigin('https://resource.example.org')
    const parts = { method: 'GET', path: '/protectedresource', receivedAt: 1_562_262_619_000 }
    const request = requestOf(RESOURCE_PROOF, parts)
    expect(await verifyProof(request, { token, jkt })).toMatchObject({ jkt, jti: 'e1j3V_bKic8-LAEB' })
    expect((await rejection(verifyProof(request, { token: `${token}x`, jkt }))).message).toContain('ath must be')
    setOrigin(ORIGIN)
  })
})

describe('a proof', () => {
  it.each(['ES256', 'EdDSA', 'Ed25519', 'RS256'])('is valid with %s', async (alg) => {
    const signer = await newProofKey(alg)
    const request = requestOf(await proofOf({}, signer))
    const { jkt } = signer
    expect(await verifyProof(request, { token: TOKEN, jkt })).toMatchObject({ jkt })
    const other = await proofOf({ claims: { jti: 'other' } }, signer)
    const forged = requestOf(withPart(await proofOf({}, signer), 2, other.split('.')[2] ?? ''))
    const { message } = await rejection(verifyProof(forged, { token: TOKEN, jkt }))
    expect(message).toBe('The DPoP proof is invalid: the signature does not match the key in jwk.')
  })

  it('must be in the header DPoP', async () => {
    const { code, issues } = await problemWith(undefined)
    expect([code, issues]).toEqual(['proof_invalid', [{ field: 'DPoP', detail: 'is missing' }]])
  })

  it.each<[string, ProofChanges, string]>([
    ['another type', { header: { typ: 'JWT' } }, 'typ must be dpop+jwt'],
    ['no type', { header: { typ: undefined } }, 'typ must be dpop+jwt'],
    [
      'an extension',
      { header: { crit: ['urn:example:extension'], 'urn:example:extension': 1 } },
      'crit must be absent',
    ],
    ['no key', { header: { jwk: undefined } }, 'jwk must be a public key of the type P-256, Ed25519 or RSA'],
    ['no jti', { claims: { jti: undefined } }, 'jti must be a string'],
    ['an empty jti', { claims: { jti: '' } }, 'jti must not be empty'],
    ['no htm', { claims: { htm: undefined } }, 'htm must be a string'],
    ['another method', { claims: { htm: 'GET' } }, 'htm must be the method of the request'],
    ['the method in lower case', { claims: { htm: 'post' } }, 'htm must be the method of the request'],
    ['no htu', { claims: { htu: undefined } }, 'htu must be a string'],
    [
      'another URL',
      { claims: { htu: `${ORIGIN}/download` } },
      `htu must be the URL of the request at ${ORIGIN}, without its query`,
    ],
    ['no iat', { claims: { iat: undefined } }, 'iat must be UNIX seconds'],
    ['another token', { claims: { ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo' } }, 'ath must be the SHA-256'],
    ['no token', { claims: { ath: undefined } }, 'ath must be the SHA-256'],
  ])('with %s is invalid', async (_what, changes, detail) => {
    expect(await detailWith(await proofOf(changes))).toContain(detail)
  })

  it.each([
    [-361, 'iat must be at most 300 seconds ago'],
    [-301, 'iat must be at most 300 seconds ago'],
    [61, 'iat must be at most 60 seconds in the future'],
    [86_400, 'iat must be at most 60 seconds in the future'],
  ])('of a time %i seconds from now is invalid', async (seconds, detail) => {
    const receivedAt = 1_800_000_000_000
    const dpop = await proofOf({ claims: { iat: receivedAt / 1_000 + seconds } })
    expect(await detailWith(dpop, { receivedAt })).toBe(detail)
  })

  it.each([-300, -0.5, 0, 60])('of a time %d seconds from now is valid', async (seconds) => {
    const receivedAt = 1_800_000_000_000
    const request = requestOf(await proofOf({ claims: { iat: receivedAt / 1_000 + seconds } }), { receivedAt })
    expect((await verifyProof(request, { token: TOKEN, jkt: key.jkt })).jkt).toBe(key.jkt)
  })

  it.each(['none', 'HS256', 'ES384', 'PS256'])('with the algorithm %s is invalid', async (alg) => {
    const header = { typ: 'dpop+jwt', alg, jwk: key.jwk }
    expect(await detailWith(withPart(await proofOf(), 0, header))).toBe(
      'alg must be one of ES256, EdDSA, Ed25519, RS256',
    )
  })

  it('with an algorithm that does not fit its key is invalid', async () => {
    const header = { typ: 'dpop+jwt', alg: 'RS256', jwk: key.jwk }
    expect(await detailWith(withPart(await proofOf(), 0, header))).toBe('alg must fit the key in jwk')
  })

  it.each([
    ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'],
    ['Ed25519', () => generateKeyPairSync('ed25519'), 'EdDSA'],
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2_048 }), 'RS256'],
  ])('with a private key of the type %s is invalid', async (_type, generate, alg) => {
    const jwk = generate().privateKey.export({ format: 'jwk' })
    const header = { typ: 'dpop+jwt', alg, jwk }
    expect(await detailWith(withPart(await proofOf(), 0, header))).toBe('jwk must not contain a private key')
  })

  it.each<[string, unknown, string]>([
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }, 'jwk must be a public key'],
    ['another curve', { kty: 'EC', crv: 'P-384', x: 'a', y: 'b' }, 'jwk must be a public key'],
    ['another curve', { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) }, 'jwk must be a public key'],
    ['a text as a key', 'key', 'jwk must be a public key'],
    [
      'an exponent that makes verification slow',
      { kty: 'RSA', n: 'w'.repeat(342), e: 'w'.repeat(300) },
      'exponent 65537',
    ],
    ['a modulus that is not a text', { kty: 'RSA', n: 5, e: 'AQAB' }, 'jwk must be an RSA key'],
  ])('with %s is invalid', async (_what, jwk, detail) => {
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk }
    expect(await detailWith(withPart(await proofOf(), 0, header))).toContain(detail)
  })

  it('with a point that is not on the curve is invalid', async () => {
    const jwk = { ...key.jwk, y: 'A'.repeat(43) }
    const dpop = withPart(await key.prove({ method: 'POST', url: `${ORIGIN}/token` }), 0, {
      ...{ typ: 'dpop+jwt', alg: 'ES256', jwk },
    })
    const { message } = await rejection(verifyProof(requestOf(dpop, { path: '/token' })))
    expect(message).toContain('jwk must be a public key of the type P-256, Ed25519 or RSA')
  })

  it.each([1_024, 2_040, 4_104])('with an RSA key of %i bits is invalid', async (bits) => {
    // Making long keys takes seconds, and the length is checked first.
    const n = Buffer.alloc(bits / 8, 0xc3).toString('base64url')
    const header = { typ: 'dpop+jwt', alg: 'RS256', jwk: { kty: 'RSA', n, e: 'AQAB' } }
    const dpop = withPart(await key.prove({ method: 'POST', url: `${ORIGIN}/token` }), 0, header)
    const { message } = await rejection(verifyProof(requestOf(dpop, { path: '/token' })))
    expect(message).toContain('jwk must be an RSA key of 2048 to 4096 bits with the exponent 65537')
  })

  it('of another key than that of the token is invalid', async () => {
    const { code, message } = await problemWith(await proofOf({}, await newProofKey()))
    expect([code, message]).toEqual([
      'credentials_invalid',
      'The auth token is bound to another key than that of the DPoP proof.',
    ])
  })

  it.each<[string, (dpop: string) => string, string]>([
    ['twice', (dpop) => `${dpop},${dpop}`, 'the header DPoP must appear only once'],
    ['twice, with a blank', (dpop) => `${dpop}, ${dpop}`, 'the header DPoP must appear only once'],
    ['with more than 4096 characters', (dpop) => dpop + 'A'.repeat(4_096), 'the header DPoP must have at most 4096'],
    ['empty', () => '', 'the header DPoP must be a JWT'],
    ['with two parts', (dpop) => dpop.replace(/\.[^.]+$/, ''), 'the header DPoP must be a JWT'],
    ['without a signature', (dpop) => dpop.replace(/[^.]+$/, ''), 'the header DPoP must be a JWT'],
    ['encrypted', (dpop) => `${dpop}.a.b`, 'the header DPoP must be a JWT'],
    ['with padding', (dpop) => `${dpop}=`, 'the header DPoP must be a JWT'],
    ['with a header that is not JSON', (dpop) => withPart(dpop, 0, 'AAAA'), 'its header must be a JSON object'],
    ['with a payload that is not JSON', (dpop) => withPart(dpop, 1, 'AAAA'), 'its payload must be a JSON object'],
    ['with a list as payload', (dpop) => withPart(dpop, 1, []), 'its payload must be a JSON object'],
  ])('%s is invalid', async (_what, change, detail) => {
    expect(await detailWith(change(await proofOf()))).toContain(detail)
  })

  it('of any text is invalid, and no server error', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(fc.tuple(part, part, part), async (parts) => {
        const dpop = parts.map((text) => Buffer.from(text).toString('base64url')).join('.')
        expect((await problemWith(dpop)).status).toBe(401)
      }),
    )
  })
})

describe('htu', () => {
  /** Characters of a path as API Gateway passes it, which is decoded. */
  const segment = fc.string({
    unit: fc.constantFrom(...'abzAZ09-._~!$&\'()*+,;=:@ %?#[]"<>|^`{}éß€𝄞'.split(/(?:)/u)),
    minLength: 1,
    maxLength: 8,
  })
  const path = fc
    .array(segment, { maxLength: 4 })
    .filter((names) => !names.includes('.') && !names.includes('..'))
    .map((names) => `/${names.join('/')}`)
  const encoded = (decoded: string) => decoded.split('/').map(encodeURIComponent).join('/')
  const ending = fc.constantFrom('', '?a=b', '#c', '?', '#', '?x=/other#y')

  it('is the encoded path of the request at PUBLIC_URL, with any query and fragment', () => {
    fc.assert(
      fc.property(path, ending, (decoded, end) => {
        expect(isRequestUrl(ORIGIN + encoded(decoded) + end, ORIGIN, decoded)).toBe(true)
      }),
    )
  })

  it('is compared after normalisation', () => {
    /** A character as itself if a URI may contain it, or percent-encoded in either case. */
    const spelt = (character: string, spelling: string) => {
      const bytes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
      if (spelling === 'plain' && encodeURIComponent(character) === character) return character
      return spelling === 'upper' ? bytes.toUpperCase() : bytes
    }
    const spellings = fc.infiniteStream(fc.constantFrom('plain', 'upper', 'lower'))
    const origin = fc.constantFrom(ORIGIN, 'HTTPS://LatchKey.Example', `${ORIGIN}:443`, 'https://latchkey.example:0443')
    fc.assert(
      fc.property(path, spellings, origin, (decoded, stream, start) => {
        const text = Array.from(decoded, (one) => (one === '/' ? one : spelt(one, stream.next().value))).join('')
        expect(isRequestUrl(start + text, ORIGIN, decoded)).toBe(true)
      }),
    )
  })

  it('of another path, host, port or scheme is another', () => {
    fc.assert(
      fc.property(path, path, ending, (one, other, end) => {
        expect(isRequestUrl(ORIGIN + encoded(one) + end, ORIGIN, other)).toBe(one === other)
        for (const origin of ['http://latchkey.example', 'https://latchkey.example:8443', 'https://example'])
          expect(isRequestUrl(origin + encoded(one) + end, ORIGIN, one)).toBe(false)
      }),
    )
  })

  it('of any text throws nothing', () => {
    fc.assert(fc.property(fc.webUrl(), fc.string(), (url, text) => !isRequestUrl(url + text, ORIGIN, '/upload')))
  })

  it.each([
    [`${ORIGIN}/a/../upload`, true],
    [`${ORIGIN}/./upload`, true],
    [`${ORIGIN}/%2e%2E/upload`, true],
    [`${ORIGIN}/%75pload`, true],
    [`${ORIGIN}/upload/`, true],
    [`${ORIGIN}//upload`, false],
    [`${ORIGIN}/Upload`, false],
    [`${ORIGIN}/upload%00`, false],
    [`${ORIGIN}/upload%FF`, false],
    [`${ORIGIN}/upload%`, false],
    [`https://user@latchkey.example/upload`, false],
    [`https://:password@latchkey.example/upload`, false],
    [`https:///latchkey.example/upload`, false],
    [`https:latchkey.example/upload`, false],
    [`https:\\\\latchkey.example/upload`, false],
    [` ${ORIGIN}/upload`, false],
    [`${ORIGIN}/up\nload`, false],
    [`https://latchkey.example.evil.example/upload`, false],
    ['/upload', false],
    ['', false],
  ])('%j is that of /upload: %s', (uri, isSame) => {
    expect(isRequestUrl(uri, ORIGIN, '/upload')).toBe(isSame)
  })

  it('may have a slash at the end, or not, as the request', () => {
    expect(isRequestUrl(`${ORIGIN}/upload/`, ORIGIN, '/upload/')).toBe(true)
    expect(isRequestUrl(`${ORIGIN}/upload`, ORIGIN, '/upload/')).toBe(true)
    expect(isRequestUrl(`${ORIGIN}/upload/`, ORIGIN, '/upload')).toBe(true)
    expect(isRequestUrl(`${ORIGIN}/upload//`, ORIGIN, '/upload')).toBe(false)
  })
})
