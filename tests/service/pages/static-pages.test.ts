import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readTemplate } from '../../../dev/template.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { fieldsOf, problemOf } from '../../support/responses.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
/** The renderer of the API reference adds inline styles. */
const POLICIES = {
  '/': POLICY,
  '/uploadhelp': POLICY,
  '/download': POLICY,
  '/docs': POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
}
const PAGES = Object.keys(POLICIES)
const browse = (path: string, headers: Record<string, string> = {}) =>
  latchkey.call(path, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers } })

/** URLs of this service that a page links to. */
const references = (page: string, html: string): string[] =>
  [...html.matchAll(/\s(?:href|src)="([^"]+)"/g)]
    .map(([, reference = '']) => new URL(reference, latchkey.url + page))
    .filter(({ origin }) => origin === latchkey.url)
    .map(({ href }) => href)

describe('every page', () => {
  it.each(Object.entries(POLICIES))('%s is HTML with a restrictive Content-Security-Policy', async (path, policy) => {
    const answer = await browse(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toBe(policy)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it.each(PAGES)('%s has no inline script, style or event handler', async (path) => {
    const html = await (await browse(path)).text()
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/i)
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i)
  })

  it.each(PAGES)('%s links only to existing pages, assets and anchors', async (path) => {
    const html = await (await browse(path)).text()
    const found = references(path, html)
    expect(found.filter((each) => each.includes('/assets/')).length).toBeGreaterThanOrEqual(2)
    for (const each of new Set(found)) {
      const { status } = await browse(each.slice(latchkey.url.length))
      expect([each, status]).toEqual([each, 200])
    }
    const anchors = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    for (const id of anchors) expect(html).toContain(`id="${id}"`)
  })

  it.each(['/uploadhelp/', '/docs/'])(
    '%s redirects to the URL that its relative links are based on',
    localOnly('The emulator removes the slash at the end of a path.'),
    async (path) => {
      const answer = await browse(path)
      expect(answer.status).toBe(308)
      expect(answer.headers.get('location')).toBe(`..${path.slice(0, -1)}`)
    },
  )

  it('supports HEAD', async () => {
    for (const path of ['/', '/download']) {
      const answer = await latchkey.call(path, { method: 'HEAD', headers: { accept: 'text/html' } })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(await answer.text()).toBe('')
    }
  })
})

describe('GET /', () => {
  it.each(['*/*', 'application/json', ''])('describes itself as JSON (Accept: %s)', async (accept) => {
    const answer = await latchkey.call('/', { headers: { accept } })
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await fieldsOf(answer)).toEqual({
      hello: 'world',
      name: 'latchkey',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      stage: expect.stringMatching(/^(?:local|rehearsal)$/),
      health: '/health',
      documentation: '/docs',
      description: '/openapi.json',
    })
  })

  it('varies by Accept and Accept-Encoding', async () => {
    expect((await browse('/')).headers.get('vary')).toMatch(/^accept, accept-encoding(?:, Origin)?$/)
  })

  it('lists exactly the endpoints of the template', async () => {
    const { routes } = await readTemplate(inject('templateFile'))
    const there = [...routes.keys()].filter(
      (route) => !/^\$default$|^HEAD |.\/$|\/assets\//.test(route) || route === 'GET /',
    )
    const html = await (await browse('/')).text()
    const named = [...html.matchAll(/<code>([A-Z]+ \/[^<]*)<\/code>/g)].map(([, route]) => route)
    expect(named.sort()).toEqual(there.sort())
  })
})

describe('GET /assets/{name}', () => {
  it.each([
    ['style.css', 'text/css; charset=utf-8'],
    ['data.js', 'text/javascript; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
    ['openapi.json', 'application/json'],
  ])('%s has its content type and cache lifetime', async (name, type) => {
    const answer = await latchkey.call(`/assets/${name}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(type)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300')
  })

  it('is compressed if the client accepts gzip, with the same content', async () => {
    const zipped = await latchkey.call('/assets/style.css', { headers: { 'accept-encoding': 'br, gzip' } })
    const plain = await latchkey.call('/assets/style.css', { headers: { 'accept-encoding': 'identity' } })
    const refused = await latchkey.call('/assets/style.css', { headers: { 'accept-encoding': 'gzip;q=0, identity' } })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect([plain, refused].map(({ headers }) => headers.get('content-encoding'))).toEqual([null, null])
    expect(await zipped.text()).toBe(await plain.text())
  })

  it('returns 304 for a matching ETag', async () => {
    const first = await latchkey.call('/assets/style.css')
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    const same = (known: string) => latchkey.call('/assets/style.css', { headers: { 'if-none-match': known } })
    for (const known of [etag, `"other", ${etag}`]) {
      const answer = await same(known)
      expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([304, etag, ''])
    }
    expect((await same('"other"')).status).toBe(200)
  })

  it.each([
    'nosuch.js',
    'data.ts',
    'page.mjs',
    'style',
    '.env',
    'x.constructor',
    '..%2fpage.mjs',
    '..%2f..%2fpackage.json',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    '..%5c..%5cpackage.json',
    'style.css%00.svg',
    '%2fetc%2fpasswd.json',
  ])('%s returns 404', async (name) => {
    const answer = await latchkey.call(`/assets/${name}`)
    expect(answer.status).toBe(404)
    expect((await problemOf(answer)).code).toBe('not_found')
  })
})

describe('GET /download in a browser', () => {
  it.each(['/download', '/download/', '/download?format=html', '/download?source=box&cols=co2&from=0&client_id=abc'])(
    '%s asks for a token and shows no rows',
    async (path) => {
      const answer = await browse(path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      const html = await answer.text()
      expect(html).toContain('id="token" type="password"')
      expect(html).not.toMatch(/<table|data-open/)
    },
  )

  it.each(['csv', 'json', 'ndjson', 'xml'])('requires credentials for other formats: %s', async (format) => {
    expect((await browse(`/download?format=${format}`)).status).toBe(401)
  })

  it('requires credentials if the client does not accept HTML', async () => {
    expect((await latchkey.call('/download', { headers: { accept: 'application/json' } })).status).toBe(401)
  })

  it('rejects wrong credentials with 401 instead of a prompt', async () => {
    expect((await browse('/download', { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await browse('/download', { 'content-md5-salted': '00'.repeat(16) })).status).toBe(401)
  })

  it.each(['number=ten', 'colls=co2', 'from=soon'])('returns a problem for invalid parameters: %s', async (query) => {
    const answer = await browse(`/download?${query}`)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([400, 'parameter_invalid'])
  })

  it('returns the table and its script for valid credentials', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload download' })
    const token = await latchkey.token(client_id)
    await latchkey.upload(token, JSON.stringify({ time: [1], co2: [612] }))
    const answer = await browse('/download', { authorization: `Bearer ${token}` })
    const html = await answer.text()
    expect(html).toContain('<td>612</td>')
    expect(html).toContain('src="./assets/data.js"')
    expect(html).not.toContain('data-open')
  })

  it('does not query the database without credentials', async () => {
    latchkey.database.commands.length = 0
    await browse('/download?source=default')
    expect(latchkey.database.commands).toEqual([])
  })
})
