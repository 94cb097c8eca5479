import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../../lib/config/config-error.ts'
import { clearSettingsCache, getSettings } from '../../../lib/config/settings.ts'

const SENTENCE =
  'Settings: HLSERVER_PARTNER_KEY must be an RSA private key of 2048 bits at least in PEM, or the path of a file with one.'

const environment = process.env
let folder: string
let key: KeyObject
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-key-'))
  key = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(() => {
  process.env = { ...environment }
  clearSettingsCache()
  delete process.env['PARAMETER_PATH']
})
afterEach(() => {
  process.env = environment
})

const pem = (type: 'pkcs1' | 'pkcs8') => String(key.export({ type, format: 'pem' }))

async function read(text: string): Promise<KeyObject | undefined> {
  process.env['HLSERVER_PARTNER_KEY'] = text
  return (await getSettings('HLSERVER_PARTNER_KEY')).HLSERVER_PARTNER_KEY
}

/** Path of a new file with this text. */
function file(text: string): string {
  const path = join(folder, 'key.pem')
  writeFileSync(path, text)
  return path
}

describe.each(['pkcs1', 'pkcs8'] as const)('HLSERVER_PARTNER_KEY in %s', (type) => {
  it.each<[string, () => string]>([
    ['text', () => pem(type)],
    ['text without its last line end', () => pem(type).trim()],
    ['text on one line with escaped line ends', () => pem(type).replaceAll('\n', '\\n')],
    ['text with line ends of Windows', () => pem(type).replaceAll('\n', '\r\n')],
    ['a path', () => file(pem(type))],
  ])('may be %s', async (_what, text) => {
    const setting = await read(text())
    expect(setting?.type).toBe('private')
    expect(setting?.equals(key)).toBe(true)
  })
})

describe('HLSERVER_PARTNER_KEY', () => {
  const ofKind = (kind: 'ec' | 'ed25519' | 'rsa-pss') => {
    const { privateKey } =
      kind === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : kind === 'ed25519'
          ? generateKeyPairSync('ed25519')
          : generateKeyPairSync('rsa-pss', { modulusLength: 2_048 })
    return String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  }
  const locked = () => String(key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }))
  const open = () => String(createPublicKey(key).export({ type: 'spki', format: 'pem' }))

  it.each<[string, () => string]>([
    ['an EC key', () => ofKind('ec')],
    [
      'an RSA key that is too short',
      () =>
        String(
          generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
        ),
    ],
    ['an Ed25519 key', () => ofKind('ed25519')],
    ['an RSA key for PSS only', () => ofKind('rsa-pss')],
    ['a public key', open],
    ['a key with a password', locked],
    ['a truncated key', () => pem('pkcs8').slice(0, 900)],
    ['a modified key', () => pem('pkcs8').replace('MII', 'MIJ')],
    ['PEM without a key', () => '-----BEGIN PRIVATE KEY-----\nbm8ga2V5IGF0IGFsbA==\n-----END PRIVATE KEY-----'],
    ['a key without its PEM header', () => pem('pkcs8').split('\n').slice(1, -2).join('')],
    ['the path of a missing file', () => join(folder, 'secret-nowhere.pem')],
    ['a folder', () => folder],
    ['a file without a key', () => file('secret-text')],
    ['a file with an EC key', () => file(ofKind('ec'))],
  ])('may not be %s, and the error does not contain it', async (_what, make) => {
    const text = make()
    const error = await read(text).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error instanceof Error && error.message).toBe(SENTENCE)
    const printed = inspect(error, { depth: Infinity, showHidden: true })
    for (const part of ['PRIVATE KEY', 'secret', folder, text.slice(60, 90) || text])
      expect(printed).not.toContain(part)
  })
})
