import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage, newWindow } from '../support/browser.ts'
import { accessStatus, cells, enter, openDataPage, openOptions, show, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { clientWith } from '../support/stored-rows.ts'

let latchkey: Latchkey
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey()
})
afterAll(async () => {
  await latchkey?.stop()
})

const HOUR = 3_600
const NOW = Math.floor(Date.now() / 1_000)
/** One row an hour of the last days, the last one a minute ago. */
const hours = (count: number) => Array.from({ length: count }, (_, index) => NOW - 60 - (count - 1 - index) * HOUR)

/** The data page, with the rows that a token may read. */
const opened = (query: string, { token }: { token: string }, options = {}) =>
  openDataPage(`${latchkey.url}/download${query}`, token, options)

describe.skipIf(installed === undefined)('the view of the data page', () => {
  it('shows a row within five seconds while live, and asks for nothing while hidden', async () => {
    const client = await clientWith(latchkey, { time: hours(3), co2: [1, 2, 3] })
    const { page, faults } = await newWindow()
    await page.clock.install()
    await page.goto(`${latchkey.url}/download?cols=co2&from=-24h`)
    await enter(page, client.token)
    await statusLine(page).filter({ hasText: '3 rows' }).waitFor()
    await page.getByLabel('Live').check()
    await page.getByText(/^Asks every 4 seconds.+about 4,500 read units an hour/).waitFor()
    await statusLine(page).filter({ hasText: '3 rows' }).waitFor()
    await latchkey.upload(client.token, JSON.stringify({ time: [NOW], co2: [4] }))
    await page.clock.runFor(5_000)
    await statusLine(page).filter({ hasText: '4 rows' }).waitFor()
    expect((await cells(page)).map(([, co2]) => co2)).toEqual(['4', '3', '2', '1'])
    await page.getByRole('region', { name: 'Summary' }).getByText('2.5').waitFor()
    expect(new URL(page.url()).hash).toBe('#live=1')
    // A page in the background: the browser says so to the script.
    await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }))
    await page.clock.runFor(10_000)
    const urls: string[] = []
    page.on('request', (request) => urls.push(request.url()))
    await page.clock.runFor(20_000)
    expect(urls).toEqual([])
    await page.evaluate(() => Object.defineProperty(document, 'hidden', { value: false }))
    await Promise.all([page.waitForRequest(/from=/), page.clock.runFor(5_000)])
    expect(faults).toEqual([])
  })

  it('moves with the time while live, if its range is relative', async () => {
    const now = Math.floor(Date.now() / 1_000)
    const client = await clientWith(latchkey, { time: [now - 540, now - 1], co2: [1, 2] })
    const { page } = await newWindow()
    await page.clock.install()
    await page.goto(`${latchkey.url}/download?from=-10m#live=1`)
    await enter(page, client.token)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    await page.clock.fastForward(120_000)
    await statusLine(page).filter({ hasText: '1 row,' }).waitFor()
    expect((await cells(page)).map(([, co2]) => co2)).toEqual(['2'])
  })

  it('is of a later day if a relative address is opened a day later', async () => {
    const client = await clientWith(latchkey, { time: hours(48), co2: hours(48).map((_, index) => index) })
    const { page } = await opened('?cols=co2', client)
    await statusLine(page).filter({ hasText: '48 rows' }).waitFor()
    await page.getByRole('button', { name: '24 h' }).click()
    await statusLine(page).filter({ hasText: '24 rows' }).waitFor()
    expect(await page.getByRole('button', { name: '24 h' }).getAttribute('aria-pressed')).toBe('true')
    const address = page.url()
    expect(new URL(address).searchParams.get('from')).toBe('-24h')
    await page.goBack()
    await statusLine(page).filter({ hasText: '48 rows' }).waitFor()

    const { page: later } = await newWindow()
    await later.clock.setFixedTime((NOW + 23 * HOUR) * 1_000)
    await later.goto(address)
    await enter(later, client.token)
    await statusLine(later).filter({ hasText: '1 row,' }).waitFor()
    expect((await cells(later)).map(([, co2]) => co2)).toEqual(['47'])
  })

  it('has a button for a relative range that no other button has', async () => {
    const client = await clientWith(latchkey, { time: hours(4), co2: [1, 2, 3, 4] })
    const { page, faults } = await opened('?cols=co2&from=-90m', client)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    const ranges = page.getByRole('group', { name: 'Time range' })
    const lit = () => ranges.locator('[aria-pressed="true"]').allInnerTexts()
    expect(await lit()).toEqual(['90 min'])
    await ranges.getByRole('button', { name: '24 h' }).click()
    await statusLine(page).filter({ hasText: '4 rows' }).waitFor()
    expect(await lit()).toEqual(['24 h'])
    await ranges.getByRole('button', { name: '90 min' }).click()
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    expect(await lit()).toEqual(['90 min'])
    expect(faults).toEqual([])
  })

  it('names the last row if the range has none', async () => {
    const client = await clientWith(latchkey, { time: [1_588_507_200], co2: [1] })
    const { page } = await opened('?from=-1h', client)
    await page.getByText('no rows in this selection. The last row is from 2020-05-03 12:00:00 UTC.').waitFor()
    expect(await page.locator('#canvases canvas').count()).toBe(0)
  })

  it('has times in UTC, or in the zone of the browser', async () => {
    const client = await clientWith(latchkey, { time: [1_588_507_200, 1_588_507_260], co2: [1, 2] })
    const { page } = await opened('?cols=co2&from=2020-05-03T12:00:00Z', client, { timezoneId: 'Asia/Kolkata' })
    await openOptions(page)
    await page.getByLabel('Times').selectOption('Local time')
    await statusLine(page).filter({ hasText: '2020-05-03 17:30:00 to 2020-05-03 17:31:00 Asia/' }).waitFor()
    expect((await cells(page))[0]).toEqual(['2020-05-03 17:31:00', '2'])
    const from = page.getByLabel('From (Asia/')
    expect(await from.inputValue()).toBe('2020-05-03T17:30')
    await from.fill('2020-05-03T17:30:30')
    await show(page)
    await statusLine(page).filter({ hasText: '1 row,' }).waitFor()
    expect(page.url()).toContain('from=2020-05-03T12:00:30.000Z#tz=local')
  })

  it('has a table that can be ordered and filtered, with its head and times always in view', async () => {
    const time = hours(200)
    const names = Array.from({ length: 40 }, (_, index) => `sensor${index}`)
    const columns = Object.fromEntries(
      names.map((name, place) => [name, time.map((_, index) => (index * 7 + place) % 200)]),
    )
    const { page } = await opened(`?cols=${names.join(',')}`, await clientWith(latchkey, { time, ...columns }))
    await page.getByRole('button', { name: 'sensor3', exact: true }).click()
    expect((await cells(page))[0]?.[4]).toBe('199')
    await page.getByRole('button', { name: 'sensor3', exact: true }).press('Enter')
    expect((await cells(page))[0]?.[4]).toBe('0')
    expect(await page.locator('[aria-sort]').innerText()).toContain('sensor3')
    await page.getByRole('region', { name: 'Measurements' }).evaluate((region) => region.scrollTo(900, 700))
    const [region, head, time0] = await Promise.all(
      ['.rows', '.rows thead th >> nth=0', '.rows tbody th >> nth=20'].map((place) =>
        page.locator(place).boundingBox(),
      ),
    )
    expect([head?.y, head?.x].map((value) => Math.round(value ?? 0))).toEqual(
      [region?.y, region?.x].map((value) => Math.round(value ?? 0) + 1),
    )
    expect(Math.round(time0?.x ?? 0)).toBe(Math.round(head?.x ?? 1))
    await page.getByLabel('Columns with').fill('sensor1')
    expect((await cells(page))[0]).toHaveLength(12)
    expect(new URL(page.url()).hash).toBe('#order=sensor3:asc&find=sensor1')
  })

  it('has the plot on the first screen of a phone', async () => {
    const { token } = await clientWith(latchkey, {
      time: hours(30),
      box: hours(30).map(() => 'a'),
      co2: hours(30),
      hum: hours(30),
    })
    const { page } = await opened('', { token }, { viewport: { width: 390, height: 844 } })
    await page.locator('#canvases canvas').first().waitFor()
    const box = await page.locator('.u-over').first().boundingBox()
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(844)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    expect(await page.getByLabel('Series').isVisible()).toBe(false)
    await page.getByText('Selection', { exact: true }).click()
    expect(await page.getByLabel('Series').isVisible()).toBe(true)
  })

  it('needs no token after a reload if the user keeps it in the tab', async () => {
    const { token } = await clientWith(latchkey, { time: hours(2), co2: [1, 2] })
    const { page } = await newPage()
    await page.goto(`${latchkey.url}/download`)
    await page.getByLabel('Keep the token in this tab').check()
    await enter(page, token)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    await page.reload()
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    expect(page.url()).not.toContain(token)
    expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, ''])
    await page.getByText('Access', { exact: true }).click()
    await page.getByLabel('Keep the token in this tab').uncheck()
    await page.getByRole('button', { name: 'List the series' }).click()
    await accessStatus(page).filter({ hasText: 'There is one series.' }).waitFor()
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })
})
