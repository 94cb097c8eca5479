import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ALGORITHM_NAMES } from '../../../lib/crypto/checksums.ts'
import { ALGORITHMS, computeSaltedChecksum, headerOf } from '../../../web/uploadhelp/digest.ts'

const SALT = 'my-super-secret-psk'
const JSON_BODY = '{"time_utc":[43,23],"co2":[1223,2351]}'
const bytes = (text: string) => new TextEncoder().encode(text)

/** From the README of co2logserver, and computed with Python's hashlib. */
const VECTORS: Readonly<Record<string, string>> = {
  MD5: 'b71e91feb2be18ccca019914a1da5b1d',
  SHA1: '39637abfd5f27891eb15b46b9ee717878a1c9d31',
  SHA224: 'a79289d2a3279769a841f7d691b3d8e96c9d17f8cc1336a3911d8c1f',
  SHA256: 'd97f48ce74d8da710443f4c8e72a0e8b777c494a7bcfd43bbf95ee6384372c9c',
  SHA384: 'c961971e6403d411a1d86dddc0c8f5ecf17323df1aea4b380b9dcd7e8703c8ae087282bd621cc7350eba744e2260253b',
  SHA512:
    'f4e690993daca3298df16e93767881f5c5b55c529577e1333c947de27951ca356bc013c28e8d544242554ad146db8e50988474aee3f8861c68aaa805e32bb8d1',
  SHA3_224: 'e28071d08b762a95b01d0473cbd94f3d350252aee3502a2466ec13d8',
  SHA3_256: '805eba6030ac8f0500234dfe1f210683578e2706f558239c703241eea971efb2',
  SHA3_384: '5029bd3d8144d8c1e956303ac3bf73002feba020172efd1f6d1bed136d305f60e5b25d28e88ce66eada828c9feae06c8',
  SHA3_512:
    '866d384915c8d9c7dd23cf167780141c697d3471a19478f3ef84070a6a2ba8527f17b52576e0d41c7f7b08ccb2271d030410a44c7b5759ecf32787bf2fb3adab',
  BLAKE2b:
    '952d73a3bab18d6fd755a36ef2dcab36d0bfe8916fa1a1d6caa670c9478f61b21a59643b80e895232894becb2858e4bc8285df6fa94cea5c7f567837181c677f',
  BLAKE2s: '552aebbd259e42db5aa7eab8c73af4a46911e2e16b78da776243487397e7680d',
}

describe('the checksum of the upload help', () => {
  it('supports exactly the algorithms of the server', () => {
    expect(ALGORITHMS.map(({ name }) => name.toLowerCase()).sort()).toEqual(ALGORITHM_NAMES.toSorted())
  })

  it.each(ALGORITHMS)('by $name equals the reference', (algorithm) => {
    expect(computeSaltedChecksum(algorithm, bytes(JSON_BODY), SALT)).toBe(VECTORS[algorithm.name])
  })

  it.each(ALGORITHMS)('by $name equals that of Node under the name on the page', (algorithm) => {
    const made = createHash(algorithm.node).update(JSON_BODY).update(SALT).digest('hex')
    expect(computeSaltedChecksum(algorithm, bytes(JSON_BODY), SALT)).toBe(made)
  })

  it('is calculated over the bytes of body and salt, in any script', () => {
    const [sha256] = ALGORITHMS
    const made = createHash('sha256').update('{"note":"Tübingen 😀"}Säure').digest('hex')
    expect(sha256 && computeSaltedChecksum(sha256, bytes('{"note":"Tübingen 😀"}'), 'Säure')).toBe(made)
  })

  it('is in the header that the server reads', () => {
    expect(ALGORITHMS.map(headerOf)).toEqual(expect.arrayContaining(['Content-SHA3_256-Salted', 'Content-MD5-Salted']))
  })
})
