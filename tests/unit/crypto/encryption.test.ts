import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decrypt, encrypt } from '../../../lib/crypto/encryption.ts'

const key = Buffer.alloc(32, 1)

it('decrypts every text that it encrypted', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      expect(await decrypt(await encrypt(text, key), key)).toBe(text)
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
  await expect(decrypt(encrypted, Buffer.alloc(32, 2))).rejects.toThrow()
  // The first character of the tag: the last one has bits without effect.
  const changed = encrypted.replace(/[^.](?=[^.]*$)/, (character) => (character === 'A' ? 'B' : 'A'))
  await expect(decrypt(changed, key)).rejects.toThrow()
})
