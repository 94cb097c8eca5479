import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { GENERATED } from '../../dev/docs/generated.ts'

describe('generated documents', () => {
  it.each(Object.entries(GENERATED))('%s is up to date (npm run docs -- --write)', (file, generate) => {
    expect(readFileSync(file, 'utf8')).toBe(generate())
  })
})
