import { afterEach, describe, expect, it } from 'vitest'
import { makeAttestationAuthority } from '../../../dev/fakes/attestation-authority.ts'
import { consoleKeys, makePlayAuthority } from '../../../dev/fakes/play-integrity.ts'
import { appleRoots } from '../../../lib/attestation/apple-roots.ts'
import { findPlayKeys, findPlayKeysFault } from '../../../lib/attestation/play-keys.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'

const PACKAGE = 'com.example.app'
const { settings } = makeAttestationAuthority(Date.now())
const own = makePlayAuthority()

function useStage(STAGE: string, environment: Record<string, string> = {}) {
  Object.assign(process.env, { STAGE, PLAY_INTEGRITY_KEYS: '', ...settings, ...environment })
  clearSettingsCache()
}
afterEach(() => {
  for (const name of [...Object.keys(settings), 'PLAY_INTEGRITY_KEYS']) delete process.env[name]
  clearSettingsCache()
})

describe('the fake authority of npm start', () => {
  it('is trusted on a developer’s machine', async () => {
    useStage('local')
    expect(await appleRoots()).toHaveLength(2)
    expect((await findPlayKeys(PACKAGE)).decryptionKey).toHaveLength(32)
  })

  it.each(['prod', 'dev', 'localhost', 'Local'])(
    'is not trusted on the stage %s, even if its settings are set',
    async (stage) => {
      useStage(stage)
      const roots = await appleRoots()
      expect(roots.map(({ subject }) => subject)).toEqual([expect.stringContaining('Apple App Attestation Root CA')])
      await expect(findPlayKeys(PACKAGE)).rejects.toMatchObject({ code: 'provider_not_configured' })
    },
  )

  it('does not replace the keys of an app', async () => {
    useStage('local', { PLAY_INTEGRITY_KEYS: JSON.stringify({ [PACKAGE]: consoleKeys(own) }) })
    expect((await findPlayKeys(PACKAGE)).decryptionKey).toEqual(own.decryptionKey)
  })

  it('does not hide keys that are invalid', async () => {
    useStage('local', { PLAY_INTEGRITY_KEYS: JSON.stringify({ [PACKAGE]: { decryption_key: 'x' } }) })
    await expect(findPlayKeys(PACKAGE)).rejects.toMatchObject({ code: 'provider_not_configured' })
  })
})

describe('PLAY_INTEGRITY_KEYS', () => {
  it('has keys by package', async () => {
    useStage('prod', { PLAY_INTEGRITY_KEYS: JSON.stringify({ [PACKAGE]: consoleKeys(own) }) })
    expect((await findPlayKeys(PACKAGE)).decryptionKey).toEqual(own.decryptionKey)
    for (const other of ['com.example.other', 'toString', '__proto__'])
      await expect(findPlayKeys(other)).rejects.toMatchObject({ code: 'provider_not_configured' })
    useStage('prod', { PLAY_INTEGRITY_KEYS: 'text' })
    await expect(findPlayKeys(PACKAGE)).rejects.toMatchObject({ code: 'provider_not_configured' })
  })

  it.each([
    ['text', 'must be JSON'],
    ['{"com.example.app":"key"}', 'must be JSON'],
    ['{"com.example.app":{"decryption_key":"AAAA"}}', 'decryption_key must be 32 bytes'],
    [JSON.stringify({ [PACKAGE]: { ...consoleKeys(own), verification_key: 'AAAA' } }), 'verification_key must be'],
    [JSON.stringify({ [PACKAGE]: consoleKeys(own) }), null],
  ])('is checked when it is stored: %s', (text, fault) => {
    const found = findPlayKeysFault(text)
    if (fault === null) expect(found).toBe(null)
    else expect(found).toContain(fault)
  })
})
