// @module-tag local-only
// The deployed functions have their routes with a slash.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ SLASH_ROUTES: 'false' })
})
afterAll(() => latchkey.stop())

const post = (path: string) => latchkey.call(path, { method: 'POST', body: 'x' })

it.each([
  ['/nothing/', '../nothing', '/nothing'],
  ['/a/n%C3%B6%3F/?x=%2F&y', '../n%C3%B6%3F?x=%2F&y', '/a/n%C3%B6%3F?x=%2F&y'],
  ['/prefix/token/', '../token', '/prefix/token'],
  ['//example.org/', '../example.org', '//example.org'],
])('SLASH_ROUTES=false redirects %s to %s on the same host, with 308', async (path, location, target) => {
  const answer = await post(path)
  expect([answer.status, answer.headers.get('location'), await answer.text()]).toEqual([308, location, ''])
  expect(new URL(location, latchkey.url + path).href).toBe(latchkey.url + target)
})

it.each(['/nothing', '/a//', '//'])('SLASH_ROUTES=false does not redirect %s', async (path) => {
  expect((await post(path)).status).toBe(404)
})

it('SLASH_ROUTES=false redirects no preflight request', async () => {
  expect((await latchkey.call('/nothing/', { method: 'OPTIONS' })).status).toBe(204)
})
