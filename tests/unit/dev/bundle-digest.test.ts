import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bundleDigest, digestError } from '../../../dev/bundle-digest.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bundles-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  mkdirSync(`${path}/assets`)
  writeFileSync(`${path}/token.mjs`, 'export {}')
  writeFileSync(`${path}/assets/index.html`, '<p>')
  return path
}

it('depends on the names and contents of files, but not on their times or place', async () => {
  const [one, other] = [folder(), folder()]
  const digest = await bundleDigest(one)
  utimesSync(`${other}/token.mjs`, 1, 1)
  expect(await bundleDigest(other)).toBe(digest)
  writeFileSync(`${other}/token.mjs`, 'export { }')
  const changed = await bundleDigest(other)
  renameSync(`${one}/token.mjs`, `${one}/tokens.mjs`)
  const renamed = await bundleDigest(one)
  rmSync(`${one}/assets/index.html`)
  expect(new Set([digest, changed, renamed, await bundleDigest(one), await bundleDigest(`${one}/none`)]).size).toBe(5)
})

it('names both digests if they differ', () => {
  expect(digestError('a', 'a')).toBeNull()
  expect(digestError('a', 'b')).toMatch(/have the digest b, not a: run npm run build/)
})
