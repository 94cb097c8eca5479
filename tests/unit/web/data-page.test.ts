import { describe, expect, it } from 'vitest'
import { dataPageFormat, pageWithoutRows } from '../../../web/server/data-page.ts'
import { PAGE_POLICY } from '../../../web/server/page-policy.ts'

const EVIL = `<script>alert("1")</script>&'`
const SAFE = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;'

const PAGE = { path: '/download', open: false, embedOrigins: [] }

describe('the page of a download', () => {
  it('is HTML in UTF-8 that declares both', () => {
    const { contentType, head } = dataPageFormat(['a'], {}, PAGE)
    expect([
      contentType,
      head.startsWith('<!doctype html>\n<html lang="en">'),
      head.includes('<meta charset="utf-8">'),
    ]).toEqual(['text/html; charset=utf-8', true, true])
  })

  it('contains a column name in each head cell', () => {
    expect(dataPageFormat(['time', 'co2'], {}, PAGE).head).toContain(
      '<thead><tr><th scope="col">time</th><th scope="col">co2</th></tr></thead>',
    )
  })

  it('contains each row as cells, with empty cells for null', () => {
    expect(dataPageFormat(['a', 'b', 'c', 'd', 'e'], {}, PAGE).row([1.5, 'x', true, null, 0])).toBe(
      '<tr><td>1.5</td><td>x</td><td>true</td><td></td><td>0</td></tr>\n',
    )
  })

  it('links the other formats', () => {
    expect(dataPageFormat([], { CSV: '/download?format=csv', JSON: '/download?format=json' }, PAGE).head).toContain(
      'aria-label="Other formats"><a href="/download?format=csv">CSV</a><a href="/download?format=json">JSON</a></nav>',
    )
  })

  it('links the next page', () => {
    expect(dataPageFormat([], {}, PAGE).tail('/download?cursor=a&number=1')).toContain(
      '<p><a rel="next" href="/download?cursor=a&amp;number=1">Next page</a></p>',
    )
  })

  it('states that there is no further page', () => {
    expect(dataPageFormat([], {}, PAGE).tail(null)).toContain('<p>No further rows.</p>')
  })

  it.each([
    ['a cell', dataPageFormat(['a'], {}, PAGE).row([EVIL])],
    ['a column name', dataPageFormat([EVIL], {}, PAGE).head],
    ['the name of a link', dataPageFormat([], { [EVIL]: '/' }, PAGE).head],
    ['the URL of a link', dataPageFormat([], { CSV: EVIL }, PAGE).head],
    ['the URL of the next page', dataPageFormat([], {}, PAGE).tail(EVIL)],
  ])('escapes markup in %s', (_, html) => {
    expect([html.includes(SAFE), html.includes(EVIL)]).toEqual([true, false])
  })

  it('escapes text that is already escaped', () => {
    expect(dataPageFormat(['a'], {}, PAGE).row(['&lt;'])).toBe('<tr><td>&amp;lt;</td></tr>\n')
  })

  it('has a policy that allows only resources of this service', () => {
    expect(dataPageFormat([], {}, PAGE).headers).toEqual({ 'content-security-policy': PAGE_POLICY })
  })

  it('has a policy that lets only the pages of EMBED_ORIGINS show it in a frame', () => {
    const embedOrigins = ['https://app.example', 'https://blog.example:8443']
    const policy = PAGE_POLICY.replace("frame-ancestors 'none'", `frame-ancestors ${embedOrigins.join(' ')}`)
    expect(policy).not.toBe(PAGE_POLICY)
    expect(dataPageFormat([], {}, { ...PAGE, embedOrigins }).headers).toEqual({ 'content-security-policy': policy })
    expect(pageWithoutRows('/download', embedOrigins).headers).toMatchObject({ 'content-security-policy': policy })
  })

  it('has no text between rows', () => {
    expect(dataPageFormat(['a'], {}, PAGE).between).toBe('')
  })

  it.each([
    ['/download', './'],
    ['/v1/download', './'],
    ['/download/', '../'],
  ])('links its resources relative to its own path: %s', (path, root) => {
    const { head } = dataPageFormat([], {}, { ...PAGE, path })
    const references = [...head.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, reference]) => reference)
    expect(references).toEqual([
      `${root}assets/icon.svg`,
      `${root}assets/style.css`,
      `${root}assets/data.js`,
      root,
      `${root}download`,
      `${root}uploadhelp`,
      `${root}docs`,
    ])
  })

  it.each([true, false])('informs its script whether reading is open: %s', (open) => {
    const { head } = dataPageFormat([], {}, { ...PAGE, open })
    expect(head.includes('<main id="main" data-open>')).toBe(open)
  })
})

describe('the page that asks for a token', () => {
  it('is the same page without rows, and states that reading is not open', () => {
    const { statusCode, headers, body = '' } = pageWithoutRows('/download/', [])
    expect(statusCode).toBe(200)
    expect(headers).toEqual({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY })
    expect(body).toContain('src="../assets/data.js"')
    expect(body).toContain('No rows are shown yet.')
    expect(body).not.toMatch(/<table|data-open/)
  })
})
