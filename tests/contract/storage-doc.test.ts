// @module-tag local-only
// It checks files, not the HTTP API.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../lib/measurements/cells.ts'
import { packColumn } from '../../lib/measurements/column-codec.ts'
import { runs } from '../support/property.ts'

const text = readFileSync('docs/reference/storage.md', 'utf8')
const snippet = (language: string): string =>
  text.split(`<!-- ${language} -->\n\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''

const columns: Cell[][] = [
  [21.5, 21.6, 21.4],
  [1_600_000_000, 1_600_000_060, 1_600_000_120],
  [-1, 0.123456789, 2 ** 50 / 10 ** 9, -(2 ** 50) / 10 ** 9],
  [0, 0, 0],
  [1e300, 5e-324, 1 / 3],
  ['é€😀', '"', '', null, true, 7],
  ...fc.sample(fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((value) => value / 1000)), {
    seed: 7,
    numRuns: runs(50),
  }),
]
const packed = columns.map((cells) => Buffer.from(packColumn(cells)).toString('base64'))

describe('docs/reference/storage.md', () => {
  it('has the stored bytes as its example', () => {
    expect(Buffer.from(packColumn([21.5, 21.6, 21.4])).toString('hex')).toMatch(/^01/)
    const body = inflateRawSync(packColumn([21.5, 21.6, 21.4]).subarray(1))
    expect(text).toContain('bytes `ae 03`, `02`, `03`')
    expect(body.toString('hex')).toBe('ae030203')
  })

  it('has a JavaScript reader that decodes every encoding', () => {
    const program = `${snippet('javascript')}
      const packed = JSON.parse(process.argv[1]).map((text) => Buffer.from(text, 'base64'))
      console.log(JSON.stringify(packed.map(column)))`
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program, JSON.stringify(packed)])
    expect(JSON.parse(printed.toString())).toEqual(columns)
  })

  it.skipIf(spawnSync('python3', ['--version']).error)('has a Python reader that decodes every encoding', () => {
    const program = `import sys, base64\n${snippet('python')}
print(json.dumps([column(base64.b64decode(text)) for text in json.loads(sys.argv[1])]))`
    const printed = execFileSync('python3', ['-c', program, JSON.stringify(packed)])
    expect(JSON.parse(printed.toString())).toEqual(columns)
  })
})
