import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage } from '../support/browser.ts'
import { accessStatus, cells, enter, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { shared, withToken } from '../support/shares.ts'
import { clientWith } from '../support/stored-rows.ts'

const PARENT = 'https://app.example'

let latchkey: Latchkey
let owner: { clientId: string; token: string }
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey({ EMBED_ORIGINS: PARENT })
  owner = await clientWith(
    latchkey,
    { time: [23, 43], box: ['roof', 'roof'], co2: [612, 640], temp: [21, 22] },
    { time: [23], box: ['cellar'], co2: [700] },
  )
})
afterAll(async () => {
  await latchkey?.stop()
})

const share = () => shared(latchkey, owner.token, { series: ['roof'], columns: ['co2'] })

describe.skipIf(installed === undefined)('a shared link', () => {
  it('shows the shared series and column without input, and sends the token in a header only', async () => {
    const { url, token } = await share()
    const { page, faults } = await newPage()
    const requests: { url: string; referer: string | undefined; authorization: string | undefined }[] = []
    page.on('request', (request) => {
      const { referer, authorization } = request.headers()
      requests.push({ url: request.url(), referer, authorization })
    })
    await page.goto(url)
    await statusLine(page).filter({ hasText: '2 rows, 1970-01-01 00:00:23' }).waitFor()
    expect(await cells(page)).toEqual([
      ['1970-01-01 00:00:43', '640'],
      ['1970-01-01 00:00:23', '612'],
    ])
    expect(await accessStatus(page).textContent()).toBe('There is one series.')
    expect(await page.getByLabel('Series').locator('option').allTextContents()).toEqual(['roof'])
    expect(await page.locator('#columns input').count()).toBe(1)
    expect(await page.getByLabel('Token', { exact: true }).count()).toBe(0)
    expect(await page.locator('#curl').textContent()).not.toContain(token)
    // Playwright shows the URL of a page with its fragment, which the browser does not send.
    const sent = requests.map((request) => ({ ...request, url: request.url.split('#')[0] ?? '' }))
    expect(sent.filter(({ url, referer = '' }) => `${url}${referer}`.includes('share_'))).toEqual([])
    expect(sent.filter(({ authorization }) => authorization === `Bearer ${token}`).length).toBeGreaterThan(1)
    // The address stays a link to this view.
    expect(await page.evaluate(() => location.hash)).toBe(`#share=${token}`)
    await page.getByRole('button', { name: 'Zoom in' }).click()
    expect(await page.evaluate(() => location.hash)).toMatch(`#share=${token}&zoom=1970`)
    await page.reload()
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    expect(faults).toEqual([])
  })

  it('explains that it is revoked or incomplete, and opens another link in the same tab', async () => {
    const [ended, valid] = [await share(), await share()]
    await withToken(latchkey, owner.token, `/shares/${ended.share_id}`, { method: 'DELETE' })
    const { page } = await newPage()
    await page.goto(ended.url)
    await accessStatus(page).filter({ hasText: 'The share token is wrong, has expired or was revoked.' }).waitFor()
    await page.goto(ended.url.slice(0, -5))
    await accessStatus(page).filter({ hasText: 'This link is incomplete. Copy all of it.' }).waitFor()
    await page.goto(valid.url)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
  })

  it('works in a frame of a page of EMBED_ORIGINS, and in no other', async () => {
    const { url } = await share()
    const { page } = await newPage()
    const frameOn = async (parent: string, address: string) => {
      await page.route(`${parent}/`, (route) =>
        route.fulfill({
          contentType: 'text/html',
          body: `<iframe src="${address}" width="900" height="900"></iframe>`,
        }),
      )
      await page.goto(`${parent}/`)
      return page.frameLocator('iframe')
    }
    const frame = await frameOn(PARENT, url)
    await frame.locator('#status').filter({ hasText: '2 rows' }).waitFor()
    for (const [parent, address] of [
      ['https://other.example', url],
      [PARENT, `${latchkey.url}/uploadhelp`],
    ] as const) {
      const blocked = page.waitForEvent('console', (message) => /frame-ancestors/.test(message.text()))
      const other = await frameOn(parent, address)
      await blocked
      expect(await other.locator('header').count()).toBe(0)
    }
  })

  it('is made of the present view on the data page, listed and revoked there', async () => {
    const { page, faults } = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto(`${latchkey.url}/download?source=roof&cols=co2&from=1970-01-01#tz=local&gap=10`)
    const part = page.locator('#sharing')
    expect(await part.isVisible()).toBe(false)
    await enter(page, owner.token)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    await part.locator('summary').click()
    await page.getByLabel('Name of the link').fill('blog')
    await page.getByLabel('Ends after').selectOption('1 week')
    await page.getByRole('button', { name: 'Make a link' }).click()
    await part.getByText('Copy the link now: it is shown only once.').waitFor()
    const link = (await page.locator('#share-link').textContent()) ?? ''
    await page.getByRole('button', { name: 'Copy the link' }).click()
    await page.getByRole('button', { name: 'Copied the link' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link)
    expect(page.url()).not.toContain('share_')
    await part.getByRole('row', { name: 'blog' }).waitFor()
    expect(await part.getByRole('row', { name: 'blog' }).getByRole('cell').allTextContents()).toEqual([
      'blog',
      'roof1 columnco2',
      expect.stringMatching(/^\d{4}-\d\d-\d\d /),
      'never',
      'Revoke blog',
    ])

    const { page: reader } = await newPage()
    await reader.goto(link)
    await statusLine(reader).filter({ hasText: '2 rows' }).waitFor()
    expect(reader.url()).toBe(link)
    expect(new URL(link).search).toBe('?source=roof&cols=co2&from=1970-01-01')
    expect(new URL(link).hash).toMatch(/^#share=share_[^&]+&tz=local&gap=10$/)
    expect(await reader.locator('#columns input').count()).toBe(1)
    expect(await reader.locator('#sharing').isVisible()).toBe(false)

    page.once('dialog', (dialog) => dialog.accept())
    await page.getByRole('button', { name: 'Revoke blog' }).click()
    await part.getByText('blog is revoked.').waitFor()
    expect(await part.getByRole('row', { name: 'blog' }).count()).toBe(0)
    expect(await page.locator('#share-link').isVisible()).toBe(false)
    await reader.reload()
    await accessStatus(reader).filter({ hasText: 'was revoked' }).waitFor()
    expect(faults).toEqual([])
  })
})
