// @module-tag local-only
// It sends many requests, to test code that does not depend on AWS.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

const SECRET = randomUUID()
let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({ TRUSTED_PROXY: 'cloudfront', TRUSTED_PROXY_SECRET: SECRET })
})
afterAll(() => latchkey.stop())

/** The status of a wrong client secret from a caller behind CloudFront. */
async function wrongSecret(viewer: string, secret?: string): Promise<number> {
  const headers = {
    authorization: `Basic ${Buffer.from(`${randomUUID()}:wrong`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    'cloudfront-viewer-address': `${viewer}:443`,
    ...(secret !== undefined && { 'x-origin-verify': secret }),
  }
  const body = 'grant_type=client_credentials'
  return (await latchkey.call('/token', { method: 'POST', headers, body })).status
}

const FAILURES = 50

it('limits failed logins of each caller behind the proxy, and no other caller', async () => {
  await Promise.all(Array.from({ length: FAILURES }, () => wrongSecret('198.51.100.7', SECRET)))
  expect(await wrongSecret('198.51.100.7', SECRET)).toBe(429)
  expect(await wrongSecret('198.51.100.8', SECRET)).toBe(401)
  // Who names another address without the secret of the proxy has neither its limit nor escapes its own.
  expect(await wrongSecret('198.51.100.7')).toBe(401)
  await Promise.all(Array.from({ length: FAILURES }, (_, index) => wrongSecret(`203.0.113.${index}`, 'guessed')))
  expect(await wrongSecret('203.0.113.200')).toBe(429)
  expect(await wrongSecret('198.51.100.8', SECRET)).toBe(401)
})
