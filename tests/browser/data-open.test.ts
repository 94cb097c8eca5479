import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage } from '../support/browser.ts'
import { accessStatus, cells, enter, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'

/** Reading the data of the shared client needs no token. */
let latchkey: Latchkey
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey({ UPLOAD_REQUIRES_AUTH: 'false', DOWNLOAD_REQUIRES_AUTH: 'false' })
  await latchkey.call('/upload', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ time: [43, 23], co2: [1223, 2351] }),
  })
})
afterAll(async () => {
  await latchkey?.stop()
})

describe.skipIf(installed === undefined)('the data page with open reading', () => {
  it.each(['/download', '/download/'])('%s shows measurements without input and without layout shift', async (path) => {
    const { page, faults, shift } = await newPage()
    await page.goto(latchkey.url + path)
    await statusLine(page).filter({ hasText: '2 rows, 1970-01-01 00:00:23 to 1970-01-01 00:00:43 UTC.' }).waitFor()
    expect(await cells(page)).toEqual([
      ['1970-01-01 00:00:43', '1223'],
      ['1970-01-01 00:00:23', '2351'],
    ])
    expect(await page.locator('#curl').textContent()).not.toContain('Authorization')
    expect(await page.locator('#sharing').isVisible()).toBe(false)
    expect(faults).toEqual([])
    expect(await shift()).toBeLessThan(0.1)
  })

  it('accepts a token for series that are not open', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload download' })
    const token = await latchkey.token(client_id)
    const { page } = await newPage()
    await page.goto(`${latchkey.url}/download`)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    await enter(page, token)
    await accessStatus(page).filter({ hasText: 'No rows have been uploaded yet.' }).waitFor()
  })

  it('shows its rows without JavaScript, and no form that would not work', async () => {
    const { page } = await newPage({ javaScriptEnabled: false })
    await page.goto(`${latchkey.url}/download`)
    expect(await page.locator('#rows tbody td:nth-child(2)').allTextContents()).toEqual(['2351', '1223'])
    expect(await page.getByRole('link', { name: 'CSV' }).getAttribute('href')).toBe('/download?format=csv')
    expect(await page.getByRole('button', { name: 'Show' }).isVisible()).toBe(false)
  })
})
