// @module-tag local-only
// It checks files, not the HTTP API.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MESSAGES } from '../../lib/observability/log.ts'

const rowsOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|(?:---| requirement | guarantee )/.test(line))

/** Columns of a table row; a row starts and ends with a bar. */
const columnsOf = (row: string): string[] => row.split(/(?<!\\)\|/).slice(1, -1)

/** Tests that a row of the conformance page names: `file`: `title`, `title`; `file`: `title`. */
const testsOf = (row: string): (readonly [file: string, title: string])[] =>
  (columnsOf(row).at(-1) ?? '').split('; ').flatMap((part) => {
    const [file = '', ...titles] = [...part.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
    return titles.map((title) => [file, title] as const)
  })

describe('docs/operations/logging.md', () => {
  it('lists every message with its level and sentence', () => {
    const logging = readFileSync('docs/operations/logging.md', 'utf8')
    const listed = [...logging.matchAll(/^\| `([a-z_]+)` \| ([A-Z]+) \| (.+?) \|/gm)].map(
      ([, code, level = '', sentence]) => [code, { level: level.toLowerCase(), sentence }],
    )
    expect(Object.fromEntries(listed)).toEqual(MESSAGES)
  })
})

describe('docs/operations/metrics.md', () => {
  it('lists every metric with its dimensions', () => {
    const source = readFileSync('lib/observability/metrics.ts', 'utf8')
    const published = [...source.matchAll(/^ {2}([A-Z]\w+): \{ (.+) \}$/gm)].map(([, name, dimensions = '']) => [
      name,
      [...dimensions.matchAll(/(\w+):/g)].map(([, dimension]) => `\`${dimension}\``).join(', '),
    ])
    expect(published.length).toBeGreaterThan(5)
    const listed = rowsOf('docs/operations/metrics.md').flatMap((row) => {
      const [, name, dimensions] = /^\| `([A-Z]\w+)` \| (.+?) \|/.exec(row) ?? []
      return name ? [[name, dimensions]] : []
    })
    expect(listed).toEqual(published)
  })
})

describe('docs/operations/runbook.md', () => {
  it('has a row for each alarm group', () => {
    const groups = [...readFileSync('serverless.yml', 'utf8').matchAll(/^ {4}alarmGroup: (\w+)$/gm)].map(
      ([, group]) => group,
    )
    const rows = rowsOf('docs/operations/runbook.md').map((row) => (columnsOf(row)[0] ?? '').trim())
    expect([...new Set(groups)].filter((group) => !rows.includes(group ?? ''))).toEqual([])
  })
})

describe.each(['docs/reference/oauth-conformance.md', 'SECURITY.md'])('%s', (document) => {
  const rows = rowsOf(document)

  it('names a test in every row', () => {
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter((row) => testsOf(row).length === 0)).toEqual([])
  })

  it.each(rows.flatMap(testsOf))('%s has the test “%s”', (file, title) => {
    expect(existsSync(`tests/${file}`)).toBe(true)
    expect(readFileSync(`tests/${file}`, 'utf8')).toContain(title)
  })
})
