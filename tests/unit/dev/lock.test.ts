import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockFolder, unlockFolder } from '../../../dev/lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const holder = () => readFileSync(`${folder}/lock`, 'utf8')

it('is taken with the number of the process, and leaves nothing else behind', async () => {
  expect(await lockFolder(folder)).toBeNull()
  expect(holder()).toBe(String(process.pid))
  expect(readdirSync(folder)).toEqual(['lock'])
  await unlockFolder(folder)
  expect(readdirSync(folder)).toEqual([])
})

it.each(['', 'nonsense', '-1', '999999999', '1'])('is taken over from %j, which is no Latchkey', async (stale) => {
  // Elsewhere than on Linux a process that runs is taken for ours.
  if (stale === '1' && process.platform !== 'linux') return
  writeFileSync(`${folder}/lock`, stale)
  expect(await lockFolder(folder)).toBeNull()
  expect(holder()).toBe(String(process.pid))
  expect(readdirSync(folder)).toEqual(['lock'])
})
