// @module-tag local-only
// It checks files, not the HTTP API.
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { generateDocuments } from '../../dev/generate-docs.ts'

const documents = await generateDocuments()

it.each(Object.entries(documents))('%s is up to date with `npm run docs -- --write`', (file, text) => {
  expect(existsSync(file)).toBe(true)
  expect(readFileSync(file, 'utf8')).toBe(text)
})
