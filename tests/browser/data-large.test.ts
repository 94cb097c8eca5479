import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage, startBrowser } from '../support/browser.ts'
import { enter, show, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { clientWith } from '../support/stored-rows.ts'

let latchkey: Latchkey
let browser: Browser
let token: string
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey()
  browser = await startBrowser()
  const tables = [0, 1, 2, 3, 4].map((part) => {
    const time = Array.from({ length: 25_000 }, (_, index) => part * 25_000 + index)
    return { time, co2: time.map((each) => each % 1000), note: time.map((each) => `=${each}, "quoted"`) }
  })
  token = (await clientWith(latchkey, ...tables)).token
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await latchkey?.stop()
})

async function opened(query: string) {
  const watched = await newPage(browser)
  await watched.page.goto(`${latchkey.url}/download${query}`)
  return watched
}

async function saved(page: Page, format: string): Promise<{ name: string; content: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: format, exact: true }).click(),
  ])
  return { name: download.suggestedFilename(), content: await readFile(await download.path(), 'utf8') }
}

describe.skipIf(installed === undefined)('the data page with 125,000 rows', () => {
  it('shows 100,000 rows and a note about the limit', async () => {
    const { page, faults } = await opened('')
    await enter(page, token)
    await statusLine(page)
      .filter({ hasText: '100,000 rows, 1970-01-01 00:00:00 to 1970-01-02 03:46:39 UTC.' })
      .filter({ hasText: 'There may be more' })
      .waitFor()
    await page.getByText('Rows 1 to 50 of 100,000.').waitFor()
    await page.getByRole('button', { name: 'co2 999' }).waitFor()
    await page.getByLabel('Row under the cursor').focus()
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key)
    expect(await page.locator('#reading').textContent()).toBe('1970-01-01 00:00:03 UTC')
    await page.getByRole('button', { name: 'co2 3' }).waitFor()
    expect(faults).toEqual([])
  })

  it('can be cancelled, and then shows the rows that are loaded', async () => {
    const { page } = await opened('?cols=co2')
    // The third page never arrives.
    let pages = 0
    await page.route(/\/download\?.*cursor=/, (route) => {
      pages += 1
      return pages < 2 ? route.continue() : undefined
    })
    await enter(page, token)
    await statusLine(page).filter({ hasText: 'Loading: 20,000 rows so far.' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await statusLine(page).filter({ hasText: '20,000 rows, ' }).filter({ hasText: 'not all rows are shown' }).waitFor()
    expect(await page.getByRole('button', { name: 'Cancel' }).isDisabled()).toBe(true)
  })

  it('cancels loading if another selection is requested', async () => {
    const { page } = await opened('?cols=co2')
    await page.route(/\/download\?.*cursor=/, () => undefined)
    await enter(page, token)
    await statusLine(page).filter({ hasText: 'Loading: 10,000 rows so far.' }).waitFor()
    await page.getByLabel('To (UTC)').fill('1970-01-01T00:00:09')
    await show(page)
    await statusLine(page).filter({ hasText: '10 rows, 1970-01-01 00:00:00 to 1970-01-01 00:00:09 UTC.' }).waitFor()
  })

  it('saves all rows of the selection in each format, from all pages', async () => {
    const query = '?cols=co2,note&from=1970-01-01&to=1970-01-01T03:29:59Z'
    const { page } = await opened(query)
    await enter(page, token)
    await statusLine(page).filter({ hasText: '12,600 rows' }).waitFor()

    const csv = await saved(page, 'CSV')
    expect(csv.name).toBe('latchkey-default.csv')
    const [names, ...rows] = parse(csv.content)
    expect(names?.slice(0, 3)).toEqual(['time', 'co2', 'note'])
    expect(rows.map(([time]) => Number(time))).toEqual(Array.from({ length: 12_600 }, (_, index) => index))
    // The last row of the first page, and the first of the second.
    expect(rows.slice(9_999, 10_001).map((row) => row.slice(0, 3))).toEqual([
      ['9999', '999', `'=9999, "quoted"`],
      ['10000', '0', `'=10000, "quoted"`],
    ])

    const ndjson = await saved(page, 'NDJSON')
    const lines = ndjson.content
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const json = await saved(page, 'JSON')
    expect([ndjson.name, json.name]).toEqual(['latchkey-default.ndjson', 'latchkey-default.json'])
    expect(lines).toHaveLength(12_600)
    expect(lines[12_599]).toMatchObject({ time: 12_599, co2: 599, note: '=12599, "quoted"' })
    expect(JSON.parse(json.content)).toEqual(lines)
    await statusLine(page).filter({ hasText: 'Saved' }).waitFor()
  })

  it('saves an empty list without rows', async () => {
    const { page } = await opened('?cols=co2&from=2020-01-01')
    await enter(page, token)
    await statusLine(page).filter({ hasText: 'There are no rows' }).waitFor()
    expect((await saved(page, 'JSON')).content).toBe('[]\n')
  })
})
