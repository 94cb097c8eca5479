// @module-tag local-only
// It changes a setting.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { faultyFields, problemOf } from '../../support/responses.ts'
import { requestShare, shared, withToken } from '../../support/shares.ts'
import { clientWith } from '../../support/stored-rows.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey({
    SHARE_DAYS_MAX: '7',
    EMBED_ORIGINS: 'https://app.example, https://blog.example:8443',
  })
})
afterAll(() => latchkey.stop())
afterEach(() => {
  process.env['SHARE_DAYS_MAX'] = '7'
})

describe('SHARE_DAYS_MAX', () => {
  const ROOF = { time: [1], box: ['roof'], co2: [612] }

  it('limits the lifetime of shares, also the default one', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const { created_at, expires_at } = await shared(latchkey, token, { series: ['roof'] })
    expect((Date.parse(expires_at) - Date.parse(String(created_at))) / 86_400_000).toBeCloseTo(7, 3)
    const longer = await requestShare(latchkey, token, { series: ['roof'], expires_in: 7 * 86_400 + 1 })
    expect([longer.status, await faultyFields(longer)]).toEqual([400, ['expires_in']])
  })

  it('of 0 forbids new shares with 403, and leaves existing ones', async () => {
    const { token } = await clientWith(latchkey, ROOF)
    const share = await shared(latchkey, token, { series: ['roof'] })
    process.env['SHARE_DAYS_MAX'] = '0'
    await latchkey.anotherContainer()
    const answer = await requestShare(latchkey, token, { series: ['roof'] })
    expect([answer.status, (await problemOf(answer)).code]).toEqual([403, 'not_allowed'])
    expect((await withToken(latchkey, share.token, '/series')).status).toBe(200)
  })
})

describe('EMBED_ORIGINS', () => {
  const headersOf = async (path: string, accept = 'text/html') =>
    (await latchkey.call(path, { headers: { accept } })).headers

  it('lets the pages of these origins show the data page in a frame', async () => {
    for (const path of ['/download', '/download/?source=roof', '/download?format=html']) {
      const headers = await headersOf(path)
      expect(headers.get('content-security-policy')).toContain(
        '; frame-ancestors https://app.example https://blog.example:8443;',
      )
      expect(headers.get('x-frame-options')).toBe(null)
    }
    const rows = await latchkey.asAdmin('/download?format=html')
    expect(rows.headers.get('content-security-policy')).toContain('frame-ancestors https://app.example ')
  })

  it.each(['/', '/uploadhelp', '/docs', '/health', '/download?format=csv', '/series', '/shares'])(
    'does not apply to %s',
    async (path) => {
      const headers = await headersOf(path)
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('x-frame-options')).toBe('DENY')
    },
  )
})
