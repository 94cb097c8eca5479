import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decrypt, encrypt } from '../../../lib/crypto/encryption.ts'

const key = Buffer.alloc(32, 1)

it('opens what it has sealed, whatever the text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      expect(await decrypt(await encrypt(text, key), key)).toBe(text)
    }),
  )
})

it('seals the same text differently each time', async () => {
  expect(await encrypt('text', key)).not.toBe(await encrypt('text', key))
})

it('shows nothing of the text', async () => {
  const parts = (await encrypt('a very secret text', key)).split('.')
  expect(parts.map((part) => Buffer.from(part, 'base64url').toString())).not.toContainEqual(
    expect.stringContaining('secret'),
  )
})

it('does not open with another key, or when a character was changed', async () => {
  const sealed = await encrypt('text', key)
  await expect(decrypt(sealed, Buffer.alloc(32, 2))).rejects.toThrow()
  // The first character of the tag: the last one has bits that do not count.
  const changed = sealed.replace(/[^.](?=[^.]*$)/, (character) => (character === 'A' ? 'B' : 'A'))
  await expect(decrypt(changed, key)).rejects.toThrow()
})
