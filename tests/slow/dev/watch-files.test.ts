// @module-tag local-only
// These tests watch a folder of this machine.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { watchSources } from '../../../dev/watch-files.ts'

const folders: { folder: string; close: () => void }[] = []
function watchedFolder(onChange: () => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-watch-'))
  mkdirSync(`${folder}/sub`)
  writeFileSync(`${folder}/sub/a.ts`, '1')
  folders.push({ folder, close: watchSources(folder, ['ts', 'css'], async () => onChange()) })
  return folder
}

let folder: string
let changes = 0
beforeAll(() => {
  folder = watchedFolder(() => {
    changes += 1
  })
})
afterAll(() => {
  for (const { folder, close } of folders) {
    close()
    rmSync(folder, { recursive: true, force: true })
  }
})

const write = (name: string) => writeFileSync(`${folder}/${name}`, '2')
const replace = (name: string) => {
  write('new.tmp')
  renameSync(`${folder}/new.tmp`, `${folder}/${name}`)
}

it.each<[string, () => void]>([
  ['a file', () => write('sub/a.ts')],
  ['a file that an editor replaces', () => replace('sub/a.ts')],
  ['a file that was replaced before', () => write('sub/a.ts')],
  ['a file that is replaced again', () => replace('sub/a.ts')],
  ['a new file', () => write('sub/b.css')],
  ['a new folder', () => mkdirSync(`${folder}/deep/er`, { recursive: true })],
  ['a file of a new folder', () => write('deep/er/c.ts')],
  ['a folder that is removed', () => rmSync(`${folder}/deep`, { recursive: true })],
  ['a folder that is made again', () => mkdirSync(`${folder}/deep`)],
  ['a file of a folder that was made again', () => write('deep/c.ts')],
])('notices %s', async (_, change) => {
  const before = changes
  change()
  await expect.poll(() => changes).toBeGreaterThan(before)
  // Later events of this change must not be those of the next one.
  await new Promise((resolve) => setTimeout(resolve, 500))
})

it('ignores other files', async () => {
  let noticed = 0
  const other = watchedFolder(() => {
    noticed += 1
  })
  writeFileSync(`${other}/sub/.a.ts.swp`, '2')
  writeFileSync(`${other}/sub/a.md`, '2')
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(noticed).toBe(0)
})
