// @module-tag local-only
// It checks files, not the HTTP API.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codeBlocks, documentFiles, readDocument } from '../support/markdown.ts'

/**
 * Readers paste these. Each block is run by tests/slow/docs-commands.test.ts (`run`) or another test (`run by`), or has
 * a reason (`not run: reason`).
 */
const PASTED = /^(?:bash|sh|powershell|python|js|javascript|ts|swift|kotlin|cpp)\b/
const MARK = /^(?:run|run with [a-z]+|run by (?<test>tests\/\S+\.test\.ts)|not run: .{10,})$/

const files = documentFiles().filter((file) => file === 'README.md' || /^(?:docs\/guides|examples)\//.test(file))

describe('commands in documents', () => {
  it.each(files)('of %s are run by a test or state why not', (file) => {
    const faults = codeBlocks(readDocument(file))
      .filter(({ language }) => PASTED.test(language))
      .flatMap(({ line, mark }) => {
        const match = MARK.exec(mark)
        if (!match) return [`line ${line}: mark the block with <!-- run --> or <!-- not run: reason -->`]
        const test = match.groups?.['test']
        if (test === undefined || (existsSync(test) && readFileSync(test, 'utf8').includes(file))) return []
        return [`line ${line}: ${test} does not read ${file}`]
      })
    expect(faults).toEqual([])
  })

  it('are found in the README and in the guides', () => {
    expect(files.length).toBeGreaterThan(10)
  })
})
