import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exposureNotes, openEndpoints, publicHosts } from '../../../dev/exposure.ts'
import { OPEN_LOCALLY } from '../../../lib/access/open-endpoints.ts'
import { clearSettingsCache } from '../../../lib/config/settings.ts'

const outside = process.env
beforeEach(() => {
  process.env = {}
  clearSettingsCache()
})
afterEach(() => {
  process.env = outside
  clearSettingsCache()
})

async function exposureOf(settings: Record<string, string>) {
  process.env = { PUBLIC_URL: 'http://localhost:3000', ...settings }
  clearSettingsCache()
  return { open: await openEndpoints(settings), notes: await exposureNotes(settings) }
}

const closedBecause = (reason: string) =>
  `Every endpoint of a provider requires a token, because ${reason}. OPEN_ENDPOINTS can open some.`

describe('a local run', () => {
  it('with fakes on this machine opens its default endpoints, and says nothing about them', async () => {
    expect(await exposureOf({})).toEqual({ open: OPEN_LOCALLY, notes: [] })
    expect(await exposureOf({ HOST: '::1', OPEN_ENDPOINTS: 'start' })).toEqual({ open: ['start'], notes: [] })
    for (const PUBLIC_URL of ['http://127.0.0.1:8080', 'http://[::1]:3000', 'http://app.localhost'])
      expect(await exposureOf({ PUBLIC_URL })).toEqual({ open: OPEN_LOCALLY, notes: [] })
  })

  it.each([
    [{ HOST: '0.0.0.0' }, 'HOST is 0.0.0.0'],
    [{ HOST: '192.168.1.20' }, 'HOST is 192.168.1.20'],
    [{ ALLOWED_HOSTS: 'a.example' }, 'ALLOWED_HOSTS is a.example'],
    [{ PUBLIC_URL: 'https://a.example/' }, 'PUBLIC_URL is https://a.example'],
    [{ PUBLIC_URL: 'http://192.168.1.20:3000' }, 'PUBLIC_URL is http://192.168.1.20:3000'],
    [{ INCODE_API_KEY: 'key' }, 'Incode is configured'],
    [{ HLSERVER_URL: 'https://hl.example' }, 'Help Lightning is configured'],
    [{ SETHEALTH_KEY: 'key' }, 'Sethealth is configured'],
    [{ HOST: '::', SENSEMAP_EMAIL: 'a@b.example' }, 'HOST is ::, openSenseMap is configured'],
  ])('opens none of them by default with %j, and says why', async (settings, reason) => {
    expect(await exposureOf(settings)).toEqual({ open: [], notes: [closedBecause(reason)] })
  })

  it.each([
    [{}, []],
    [{ PUBLIC_URL: 'https://a.ngrok.app', ALLOWED_HOSTS: 'b.example' }, ['b.example', 'a.ngrok.app']],
    [{ PUBLIC_URL: 'https://a.ngrok.app:8443', ALLOWED_HOSTS: 'a.ngrok.app' }, ['a.ngrok.app']],
    [{ PUBLIC_URL: 'http://app.localhost:3000' }, []],
  ])('accepts the host of PUBLIC_URL and ALLOWED_HOSTS with %j', async (settings, hosts) => {
    await exposureOf(settings)
    expect(await publicHosts()).toEqual(hosts)
  })

  it.each([
    [
      { HOST: '0.0.0.0', OPEN_ENDPOINTS: 'start,auth' },
      'every program and web page on every device in your network can call /start, /auth',
    ],
    [
      { INCODE_API_URL: 'https://incode.example', OPEN_ENDPOINTS: 'approve' },
      'every program and web page on this machine can call /approve',
    ],
    [
      { ALLOWED_HOSTS: 'a.example', OPEN_ENDPOINTS: 'start', UPLOAD_REQUIRES_AUTH: 'false' },
      'every program and web page on this machine and every caller of a.example can call /start, /upload, /api/v2/write',
    ],
    [
      { PUBLIC_URL: 'https://b.example', ALLOWED_HOSTS: 'a.example,b.example', OPEN_ENDPOINTS: 'start' },
      'every program and web page on this machine and every caller of a.example,b.example can call /start',
    ],
    [
      { DOWNLOAD_REQUIRES_AUTH: 'false' },
      'every program and web page on this machine can call /download and /series of the shared client',
    ],
  ])('names what settings open, and for which callers, with %j', async (settings, sentence) => {
    expect((await exposureOf(settings)).notes).toEqual([`Warning: without a token, ${sentence}.`])
  })

  it('warns of open uploads also where the endpoints of providers are closed', async () => {
    const { notes } = await exposureOf({ HOST: '0.0.0.0', UPLOAD_REQUIRES_AUTH: 'false' })
    expect(notes).toEqual([
      closedBecause('HOST is 0.0.0.0'),
      'Warning: without a token, every program and web page on every device in your network can call /upload, /api/v2/write.',
    ])
  })
})
