// @module-tag local-only
// It checks files, not the HTTP API.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MESSAGES } from '../../lib/observability/log.ts'
import { OPERATIONS } from '../../lib/openapi/operations.ts'

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

/** Routes in the first column of a row of the README: `GET` `POST /start`, `/other`. */
function routesOf(row: string): string[] {
  const text = (columnsOf(row)[0] ?? '').replaceAll(/[`,]/g, '')
  return [...text.matchAll(/((?:[A-Z]+ )+)((?:\/\S* ?)+)/g)].flatMap(([, methods = '', paths = '']) =>
    methods
      .trim()
      .split(' ')
      .flatMap((method) =>
        paths
          .trim()
          .split(' ')
          .map((path) => `${method} ${path}`),
      ),
  )
}

describe('README.md', () => {
  /** A route in the table that ends in … is a prefix. */
  const isIn = (route: string, shown: string) =>
    shown.endsWith('…') ? route.startsWith(shown.slice(0, -1)) : route === shown
  const [, section = ''] = readFileSync('README.md', 'utf8').split('\n## Endpoints\n')
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'))
  const listed = rows.flatMap(routesOf)
  const routes = OPERATIONS.map(({ route }) => route)

  it('lists every endpoint', () => {
    const expected = routes.filter((route) => !/^HEAD |\/assets\//.test(route))
    expect(
      expected.filter((route) => !listed.some((one) => isIn(route, one))),
      'README.md, Endpoints: add these routes to the table',
    ).toEqual([])
  })

  it('lists no other endpoint', () => {
    expect(
      listed.filter((one) => !routes.some((route) => isIn(route, one))),
      'README.md, Endpoints: remove these routes from the table, or add them to serverless.yml',
    ).toEqual([])
  })
})

describe('docs/operations/logging.md', () => {
  it('lists every message with its level and sentence', () => {
    const logging = readFileSync('docs/operations/logging.md', 'utf8')
    const listed = [...logging.matchAll(/^\| `([a-z_]+)` \| ([A-Z]+) \| (.+?) \|/gm)].map(
      ([, code, level = '', sentence]) => [code, { level: level.toLowerCase(), sentence }],
    )
    expect(
      Object.fromEntries(listed),
      'docs/operations/logging.md: one row for each message of lib/observability/log.ts, with its level and sentence',
    ).toEqual(MESSAGES)
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
    expect(
      Object.fromEntries(listed),
      'docs/operations/metrics.md: one row for each metric of lib/observability/metrics.ts, with its dimensions',
    ).toEqual(Object.fromEntries(published))
  })
})

describe('docs/operations/runbook.md', () => {
  it('has a row for each alarm group', () => {
    const groups = [...readFileSync('serverless.yml', 'utf8').matchAll(/^ {4}alarmGroup: (\w+)$/gm)].map(
      ([, group]) => group,
    )
    const rows = rowsOf('docs/operations/runbook.md').map((row) => (columnsOf(row)[0] ?? '').trim())
    expect(
      [...new Set(groups)].filter((group) => !rows.includes(group ?? '')),
      'docs/operations/runbook.md: add a row for each new alarmGroup of serverless.yml to the table of groups',
    ).toEqual([])
  })
})

describe.each(['docs/reference/oauth-conformance.md', 'SECURITY.md'])('%s', (document) => {
  const rows = rowsOf(document)

  it('names a test in every row', () => {
    expect(rows.length).toBeGreaterThan(5)
    expect(
      rows.filter((row) => testsOf(row).length === 0),
      `${document}: name a test in the last column`,
    ).toEqual([])
  })

  it.each(rows.flatMap(testsOf))('%s has the test “%s”', (file, title) => {
    const message = `${document}: name an existing test file, and a title in it`
    expect(existsSync(`tests/${file}`), message).toBe(true)
    expect(readFileSync(`tests/${file}`, 'utf8'), message).toContain(title)
  })
})
