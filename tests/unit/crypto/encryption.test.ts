import fc from 'fast-check'
import { CompactEncrypt } from 'jose'
import { expect, it } from 'vitest'
import { decrypt, encrypt, keyId, readHeader } from '../../../lib/crypto/encryption.ts'

const key = Buffer.alloc(32, 1)

it('decrypts every text that it encrypted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      expect((await decrypt(await encrypt(text, key), [key])).text).toBe(text)
    }),
  )
})

it('encrypts the same text differently each time', async () => {
  expect(await encrypt('text', key)).not.toBe(await encrypt('text', key))
})

it('contains no part of the plain text', async () => {
  const parts = (await encrypt('a very secret text', key)).split('.')
  expect(parts.map((part) => Buffer.from(part, 'base64url').toString())).not.toContainEqual(
    expect.stringContaining('secret'),
  )
})

it('throws for another key, and for a changed character', async () => {
  const encrypted = await encrypt('text', key)
  await expect(decrypt(encrypted, [Buffer.alloc(32, 2)])).rejects.toThrow()
  // The first character of the tag: the last one has bits without effect.
  const changed = encrypted.replace(/[^.](?=[^.]*$)/, (character) => (character === 'A' ? 'B' : 'A'))
  await expect(decrypt(changed, [key])).rejects.toThrow()
})

const otherKey = Buffer.alloc(32, 2)
/** A text as earlier versions encrypted it. */
const withoutId = (text: string) =>
  new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key)

it('names its key, by which one of several keys is found', async () => {
  const encrypted = await encrypt('text', key)
  expect(readHeader(encrypted)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: keyId(key) })
  expect(keyId(key)).toMatch(/^[0-9a-f]{12}$/)
  expect(keyId(otherKey)).not.toBe(keyId(key))
  for (const keys of [
    [key, otherKey],
    [otherKey, key],
  ])
    expect(await decrypt(encrypted, keys)).toMatchObject({ text: 'text', keyId: keyId(key) })
})

it('tries all keys for a text without the id of its key', async () => {
  expect(await decrypt(await withoutId('text'), [otherKey, key])).toMatchObject({ text: 'text', keyId: keyId(key) })
  await expect(decrypt(await withoutId('text'), [otherKey])).rejects.toThrow()
})

it('has an empty header for a text that is not encrypted', () => {
  for (const text of ['', 'plain', 'W10', 'bnVsbA.x']) expect(readHeader(text)).toEqual({})
})
