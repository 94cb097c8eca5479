import { describe, expect, it } from 'vitest'
import { ALGORITHM_NAMES, saltMatcher } from '../../../lib/crypto/checksums.ts'
import {
  BODY_DIGESTS,
  DOWNLOAD_DIGESTS,
  DOWNLOAD_WITHOUT_QUESTION_MARK_MD5,
  JSON_BODY,
  JSON_DIGESTS,
  SALT,
  WRONG_MD5,
} from '../../support/vectors.ts'

const BODY = Buffer.from(JSON_BODY)
const MD5 = 'b71e91feb2be18ccca019914a1da5b1d'
const SHA1 = '39637abfd5f27891eb15b46b9ee717878a1c9d31'
const OURS = { salt: SALT, owner: 'ours' }
const OTHERS = [{ salt: 'another' }, { salt: '' }, { salt: `${SALT} ` }]

const matches = (payload: string | Uint8Array, algorithm: string, hex: string) =>
  saltMatcher(Buffer.from(payload), [{ algorithm, hex }])([OURS]) === OURS

describe('salted checksums', () => {
  it('support the guaranteed algorithms of Python with a fixed length', () => {
    expect(ALGORITHM_NAMES).toEqual([
      'md5',
      'sha1',
      'sha224',
      'sha256',
      'sha384',
      'sha512',
      'sha3_224',
      'sha3_256',
      'sha3_384',
      'sha3_512',
      'blake2b',
      'blake2s',
    ])
  })

  it.each(Object.entries(JSON_DIGESTS))('match by %s', (algorithm, hex) => {
    expect(matches(BODY, algorithm.toLowerCase(), hex)).toBe(true)
  })

  it.each(BODY_DIGESTS)('match a body of $name by MD5 and SHA-256', ({ body, md5, sha256 }) => {
    expect([matches(body, 'md5', md5), matches(body, 'sha256', sha256)]).toEqual([true, true])
  })

  it.each(DOWNLOAD_DIGESTS)('match the URL $path by MD5 and SHA-256', ({ path, md5, sha256 }) => {
    expect([matches(path, 'md5', md5), matches(path, 'sha256', sha256)]).toEqual([true, true])
  })

  it('do not match a URL without its question mark', () => {
    expect(matches('/download?', 'md5', DOWNLOAD_WITHOUT_QUESTION_MARK_MD5)).toBe(false)
  })

  it.each(WRONG_MD5)('do not match by %s, which is calculated over other bytes', (hex) => {
    expect(matches(BODY, 'md5', hex)).toBe(false)
  })

  it.each([MD5.toUpperCase(), 'B71e91feb2be18ccca019914a1da5b1D'])('match in any letter case: %s', (hex) => {
    expect(matches(BODY, 'md5', hex)).toBe(true)
  })

  it.each([
    ['an empty text', ''],
    ['one digit less', MD5.slice(0, -1)],
    ['one byte less', MD5.slice(0, -2)],
    ['one digit more', `${MD5}0`],
    ['one byte more', `${MD5}00`],
    ['another last digit', `${MD5.slice(0, -1)}e`],
    ['another first digit', `a${MD5.slice(1)}`],
    ['a character that is not a digit', `${MD5.slice(0, -1)}g`],
    ['digits followed by other characters', `${MD5}zz`],
    ['a line end', `${MD5}\n`],
    ['a digest of another algorithm', SHA1],
  ])('do not match %s', (_, hex) => {
    expect(matches(BODY, 'md5', hex)).toBe(false)
  })

  it('match with any of several salts', () => {
    expect(saltMatcher(BODY, [{ algorithm: 'md5', hex: MD5 }])([...OTHERS, OURS])).toBe(OURS)
  })

  it('do not match with the salts of other clients', () => {
    expect(saltMatcher(BODY, [{ algorithm: 'md5', hex: MD5 }])(OTHERS)).toBeUndefined()
  })

  it('do not match without salts', () => {
    expect(saltMatcher(BODY, [{ algorithm: 'md5', hex: MD5 }])([])).toBeUndefined()
  })

  it('are not computed without a salt', () => {
    // Computing would throw.
    const unknown = saltMatcher(BODY, [{ algorithm: 'unknown', hex: MD5 }])
    expect(unknown([])).toBeUndefined()
    expect(() => unknown([OURS])).toThrow()
  })

  it('are not computed after one that does not match', () => {
    // Computing would throw.
    const unknown = { algorithm: 'unknown', hex: MD5 }
    expect(saltMatcher(BODY, [{ algorithm: 'md5', hex: SHA1 }, unknown])([OURS, ...OTHERS])).toBeUndefined()
    expect(() => saltMatcher(BODY, [{ algorithm: 'md5', hex: MD5 }, unknown])([OURS])).toThrow()
  })

  it('match no salt without a checksum', () => {
    expect(saltMatcher(BODY, [])([OURS])).toBeUndefined()
  })

  it('match if all of them match', () => {
    const checksums = [
      { algorithm: 'md5', hex: MD5 },
      { algorithm: 'sha1', hex: SHA1 },
    ]
    expect(saltMatcher(BODY, checksums)([OURS])).toBe(OURS)
  })

  it.each([
    ['the first', 'sha1', MD5, SHA1],
    ['the second', 'md5', SHA1, MD5],
  ])('do not match if %s of two does not match', (_, algorithm, first, second) => {
    const checksums = [
      { algorithm, hex: first },
      { algorithm, hex: second },
    ]
    expect(saltMatcher(BODY, checksums)([OURS])).toBeUndefined()
  })

  it('do not match if the two belong to different salts', () => {
    // MD5 of the body, then "another".
    const checksums = [
      { algorithm: 'sha1', hex: SHA1 },
      { algorithm: 'md5', hex: '729e8274af02fd7130c47b5edf447690' },
    ]
    expect(saltMatcher(BODY, checksums)([OURS, { salt: 'another' }])).toBeUndefined()
  })
})
