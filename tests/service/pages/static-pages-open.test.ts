import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

/** Reading the shared client requires no credentials. */
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ UPLOAD_REQUIRES_AUTH: 'false', DOWNLOAD_REQUIRES_AUTH: 'false' })
  await latchkey.call('/upload', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ time: [1], co2: [612] }),
  })
})
afterAll(() => latchkey.stop())

const browse = (path: string, headers: Record<string, string> = {}) =>
  latchkey.call(path, { headers: { accept: 'text/html', ...headers } })

it('shows the rows without a token prompt in a browser', async () => {
  const html = await (await browse('/download')).text()
  expect(html).toContain('<td>612</td>')
  expect(html).toContain('<main id="main" data-open>')
})

it('does not mark the page as open for a caller with credentials', async () => {
  const html = await (await browse('/download', { authorization: `Bearer ${latchkey.adminToken}` })).text()
  expect(html).toContain('<td>612</td>')
  expect(html).not.toContain('data-open')
})

it('rejects wrong credentials with 401', async () => {
  expect((await browse('/download', { authorization: 'Bearer wrong' })).status).toBe(401)
})

it('rejects access to another client', async () => {
  const asked = await browse('/download?client_id=other')
  expect(asked.status).toBe(200)
  expect(await asked.text()).toContain('No rows are shown yet.')
  expect((await latchkey.call('/download?client_id=other')).status).toBe(403)
  expect((await browse('/download?client_id=other&format=csv')).status).toBe(403)
})
