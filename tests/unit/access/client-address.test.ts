import { afterEach, expect, it, vi } from 'vitest'
import { exampleRequest } from '../../../lib/openapi/errors.ts'

const SECRET = 'a-secret-that-only-the-proxy-knows'
afterEach(() => {
  vi.unstubAllEnvs()
})

/** The address of a request with these headers, from 192.0.2.1. */
async function addressOf(headers: Record<string, string>, settings: Record<string, string> = {}): Promise<string> {
  for (const [name, value] of Object.entries({
    TRUSTED_PROXY: 'cloudfront',
    TRUSTED_PROXY_SECRET: SECRET,
    ...settings,
  }))
    vi.stubEnv(name, value)
  vi.resetModules()
  const { clientAddress } = await import('../../../lib/access/client-address.ts')
  return clientAddress(exampleRequest({ headers }))
}
const viewer = (address: string, secret = SECRET) => ({
  'cloudfront-viewer-address': address,
  'x-origin-verify': secret,
})

it.each([
  ['198.51.100.7:46532', '198.51.100.7'],
  ['2001:db8::7:46532', '2001:db8::7'],
  ['2001:0db8:85a3:0000:0000:8a2e:0370:7334:443', '2001:0db8:85a3:0000:0000:8a2e:0370:7334'],
  ['[2001:db8::7]:46532', '2001:db8::7'],
])('reads the address of CloudFront-Viewer-Address: %s', async (header, address) => {
  expect(await addressOf(viewer(header))).toBe(address)
})

it.each(['', '198.51.100.7', 'somewhere:80', '198.51.100.7:46532, 203.0.113.9:80', ':80'])(
  'uses the address of the connection if the header is invalid: %j',
  async (header) => {
    expect(await addressOf(viewer(header))).toBe('192.0.2.1')
  },
)

it('uses the address of the connection without the secret, and without TRUSTED_PROXY', async () => {
  const address = '198.51.100.7:46532'
  expect(await addressOf({ 'x-origin-verify': SECRET })).toBe('192.0.2.1')
  expect(await addressOf({ 'cloudfront-viewer-address': address })).toBe('192.0.2.1')
  for (const secret of ['', 'wrong', `${SECRET}x`, SECRET.toUpperCase()])
    expect(await addressOf(viewer(address, secret))).toBe('192.0.2.1')
  expect(await addressOf(viewer(address), { TRUSTED_PROXY: '' })).toBe('192.0.2.1')
  expect(await addressOf({}, { TRUSTED_PROXY: '', TRUSTED_PROXY_SECRET: '' })).toBe('192.0.2.1')
})

it('accepts each of several secrets', async () => {
  const secrets = { TRUSTED_PROXY_SECRET: `another-${SECRET}, ${SECRET}` }
  for (const secret of [SECRET, `another-${SECRET}`])
    expect(await addressOf(viewer('198.51.100.7:1', secret), secrets)).toBe('198.51.100.7')
})

it('rejects a setting without its secret', async () => {
  await expect(addressOf({}, { TRUSTED_PROXY_SECRET: '' })).rejects.toThrow('TRUSTED_PROXY_SECRET is missing')
})
