// @module-tag local-only
// It tests how the pages are made, on this machine.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { writeAssets } from '../../../dev/assets.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('writes only the files that differ, because another process may serve the others', async () => {
  await writeAssets(folder)
  const names = readdirSync(folder)
  expect(names).toEqual(expect.arrayContaining(['data.js', 'icon.svg', 'index.html', 'openapi.json', 'style.css']))
  const contents = () => names.map((name) => readFileSync(join(folder, name), 'utf8'))
  const before = contents()
  writeFileSync(join(folder, 'icon.svg'), 'damaged')
  rmSync(join(folder, 'openapi.json'))
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 0, 0)
  await writeAssets(folder)
  expect(contents()).toEqual(before)
  expect(names.filter((name) => statSync(join(folder, name)).mtimeMs > 0)).toEqual(['icon.svg', 'openapi.json'])
})
