import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage } from '../support/browser.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { checkAccessibility, checkDarkColors } from './axe.ts'

let latchkey: Latchkey
let garden: string
const now = Math.floor(Date.now() / 1000)
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey()
  garden = (await latchkey.register({ name: 'garden', scope: 'upload download' })).client_id
  const body = { time: [now - 7_300], box: ['shed'], 'temp!': [21.5] }
  await latchkey.upload(await latchkey.token(garden), JSON.stringify(body))
})
afterAll(async () => {
  await latchkey?.stop()
})

const accessStatus = (page: Page) => page.locator('#access-status')
const uploadStatus = (page: Page) => page.locator('#upload-status')
const rowsOf = (page: Page, region: string) =>
  page.getByRole('region', { name: region, exact: true }).locator('tbody tr').allInnerTexts()

/** The home page with a token. */
async function opened(token: string, options = {}) {
  const watched = await newPage(options)
  await watched.page.goto(`${latchkey.url}/?client_id=${garden}`)
  await watched.page.getByLabel('Token', { exact: true }).fill(token)
  await watched.page.getByRole('button', { name: 'Show' }).click()
  await accessStatus(watched.page).filter({ hasNotText: 'Asking.' }).filter({ hasText: '.' }).waitFor()
  return watched
}

const CSV = 'when;temp\n01.02.2026 13:00;21,5\n01.02.2026 13:01;21,6\n'
const choose = (page: Page, name: string, text: string) =>
  page.getByLabel('Drop a file here').setInputFiles({ name, mimeType: '', buffer: Buffer.from(text) })

describe.skipIf(installed === undefined)('the home page', () => {
  it('lists clients, boxes with their warnings, and work for the admin token, which is not stored', async () => {
    const { page, faults } = await opened(latchkey.adminToken)
    expect(await accessStatus(page).textContent()).toBe('The admin token is valid.')
    expect(await page.getByLabel('Client', { exact: true }).inputValue()).toBe(garden)
    const [shed = ''] = await rowsOf(page, 'Boxes')
    expect(shed).toMatch(/^shed\t.+\t2 hours ago\t\d\t\s*1 warning$/)
    await page.getByText('1 warning').click()
    expect(await page.getByText('column "temp!" is stored as "temp"').isVisible()).toBe(true)
    expect(await page.locator('#boxes a').getAttribute('href')).toContain(`/download?client_id=${garden}&source=shed`)
    const [client = ''] = await rowsOf(page, 'Clients')
    expect(client).toMatch(new RegExp(`^garden\t${garden}\tpublic\tupload download\tactive\t`))
    await page.getByText('0 due, 0 parked').first().waitFor()
    await page.getByText('This client has no submissions.').waitFor()
    expect(page.url()).not.toContain(latchkey.adminToken)
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([0, 0, ''])
    expect(faults).toEqual([])
  })

  it('puts the heading of the access above its fields, on any screen', async () => {
    const { page } = await newPage()
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(latchkey.url)
      const boxOf = async (selector: string) => {
        const box = await page.locator(selector).boundingBox()
        if (!box) throw new Error(`${selector} is not visible.`)
        return box
      }
      const [form, heading] = [await boxOf('#access'), await boxOf('#access h2')]
      const fields = [await boxOf('#token'), await boxOf('#client'), await boxOf('#access button')]
      expect(Math.min(...fields.map(({ y }) => y))).toBeGreaterThan(heading.y + heading.height)
      expect(heading.y - form.y).toBeLessThan(24)
    }
  })

  it('previews a file, reads it again as chosen, and uploads it', async () => {
    const { page } = await opened(latchkey.adminToken)
    await choose(page, 'my.csv', CSV)
    await uploadStatus(page).filter({ hasText: 'Latchkey reads 2 rows. Nothing is stored yet.' }).waitFor()
    expect(await rowsOf(page, 'Columns of the file')).toEqual(['when\ttext\t\t', 'temp\tnumber\t\t'])
    expect(await page.locator('#preview').textContent()).toContain('None: each row gets the time of its receipt.')
    expect(await page.locator('#preview li').allTextContents()).toEqual([
      expect.stringContaining('no column is known to hold times'),
    ])
    expect(await latchkey.rows(garden, { source: 'roof' })).toEqual([])

    await choose(page, 'my.csv', 'when,temp\n1772442000,21.5\n1772442060,\n')
    await page.getByLabel('Times').selectOption('when')
    await page.getByLabel('Box', { exact: true }).fill('roof')
    await page.getByLabel('Delimiter').selectOption('comma')
    await page.getByText('The column when, from 2026-03-02 09:00:00 to 2026-03-02 09:01:00 UTC.').waitFor()
    await page.locator('#preview dd', { hasText: 'roof' }).waitFor()
    expect(await rowsOf(page, 'Columns of the file')).toEqual(['when\ttime\t\t', 'temp\tnumber\t\t1', 'box\ttext\t\t'])
    await page.getByRole('button', { name: 'Upload', exact: true }).click()
    await uploadStatus(page).filter({ hasText: '2 rows stored.' }).waitFor()
    await page.getByRole('link', { name: 'roof' }).waitFor()
    expect(await latchkey.rows(garden, { source: 'roof', cols: 'when,temp' })).toEqual([
      { when: 1772442000, temp: 21.5 },
      { when: 1772442060, temp: null },
    ])
  })

  it('accepts a dropped file', async () => {
    const { page } = await opened(latchkey.adminToken)
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer()
      transfer.items.add(new File(['{"time":1772442000,"co2":612}\n'], 'my.ndjson'))
      return transfer
    })
    await page.dispatchEvent('#drop', 'drop', { dataTransfer: data })
    await uploadStatus(page).filter({ hasText: 'Latchkey reads 1 row.' }).waitFor()
    expect(await page.getByLabel('Delimiter').isDisabled()).toBe(true)
    await choose(page, 'my.pdf', 'x')
    await uploadStatus(page).filter({ hasText: 'The name of the file must end in .csv' }).waitFor()
    await choose(page, 'my.csv', 'a,b\n"1,2\n')
    await page.locator('#upload-status[data-tone=bad]').waitFor()
    expect(await page.getByRole('button', { name: 'Upload', exact: true }).isDisabled()).toBe(true)
  })

  it('registers an app, and shows its secret and tokens until the token changes', async () => {
    const { page } = await opened(latchkey.adminToken)
    await page.getByLabel('Name', { exact: true }).fill('server')
    await page.getByLabel('Callback URL').fill('https://app.example/')
    await page.getByLabel('Kind').selectOption('confidential')
    await page.getByLabel('delete').check()
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText('Copy the secret now: it is shown only once.').waitFor()
    const [, id = '', secret = ''] =
      /^client_id: (\w{32})\nclient_secret: (\S{43})$/.exec((await page.locator('#credentials').textContent()) ?? '') ??
      []
    await expect.poll(() => page.getByLabel('Client', { exact: true }).inputValue()).toBe(id)
    expect((await rowsOf(page, 'Clients')).at(-1)).toMatch(/^server\t\w{32}\tconfidential\tupload download delete\t/)
    expect(await page.getByRole('button', { name: 'Get a token of server' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Get a token of garden' }).click()
    await page.getByText('An auth token of garden.').waitFor()
    const authToken = (await page.locator('#auth-token').textContent()) ?? ''
    expect(authToken.split('.')).toHaveLength(3)

    await page.getByLabel('Token', { exact: true }).fill(authToken)
    await page.getByRole('button', { name: 'Show' }).click()
    await accessStatus(page).filter({ hasText: 'The auth token is valid.' }).waitFor()
    expect(await page.content()).not.toContain(secret)
    expect(await page.locator('#auth-token').textContent()).toBe('')
  })

  it('registers an app whose tokens are bound to its key, and offers no token of it', async () => {
    const { page } = await opened(latchkey.adminToken)
    await page.getByLabel('Name', { exact: true }).fill('bound')
    await page.getByLabel('Callback URL').fill('https://app.example/')
    await page.getByLabel('Its tokens are bound to its key').check()
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByText('client_id:').waitFor()
    await page.getByRole('button', { name: 'Get a token of bound' }).waitFor()
    const rows = await rowsOf(page, 'Clients')
    expect(rows.find((row) => row.startsWith('bound'))).toMatch(/^bound\t\w{32}\tpublic, DPoP\t/)
    expect(await page.getByRole('button', { name: 'Get a token of bound' }).isDisabled()).toBe(true)
  })

  it('uploads with an auth token that may not read, and says so', async () => {
    const { client_id } = await latchkey.register()
    const { page } = await opened(await latchkey.token(client_id))
    expect(await page.locator('#boxes').textContent()).toContain('download')
    await choose(page, 'my.json', '{"time":[1772442000],"co2":[612]}')
    await uploadStatus(page).filter({ hasText: 'Latchkey reads 1 row.' }).waitFor()
    await page.getByRole('button', { name: 'Upload', exact: true }).click()
    await uploadStatus(page).filter({ hasText: '1 row stored.' }).waitFor()
  })

  it('rejects a wrong token', async () => {
    const { page } = await opened('x'.repeat(43))
    expect(await accessStatus(page).textContent()).toBe('The admin token is wrong.')
    expect(await page.locator('#file').isDisabled()).toBe(true)
  })

  it('links each endpoint to its place in the API reference', async () => {
    const { page } = await newPage()
    await page.goto(latchkey.url)
    await page.getByRole('link', { name: 'DELETE /clients/{client_id}/keys/{key_id}' }).click()
    await page.locator('[id="delete-/clients/-client_id-/keys/-key_id-"]').waitFor()
  })

  it.each([390, 1280])('fits a screen of %d pixels, and passes axe in light and dark', async (width) => {
    const { page } = await opened(latchkey.adminToken, { viewport: { width, height: 844 }, isMobile: width < 600 })
    await choose(page, 'my.csv', CSV)
    await uploadStatus(page).filter({ hasText: 'Nothing is stored yet.' }).waitFor()
    await page.getByRole('button', { name: 'Get a token of garden' }).click()
    await page.getByText('An auth token of garden.').waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect((await checkAccessibility(page)).violations).toEqual([])
    expect((await checkDarkColors(page)).violations).toEqual([])
  })
})
