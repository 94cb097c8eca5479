import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

/** Kilobytes that a browser downloads. */
const BUDGETS = { 'data.js': 80, 'style.css': 10 }

it.each(Object.entries(BUDGETS))('%s has at most %d kB zipped', async (name, budget) => {
  const content = await readFile(new URL(`../../dist/assets/${name}`, import.meta.url))
  expect(gzipSync(content).length / 1_000).toBeLessThan(budget)
})
