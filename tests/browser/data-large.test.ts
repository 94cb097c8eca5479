import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage } from '../support/browser.ts'
import { cells, enter, show, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { clientWith } from '../support/stored-rows.ts'

/** A year of one row a minute, uploaded in parts. */
const YEAR = 365 * 24 * 60
const PARTS = 12
const START = Date.UTC(2025, 0) / 1_000
/** The last day has other values than the rest of the year, and there is one spike. */
const valueAt = (minute: number): number =>
  minute === 200_000 ? 5_000 : minute >= YEAR - 24 * 60 ? 2_000 : minute % 1_000

let latchkey: Latchkey
let token: string
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey()
  const tables = Array.from({ length: PARTS }, (_, part) => {
    const minutes = Array.from({ length: YEAR / PARTS }, (_, index) => (part * YEAR) / PARTS + index)
    const note = minutes.map((minute) => (part === 0 ? `=${minute}, "quoted"` : null))
    return { time: minutes.map((minute) => START + minute * 60), co2: minutes.map(valueAt), note }
  })
  token = (await clientWith(latchkey, ...tables)).token
}, 120_000)
afterAll(async () => {
  await latchkey?.stop()
})

async function opened(query: string) {
  const watched = await newPage()
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

/** The rows of a range that the page requests, and whether they are windows. */
const downloads = (page: Page) => {
  const queries: URLSearchParams[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.pathname === '/download' && url.searchParams.has('format')) queries.push(url.searchParams)
  })
  return queries
}

describe.skipIf(installed === undefined)('the data page with a year of one row a minute', () => {
  it('shows the last day and right statistics', async () => {
    const { page, faults } = await opened('?cols=co2')
    const queries = downloads(page)
    await enter(page, token)
    await statusLine(page)
      .filter({ hasText: '525,600 rows, 2025-01-01 00:00:00 to 2025-12-31 23:59:00 UTC.' })
      .filter({ hasText: 'Each point is the mean of 12 hours' })
      .waitFor()
    const values = Array.from({ length: YEAR }, (_, minute) => valueAt(minute))
    const mean = values.reduce((sum, value) => sum + value, 0) / YEAR
    expect(await page.getByRole('region', { name: 'Summary' }).locator('tbody tr').allInnerTexts()).toEqual([
      `co2\t525,600\t0\t${Number(mean.toPrecision(7))}\t5000\t2000`,
    ])
    expect((await cells(page))[0]).toEqual(['2025-12-31 23:59:00', '2000'])
    await page.getByText('Only the newest 1,000 of 525,600 rows are loaded').waitFor()
    // The whole year was read once, as windows; rows only of its end.
    expect(queries.map((query) => query.get('every') ?? query.get('number'))).toEqual(['43200s', '1000'])
    await page.getByLabel('Row under the cursor').focus()
    await page.keyboard.press('End')
    await page.getByRole('button', { name: 'co2 2000 (2000 to 2000)' }).waitFor()
    expect(faults).toEqual([])
  })

  it('loads the rows of a short range after a zoom, and keeps the statistics and the address', async () => {
    const { page } = await opened('?cols=co2')
    const queries = downloads(page)
    await enter(page, token)
    await statusLine(page).filter({ hasText: '525,600 rows' }).waitFor()
    queries.length = 0
    const zoomIn = page.getByRole('button', { name: 'Zoom in' })
    for (let presses = 0; presses < 6; presses += 1) await zoomIn.click()
    await statusLine(page).filter({ hasText: 'Each point is' }).waitFor({ state: 'detached' })
    await page.getByText(/Rows 1 to 50 of [\d,]+\.$/).waitFor()
    const days = queries
      .filter((query) => !query.has('every') && !query.has('cursor'))
      .map((query) => (Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '')) / 86_400_000)
    expect(days.length).toBeGreaterThan(0)
    for (const number of days) expect(number).toBeLessThan(14)
    await page.getByRole('region', { name: 'Summary' }).getByText('525,600').waitFor()
    const { href } = new URL(page.url())
    expect(href).toContain('#zoom=2025-0')
    const visible = (await cells(page))[0]
    await page.reload()
    await enter(page, token)
    await page.getByText(/Rows 1 to 50 of [\d,]+\.$/).waitFor()
    expect((await cells(page))[0]).toEqual(visible)
    expect(page.url()).toBe(href)
  })

  it('can be cancelled', async () => {
    const { page } = await opened('?cols=co2')
    await page.route(/\/download\?.*every=/, () => undefined)
    await enter(page, token)
    await statusLine(page).filter({ hasText: 'Loading.' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Cancelled.').waitFor()
    expect(await page.getByRole('button', { name: 'Cancel' }).isDisabled()).toBe(true)
  })

  it('cancels loading if another selection is requested', async () => {
    const { page } = await opened('?cols=co2')
    await page.route(/\/download\?.*every=43200s/, () => undefined)
    await enter(page, token)
    await statusLine(page).filter({ hasText: 'Loading.' }).waitFor()
    await page.getByLabel('To (UTC)').fill('2025-01-01T00:09:00')
    await show(page)
    await statusLine(page).filter({ hasText: '10 rows, 2025-01-01 00:00:00 to 2025-01-01 00:09:00 UTC.' }).waitFor()
  })

  it('saves all rows of the selection in each format, from all pages', async () => {
    const query = '?cols=co2,note&to=2025-01-09T17:59:00Z'
    const { page } = await opened(query)
    await enter(page, token)
    await statusLine(page).filter({ hasText: '12,600 rows' }).waitFor()

    const csv = await saved(page, 'CSV')
    expect(csv.name).toBe('latchkey-default.csv')
    const [names, ...rows] = parse(csv.content)
    expect(names?.slice(0, 3)).toEqual(['time', 'co2', 'note'])
    expect(rows.map(([time]) => Number(time))).toEqual(Array.from({ length: 12_600 }, (_, index) => START + index * 60))
    // The last row of the first page, and the first of the second.
    expect(rows.slice(9_999, 10_001).map((row) => row.slice(0, 3))).toEqual([
      [String(START + 9_999 * 60), '999', `'=9999, "quoted"`],
      [String(START + 10_000 * 60), '0', `'=10000, "quoted"`],
    ])

    const ndjson = await saved(page, 'NDJSON')
    const lines = ndjson.content
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const json = await saved(page, 'JSON')
    expect([ndjson.name, json.name]).toEqual(['latchkey-default.ndjson', 'latchkey-default.json'])
    expect(lines).toHaveLength(12_600)
    expect(lines[12_599]).toMatchObject({ time: START + 12_599 * 60, co2: 599, note: '=12599, "quoted"' })
    expect(JSON.parse(json.content)).toEqual(lines)
    await statusLine(page).filter({ hasText: 'Saved' }).waitFor()
  })

  it('saves an empty list without rows', async () => {
    const { page } = await opened('?cols=co2&from=2026-01-02')
    await enter(page, token)
    await statusLine(page).filter({ hasText: 'There are no rows' }).waitFor()
    expect((await saved(page, 'JSON')).content).toBe('[]\n')
  })
})
