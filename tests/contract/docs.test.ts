import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MESSAGES } from '../../lib/observability/log.ts'

/** Rows of docs/oauth.md: each names files of tests, and after each the titles of tests in it. */
const rows = readFileSync('docs/oauth.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|(?:---| clause )/.test(line))

const named = rows.flatMap((row) =>
  [...(row.split('|')[3] ?? '').matchAll(/`((?:service|contract|unit)\/[\w./-]+)`: ([^`]+)/g)].flatMap(
    ([, file = '', titles = '']) =>
      titles.split(';').flatMap((title) => {
        const [text = '', cases = ''] = title.replace(/\)\s*$/, '').split('(')
        const words = [...text.split('…'), ...cases.split(',')].map((word) => word.trim()).filter((word) => word !== '')
        return words.map((word) => [file, word] as const)
      }),
  ),
)

const logging = readFileSync('docs/logging.md', 'utf8')

describe('docs/logging.md', () => {
  it('lists exactly the log messages that exist, each with its level and sentence', () => {
    const documented = [...logging.matchAll(/^\| `([a-z_]+)` \| ([A-Z]+) \| (.+?) \|/gm)].map(
      ([, code, level = '', sentence]) => [code, { level: level.toLowerCase(), sentence }],
    )
    expect(Object.fromEntries(documented)).toEqual(MESSAGES)
  })

  it('has every metric there is, with its dimensions', () => {
    const source = readFileSync('lib/observability/metrics.ts', 'utf8')
    const counted = [...source.matchAll(/^ {2}([A-Z]\w+): \{ (.+) \}$/gm)].map(([, name, dimensions = '']) => [
      name,
      [...dimensions.matchAll(/(\w+):/g)].map(([, dimension]) => `\`${dimension}\``).join(', '),
    ])
    expect(counted.length).toBeGreaterThan(5)
    const told = [...logging.matchAll(/^\| `([A-Z]\w+)` \| (.+?) \|/gm)].map(([, name, dimensions]) => [
      name,
      dimensions,
    ])
    expect(told).toEqual(counted)
  })
})

describe('docs/oauth.md', () => {
  it('names a test for every clause', () => {
    expect(rows.length).toBeGreaterThan(15)
    expect(rows.filter((row) => !/oauth4webapi|`(?:service|contract|unit)\/[\w./-]+`: \w/.test(row))).toEqual([])
  })

  it.each(named)('%s has “%s”', (file, title) => {
    expect(existsSync(`tests/${file}`)).toBe(true)
    expect(readFileSync(`tests/${file}`, 'utf8')).toContain(title)
  })
})
