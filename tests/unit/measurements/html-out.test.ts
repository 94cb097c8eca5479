import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { htmlFormat } from '../../../lib/measurements/html-out.ts'

const EVIL = `<script>alert("1")</script>&'`
const SAFE = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;'

describe('the page of a download', () => {
  it('is HTML in UTF-8 that declares both', () => {
    const { contentType, head } = htmlFormat(['a'], {})
    expect([
      contentType,
      head.startsWith('<!doctype html>\n<html lang="en">'),
      head.includes('<meta charset="utf-8">'),
    ]).toEqual(['text/html; charset=utf-8', true, true])
  })

  it('shows a column name in each head cell', () => {
    expect(htmlFormat(['time', 'co2'], {}).head).toContain(
      '<thead><tr><th scope="col">time</th><th scope="col">co2</th></tr></thead>',
    )
  })

  it('shows a row as cells, nothing as an empty one', () => {
    expect(htmlFormat(['a', 'b', 'c', 'd', 'e'], {}).row([1.5, 'x', true, null, 0])).toBe(
      '<tr><td>1.5</td><td>x</td><td>true</td><td></td><td>0</td></tr>\n',
    )
  })

  it('links the other formats', () => {
    expect(htmlFormat([], { CSV: '/download?format=csv', JSON: '/download?format=json' }).head).toContain(
      '<nav aria-label="Other formats"><a href="/download?format=csv">CSV</a><a href="/download?format=json">JSON</a></nav>',
    )
  })

  it('links the next page', () => {
    expect(htmlFormat([], {}).tail('/download?cursor=a&number=1')).toContain(
      '<p><a rel="next" href="/download?cursor=a&amp;number=1">Next page</a></p>',
    )
  })

  it('says when there is no further page', () => {
    expect(htmlFormat([], {}).tail(null)).toContain('<p>No further rows.</p>')
  })

  it.each([
    ['a cell', htmlFormat(['a'], {}).row([EVIL])],
    ['a column name', htmlFormat([EVIL], {}).head],
    ['the name of a link', htmlFormat([], { [EVIL]: '/' }).head],
    ['the address of a link', htmlFormat([], { CSV: EVIL }).head],
    ['the address of the next page', htmlFormat([], {}).tail(EVIL)],
  ])('escapes what is markup in %s', (_, html) => {
    expect([html.includes(SAFE), html.includes('<script')]).toEqual([true, false])
  })

  it('escapes what was escaped before once more', () => {
    expect(htmlFormat(['a'], {}).row(['&lt;'])).toBe('<tr><td>&amp;lt;</td></tr>\n')
  })

  it('allows its own style and nothing else', () => {
    const { head, headers } = htmlFormat([], {})
    const style = /<style>([^<]*)<\/style>/.exec(head)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    )
  })

  it('puts nothing between rows', () => {
    expect(htmlFormat(['a'], {}).between).toBe('')
  })
})
