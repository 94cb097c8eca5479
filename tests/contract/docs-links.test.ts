// @module-tag local-only
// It checks files, not the HTTP API.
import { existsSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorsOf, documentFiles, linksOf, readDocument } from '../support/markdown.ts'

/** The error of a relative link, or null if it is valid. */
function linkFault(file: string, link: string): string | null {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)))
  if (!existsSync(target)) return `${link}: there is no ${target}`
  if (anchor === undefined || !target.endsWith('.md')) return null
  if (statSync(target).isDirectory()) return `${link}: ${target} is a folder`
  return anchorsOf(readDocument(target)).has(anchor) ? null : `${link}: ${target} has no heading #${anchor}`
}

const isRelative = (link: string): boolean => !/^[a-z][a-z0-9+.-]*:/i.test(link)

describe('links in documents', () => {
  it.each(documentFiles())('of %s are valid', (file) => {
    const links = linksOf(readDocument(file)).filter(isRelative)
    expect(links.map((link) => linkFault(file, link)).filter((fault) => fault !== null)).toEqual([])
  })

  it('are found, as are the anchors of headings', () => {
    const text =
      '# A `b`, c!\n\n## A b c\n\n[x](y.md#z "t") and `[no](no.md)`\n\n```md\n[no](no.md)\n# No\n```\n\n<img src="i.png">\n'
    expect(linksOf(text)).toEqual(['y.md#z', 'i.png'])
    expect([...anchorsOf(text)]).toEqual(['a-b-c', 'a-b-c-1'])
    expect(linkFault('README.md', 'docs/none.md')).toContain('there is no docs/none.md')
    expect(linkFault('README.md', '#no-such-heading')).toContain('has no heading')
  })

  it('reach every document from the README', () => {
    const reached = new Set(['README.md'])
    for (const file of reached) {
      for (const link of linksOf(readDocument(file)).filter(isRelative)) {
        const target = normalize(join(dirname(file), link.split('#')[0] ?? ''))
        if (target.endsWith('.md') && existsSync(target)) reached.add(target)
      }
    }
    expect(documentFiles().filter((file) => !file.startsWith('.github/') && !reached.has(file))).toEqual([])
  })
})
