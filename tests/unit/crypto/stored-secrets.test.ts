import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { encrypt } from '../../../lib/crypto/encryption.ts'

const [key, otherKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const log = vi.fn()
const countMetric = vi.fn()
let encryptSecret: typeof import('../../../lib/crypto/stored-secrets.ts').encryptSecret
let tryDecrypt: typeof import('../../../lib/crypto/stored-secrets.ts').tryDecrypt
beforeEach(async () => {
  vi.stubEnv('SEAL_KEY', key.toString('base64url'))
  vi.doMock('../../../lib/observability/log.ts', () => ({ log }))
  vi.doMock('../../../lib/observability/metrics.ts', () => ({ countMetric }))
  vi.resetModules()
  const module = await import('../../../lib/crypto/stored-secrets.ts')
  encryptSecret = module.encryptSecret
  tryDecrypt = module.tryDecrypt
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.doUnmock('../../../lib/observability/log.ts')
  vi.doUnmock('../../../lib/observability/metrics.ts')
  vi.clearAllMocks()
})

it.each(['text', ''])('returns the text that SEAL_KEY encrypted (%j), and reports nothing', async (text) => {
  expect(await tryDecrypt('call', await encryptSecret(text))).toBe(text)
  expect([log.mock.calls, countMetric.mock.calls]).toEqual([[], []])
})

it('returns null for a value of another key, and reports each value once', async () => {
  const values = [await encrypt('one', otherKey), await encrypt('other', otherKey)]
  for (const value of [...values, ...values]) expect(await tryDecrypt('salt', value, { client_id: 'c' })).toBeNull()
  expect(log.mock.calls).toEqual(Array(2).fill(['decryption_failed', { kind: 'salt', client_id: 'c' }]))
  expect(countMetric.mock.calls).toEqual(Array(2).fill(['DecryptionFailed', { kind: 'salt' }]))
})

it('returns null for a value that is not encrypted', async () => {
  expect(await tryDecrypt('call', 'plain')).toBeNull()
  expect(countMetric).toHaveBeenCalledOnce()
})

it('stops reporting after 10,000 values, but continues decrypting', async () => {
  for (let index = 0; index <= 10_000; index += 1) await tryDecrypt('call', `not.a.jwe.${index}`)
  expect(countMetric).toHaveBeenCalledTimes(10_000)
  expect(await tryDecrypt('call', await encrypt('text', key))).toBe('text')
})

it('encrypts with the first of SEAL_KEYS, and decrypts with all', async () => {
  vi.stubEnv('SEAL_KEYS', [otherKey, key].map((each) => each.toString('base64url')).join(', '))
  vi.resetModules()
  const module = await import('../../../lib/crypto/stored-secrets.ts')
  const { decrypt } = await import('../../../lib/crypto/encryption.ts')
  expect((await decrypt(await module.encryptSecret('new'), [otherKey])).text).toBe('new')
  expect(await module.tryDecrypt('call', await encrypt('old', key))).toBe('old')
})
