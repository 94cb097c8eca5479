import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { signDownload, signParts } from '../../../lib/files/presign.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 6, 1), toFake: ['Date'] })
  for (const [name, value] of Object.entries({
    FILES_BUCKET: 'latchkey-prod-files-123456789012-eu-central-1',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    AWS_ENDPOINT_URL: '',
    AWS_ENDPOINT_URL_S3: '',
    FILES_ENDPOINT_URL: '',
  }))
    vi.stubEnv(name, value)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

it('a URL of a part is at the host of the bucket, and signs the size', async () => {
  const [url = ''] = await signParts('measurements/4f', 'an+upload/id', [{ number: 7, size: 8_388_608 }], 3600)
  const { origin, pathname, searchParams } = new URL(url)
  expect(origin).toBe('https://latchkey-prod-files-123456789012-eu-central-1.s3.eu-central-1.amazonaws.com')
  expect(pathname).toBe('/measurements/4f')
  expect(Object.fromEntries(searchParams)).toEqual({
    partNumber: '7',
    uploadId: 'an+upload/id',
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20260701/eu-central-1/s3/aws4_request',
    'X-Amz-Date': '20260701T000000Z',
    'X-Amz-Expires': '3600',
    'X-Amz-Security-Token': 'session',
    'X-Amz-SignedHeaders': 'content-length;host',
    'X-Amz-Signature': expect.stringMatching(/^[\da-f]{64}$/),
  })
})

it('a URL of a download sets the name under which a browser saves it', async () => {
  const url = await signDownload('exports/9c/1.csv', { name: 'série.csv', type: 'text/csv' }, 300)
  const { searchParams } = new URL(url)
  expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host')
  expect(searchParams.get('response-content-type')).toBe('text/csv')
  expect(searchParams.get('response-content-disposition')).toBe(
    `attachment; filename="s?rie.csv"; filename*=UTF-8''s%C3%A9rie.csv`,
  )
})

it.each([
  ['cn-north-1', '', '', /^https:\/\/latchkey-[\w-]+\.s3\.cn-north-1\.amazonaws\.com\.cn\/exports\/9c\?/],
  ['local', 'http://localhost:3000', '', /^http:\/\/localhost:3000\/latchkey-[\w-]+\/exports\/9c\?/],
  ['local', 'http://localhost:3000', 'https://a.example/', /^https:\/\/a\.example\/latchkey-[\w-]+\/exports\/9c\?/],
])('in %s with the endpoints %j and %j, the address of an object matches %s', async (region, s3, clients, expected) => {
  vi.stubEnv('AWS_REGION', region)
  vi.stubEnv('AWS_ENDPOINT_URL_S3', s3)
  vi.stubEnv('FILES_ENDPOINT_URL', clients)
  expect(await signDownload('exports/9c', { name: 'a', type: 'text/csv' }, 300)).toMatch(expected)
})
