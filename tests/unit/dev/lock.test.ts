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

it('creates the lock with its process id, and no other file', async () => {
  expect(await lockFolder(folder)).toEqual({ state: 'acquired', afterCrash: false })
  expect(holder()).toBe(String(process.pid))
  expect(readdirSync(folder)).toEqual(['lock'])
  await unlockFolder(folder)
  expect(readdirSync(folder)).toEqual([])
})

it.each(['', 'nonsense', '-1', '999999999', '1'])('replaces the stale lock %j', async (stale) => {
  // Only on Linux can Latchkey identify a process. Elsewhere, any running process holds the lock.
  if (stale === '1' && process.platform !== 'linux') return
  writeFileSync(`${folder}/lock`, stale)
  expect(await lockFolder(folder)).toEqual({ state: 'acquired', afterCrash: true })
  expect(holder()).toBe(String(process.pid))
  expect(readdirSync(folder)).toEqual(['lock'])
})
