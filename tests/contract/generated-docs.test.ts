import { readFileSync } from 'node:fs'
import { expect, inject, it } from 'vitest'
import { limitsDocuments } from '../../dev/generate/limits.ts'
import { settingsDocuments } from '../../dev/generate/settings.ts'

const documents = { ...settingsDocuments(), ...limitsDocuments(inject('templateFile')) }

it.each(Object.entries(documents))('%s is up to date: else run npm run docs -- --write', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text)
})
