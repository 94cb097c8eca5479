import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  CHALLENGE_CHARACTERS,
  CHALLENGE_SECONDS,
  createChallenge,
  isValidChallenge,
} from '../../../lib/attestation/challenge.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'
import { makeSigningKey } from '../../../lib/crypto/deployment-secrets.ts'
import { runs } from '../../support/property.ts'

const CLIENT = 'a'.repeat(32)
const NOW = Date.parse('2026-05-01T12:00:00Z')

function useKeys(...keys: object[]) {
  process.env['SIGNING_KEYS'] = JSON.stringify({ keys })
  clearSettingsCache()
}
let key: object
beforeAll(async () => {
  key = await makeSigningKey('ES256')
  useKeys(key)
})

describe('a challenge', () => {
  it('is valid for its client and for five minutes', async () => {
    const challenge = await createChallenge(CLIENT, NOW)
    expect(challenge).toHaveLength(CHALLENGE_CHARACTERS)
    expect(await isValidChallenge(challenge, CLIENT, NOW)).toBe(true)
    expect(await isValidChallenge(challenge, CLIENT, NOW + CHALLENGE_SECONDS * 1_000)).toBe(true)
    expect(await isValidChallenge(challenge, CLIENT, NOW + (CHALLENGE_SECONDS + 1) * 1_000)).toBe(false)
    expect(await isValidChallenge(challenge, 'b'.repeat(32), NOW)).toBe(false)
  })

  it('of a host whose clock is ahead is valid within five seconds', async () => {
    const challenge = await createChallenge(CLIENT, NOW)
    expect(await isValidChallenge(challenge, CLIENT, NOW - 5_000)).toBe(true)
    expect(await isValidChallenge(challenge, CLIENT, NOW - 6_000)).toBe(false)
  })

  it('is a new one each time', async () => {
    expect(await createChallenge(CLIENT, NOW)).not.toBe(await createChallenge(CLIENT, NOW))
  })

  it('stays valid while its key is replaced, and not after it', async () => {
    const challenge = await createChallenge(CLIENT, NOW)
    const next = await makeSigningKey('EdDSA')
    useKeys(next, key)
    expect(await isValidChallenge(challenge, CLIENT, NOW)).toBe(true)
    useKeys(next)
    expect(await isValidChallenge(challenge, CLIENT, NOW)).toBe(false)
    useKeys(key)
  })

  it('cannot be changed or made up', async () => {
    const challenge = await createChallenge(CLIENT, NOW)
    await fc.assert(
      fc.asyncProperty(fc.nat(challenge.length - 1), fc.constantFrom(...'AZaz09-_= +/'), async (at, character) => {
        const changed = challenge.slice(0, at) + character + challenge.slice(at + 1)
        fc.pre(changed !== challenge)
        expect(await isValidChallenge(changed, CLIENT, NOW)).toBe(false)
      }),
      { numRuns: runs(500) },
    )
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await isValidChallenge(text, CLIENT, NOW)).toBe(false)
      }),
      { numRuns: runs(200) },
    )
    expect(await isValidChallenge(`${challenge}A`, CLIENT, NOW)).toBe(false)
    expect(await isValidChallenge(`${challenge}=`, CLIENT, NOW)).toBe(false)
  })
})
