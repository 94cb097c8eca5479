import { afterEach, describe, expect, it, vi } from 'vitest'
import { readAddress } from '../../../web/data/address.ts'
import { createShare, readShare, shareLink } from '../../../web/data/share-link.ts'
import { RequestError } from '../../../web/parts/requests.ts'

const TOKEN = `share_0123456789abcdef_${'Az09-_x'.repeat(6)}A`

describe('the fragment of the data page', () => {
  it('has a share token, or none', () => {
    expect(readShare(`#share=${TOKEN}`)).toBe(TOKEN)
    expect(readShare(`#share=${TOKEN}&zoom=a`)).toBe(TOKEN)
    for (const fragment of ['', '#main', '#share', `#x=${TOKEN}`, `?share=${TOKEN}`])
      expect(readShare(fragment)).toBeNull()
  })

  it.each(['', TOKEN.slice(0, -1), `${TOKEN}A`, `${TOKEN} `, `${TOKEN}x&y`, 'a.b.c', `${TOKEN}\n`])(
    'is incomplete with %j',
    (text) => {
      expect(readShare(`#share=${text}`)).toBe('incomplete')
    },
  )
})

describe('a new share', () => {
  afterEach(() => vi.unstubAllGlobals())
  const signed = { token: 'a.b.c', clientId: '' }
  const stub = (answer: Response | Error) => {
    const fetch = vi.fn(async (_url: URL, _init: RequestInit) => {
      if (answer instanceof Error) throw answer
      return answer
    })
    vi.stubGlobal('fetch', fetch)
    return fetch
  }

  it('is requested once with the token of the page', async () => {
    const share = { share_id: '0123456789abcdef', name: 'roof', series: ['roof & co'], last_used_at: null }
    const body = { ...share, token: TOKEN, expires_at: '2026-06-02T12:00:00.000Z' }
    const fetch = stub(Response.json({ ...body, url: 'x' }))
    const created = await createShare({ name: 'roof', series: ['roof & co'] }, { ...signed, clientId: 'c' })
    expect(created).toEqual(body)
    expect(fetch).toHaveBeenCalledTimes(1)
    const [url, init] = fetch.mock.calls[0] ?? []
    expect([url?.pathname.endsWith('/shares'), url?.search]).toEqual([true, ''])
    expect(new Headers(init?.headers).get('authorization')).toBe('Bearer a.b.c')
    expect(JSON.parse(String(init?.body))).toEqual({ name: 'roof', series: ['roof & co'], client_id: 'c' })
  })

  it('has a link with the view and without the owner', () => {
    const address = 'http://localhost/download?client_id=c&source=roof+%26+co&participant_id=Ada&cols=co2&from=-7d'
    const view = readAddress(new URL(`${address}#tz=local&live=1&units=co2:ppm,secret:V&with=cellar%0AAda`))
    const link = new URL(shareLink(TOKEN, view))
    expect(link.pathname.endsWith('/download')).toBe(true)
    expect(Object.fromEntries(link.searchParams)).toEqual({ source: 'roof & co', cols: 'co2', from: '-7d' })
    expect(link.hash).toBe(`#share=${TOKEN}&tz=local&live=1&units=co2:ppm&with=cellar`)
    expect(readShare(link.hash)).toBe(TOKEN)
  })

  it('fails with the sentence of the response, and is not requested again', async () => {
    const detail = 'series has 200 shares already: revoke one first.'
    const fetch = stub(Response.json({ detail, errors: [] }, { status: 400 }))
    const request = createShare({ name: 'x', series: ['x'] }, signed)
    await expect(request).rejects.toEqual(new RequestError(400, detail))
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('fails without a network', async () => {
    stub(new TypeError('offline'))
    await expect(createShare({ name: 'x', series: ['x'] }, signed)).rejects.toMatchObject({ status: 0 })
  })
})
