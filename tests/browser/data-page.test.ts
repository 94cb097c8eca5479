import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage } from '../support/browser.ts'
import { accessStatus, cells, enter, openOptions, show, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { clientWith } from '../support/stored-rows.ts'
import { painted as paintedPoints } from './painted.ts'

let latchkey: Latchkey
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey()
})
afterAll(async () => {
  await latchkey?.stop()
})

const MINUTES = Array.from({ length: 120 }, (_, index) => 1_588_507_200 + index * 60)
const GREENHOUSE = {
  time: MINUTES,
  box: MINUTES.map(() => 'greenhouse'),
  scd30_co2_ppm: MINUTES.map((_, index) => 600 + index),
  sht31_temperature_c: MINUTES.map((_, index) => 20 + (index % 40) / 8),
  ds18b20_temperature_c: MINUTES.map((_, index) => 18 + (index % 40) / 8),
  note: MINUTES.map((_, index) => (index === 1 ? '<img src=x onerror=alert(1)>' : null)),
}
const CELLAR = { time: [43, 23], box: ['cellar', 'cellar'], co2: [1223, 2351] }

/** The data page, with a token entered. */
async function opened(query: string, { token }: { token: string }, options = {}) {
  const watched = await newPage(options)
  await watched.page.goto(`${latchkey.url}/download${query}`)
  await enter(watched.page, token)
  return watched
}

/** The number of plot points that were painted. */
const painted = async (page: Page, variable?: string) => (await paintedPoints(page, variable)).map(({ total }) => total)

const pictures = (page: Page) =>
  page.evaluate(() => Array.from(document.querySelectorAll('canvas'), (canvas) => canvas.toDataURL()))

describe.skipIf(installed === undefined)('the data page', () => {
  it('shows the units and the last warnings of the selected series', async () => {
    const client = await clientWith(latchkey, { ...CELLAR, time: [1_706_792_400, 1_706_792_460] })
    await latchkey.upload(client.token, 'time,temp!,box\ns,°C,\n1706792400,1,attic\n', 'text/csv')
    const { page } = await opened('?source=attic', client)
    await page.getByLabel('temp (°C)').waitFor()
    const warnings = page.locator('#warnings')
    expect(await warnings.locator('li').allTextContents()).toEqual([
      'the line below the column names is read as units',
      'column "temp!" is stored as "temp"',
    ])
    expect(await warnings.locator('p').textContent()).toMatch(
      /^Last warnings, from the upload at .+ UTC\. The plots mark this time:$/,
    )
    await page.getByLabel('Series').selectOption({ label: 'cellar' })
    expect(await warnings.isVisible()).toBe(false)
  })

  it('asks for a token, lists the series, and shows the selected one', async () => {
    const client = await clientWith(latchkey, GREENHOUSE, CELLAR)
    const { page, faults, shift } = await opened('', client)
    await accessStatus(page).filter({ hasText: 'There are 2 series.' }).waitFor()
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    expect(await shift()).toBeLessThan(0.1)
    expect(await page.getByLabel('Series').locator('option').allTextContents()).toEqual(['cellar', 'greenhouse'])
    await page.getByLabel('Series').selectOption('greenhouse')
    expect(await page.locator('#columns label').allTextContents()).toEqual([
      'box',
      'ds18b20_temperature_c (°C)',
      'note',
      'scd30_co2_ppm (ppm)',
      'sht31_temperature_c (°C)',
    ])
    expect(await page.getByLabel('box').isChecked()).toBe(false)
    await show(page)
    await statusLine(page).filter({ hasText: '120 rows, 2020-05-03 12:00:00 to 2020-05-03 13:59:00 UTC.' }).waitFor()
    // One plot for the two temperatures, one for CO2, one for the texts.
    const lines = await painted(page)
    expect(lines).toHaveLength(3)
    for (const line of lines.slice(0, 2)) expect(line).toBeGreaterThan(200)
    expect(await page.locator('figcaption').allTextContents()).toEqual(['Temperature (°C)', 'CO2 (ppm)', 'Texts'])
    const rows = await cells(page)
    expect(rows).toHaveLength(50)
    expect(rows[0]).toEqual(['2020-05-03 13:59:00', '22.875', '', '719', '24.875'])
    await page.getByRole('button', { name: 'time (UTC)' }).click()
    const oldest = await cells(page)
    expect(oldest[1]).toEqual(['2020-05-03 12:01:00', '18.125', '<img src=x onerror=alert(1)>', '601', '20.125'])
    expect(await page.getByRole('region', { name: 'Summary' }).locator('tbody tr').allInnerTexts()).toEqual([
      'ds18b20_temperature_c\t120\t18 °C\t20.4375 °C\t22.875 °C\t22.875 °C',
      'scd30_co2_ppm\t120\t600 ppm\t659.5 ppm\t719 ppm\t719 ppm',
      'sht31_temperature_c\t120\t20 °C\t22.4375 °C\t24.875 °C\t24.875 °C',
    ])
    expect(faults).toEqual([])
  })

  it('shows more rows on request until all are visible', async () => {
    const client = await clientWith(latchkey, GREENHOUSE)
    const { page } = await opened('', client)
    const more = page.getByRole('button', { name: '50 more rows' })
    await more.click()
    expect(await cells(page)).toHaveLength(100)
    await more.click()
    await page.getByText('Rows 1 to 120 of 120.').waitFor()
    expect(await more.isDisabled()).toBe(true)
  })

  it('shows a series at once if it is the only one or in the URL', async () => {
    const one = await clientWith(latchkey, CELLAR)
    const { page } = await opened('', one)
    await statusLine(page).filter({ hasText: '2 rows, 1970-01-01 00:00:23 to 1970-01-01 00:00:43 UTC.' }).waitFor()
    const two = await clientWith(latchkey, GREENHOUSE, CELLAR)
    const query = '?source=greenhouse&cols=scd30_co2_ppm&from=2020-05-03T12:10:00Z&to=1588508400'
    const other = await opened(query, two)
    await statusLine(other.page)
      .filter({ hasText: '11 rows, 2020-05-03 12:10:00 to 2020-05-03 12:20:00 UTC.' })
      .waitFor()
    expect(await other.page.getByLabel('From (UTC)').inputValue()).toBe('2020-05-03T12:10')
    expect(await other.page.getByLabel('To (UTC)').inputValue()).toBe('2020-05-03T12:20')
    expect((await cells(other.page))[0]).toEqual(['2020-05-03 12:20:00', '620'])
    // The columns in the URL are not those of another series.
    await other.page.getByLabel('Series').selectOption('cellar')
    expect(await other.page.getByLabel('co2', { exact: true }).isChecked()).toBe(true)
  })

  it('accepts the admin token with a client id', async () => {
    const { clientId } = await clientWith(latchkey, CELLAR)
    const { page } = await newPage()
    await page.goto(`${latchkey.url}/download?client_id=${clientId}`)
    expect(await page.getByLabel('Client (').inputValue()).toBe(clientId)
    await enter(page, latchkey.adminToken, clientId)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    expect(await page.locator('#curl').textContent()).toContain(`client_id=${clientId}`)
  })

  it('lists the clients for the admin token, and accepts their names', async () => {
    const register = async (name: string) => (await latchkey.register({ name, scope: 'upload download' })).client_id
    const [garden, twin, other] = [await register('Garden'), await register('Twin'), await register('Twin')]
    await latchkey.upload(await latchkey.token(garden), JSON.stringify(CELLAR))
    const { page, faults } = await newPage()
    await page.goto(`${latchkey.url}/download`)
    await enter(page, latchkey.adminToken)
    await accessStatus(page).filter({ hasText: 'The shared client has no rows. Choose a client.' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('client-id')
    const names = await page.evaluate<string[]>(
      "Array.from(document.querySelectorAll('#clients option'), (o) => o.value)",
    )
    expect(names).toEqual(expect.arrayContaining(['Garden', `Twin (${twin})`, `Twin (${other})`]))
    await page.keyboard.type('Garden')
    await page.keyboard.press('Enter')
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    expect(new URL(page.url()).searchParams.get('client_id')).toBe(garden)
    await enter(page, latchkey.adminToken, twin)
    await accessStatus(page).filter({ hasText: 'This client has uploaded no rows yet.' }).waitFor()
    expect(await page.getByLabel('Client (').inputValue()).toBe(`Twin (${twin})`)
    expect(faults).toEqual([])
  })

  it('says so if there are more clients than it lists', async () => {
    const { clientId } = await clientWith(latchkey, CELLAR)
    const { page } = await newPage()
    await page.route(/\/clients\?/, (route) =>
      route.fulfill({ json: { clients: [] }, headers: { link: '</clients?cursor=c>; rel="next"' } }),
    )
    await page.goto(`${latchkey.url}/download`)
    await enter(page, latchkey.adminToken, clientId)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    await page.getByText('Access', { exact: true }).click()
    await page.getByText('Not all clients are listed. Enter the id of another one.').waitFor()
  })

  it('never stores the token or adds it to a URL', async () => {
    const client = await clientWith(latchkey, CELLAR)
    const { page } = await newPage()
    const addresses: string[] = []
    page.on('request', (request) => addresses.push(request.url()))
    await page.goto(`${latchkey.url}/download`)
    await enter(page, client.token)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    const kept = await page.evaluate(async () => [
      JSON.stringify(localStorage),
      JSON.stringify(sessionStorage),
      document.cookie,
      JSON.stringify(history.state),
      location.href,
      JSON.stringify(await indexedDB.databases()),
      JSON.stringify(await caches.keys()),
    ])
    const source = new URL(page.url()).searchParams.get('source')
    expect(source).toBe('cellar')
    expect(kept.filter((_, place) => place !== 4)).toEqual(['{}', '{}', '', 'null', '[]', '[]'])
    expect(addresses.length).toBeGreaterThan(4)
    for (const text of [...kept, ...addresses]) expect(text).not.toContain(client.token)
    expect(await page.locator('#curl').textContent()).toContain('Bearer $TOKEN')
    await page.reload()
    expect(await page.getByLabel('Token', { exact: true }).inputValue()).toBe('')
  })

  it('asks again if the token is rejected, and shows the reason', async () => {
    const client = await clientWith(latchkey, CELLAR)
    const { page } = await opened('', { token: 'wrong' })
    await accessStatus(page).filter({ hasText: 'Enter the token again.' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('token')
    await enter(page, '')
    await accessStatus(page).filter({ hasText: 'Enter a token first.' }).waitFor()
    await enter(page, await latchkey.token((await latchkey.register({ scope: 'upload' })).client_id))
    await accessStatus(page).filter({ hasText: 'scope' }).waitFor()
    await enter(page, client.token)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
  })

  it('explains how to upload if there are no data', async () => {
    const { page } = await opened('', await clientWith(latchkey))
    await accessStatus(page).getByRole('link', { name: 'How to upload' }).click()
    await page.waitForURL('**/uploadhelp')
  })

  it('shows the error of an invalid selection', async () => {
    const { page } = await opened('?source=cellar', await clientWith(latchkey, CELLAR, GREENHOUSE))
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    await page.getByRole('button', { name: 'None' }).click()
    await show(page)
    await statusLine(page).filter({ hasText: 'Choose a column.' }).waitFor()
    await page.getByRole('button', { name: 'All columns' }).click()
    await page.getByLabel('From (UTC)').fill('2030-01-01T00:00:00')
    await show(page)
    await statusLine(page).filter({ hasText: 'There are no rows in this selection.' }).waitFor()
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
  })

  it('retries after a network failure, and reports it if retries fail', async () => {
    const client = await clientWith(latchkey, CELLAR)
    const { page } = await newPage()
    await page.goto(`${latchkey.url}/download`)
    let failures = 1
    await page.route(/\/download\?/, (route) => {
      failures -= 1
      return failures < 0 ? route.continue() : route.abort()
    })
    await enter(page, client.token)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    failures = 3
    await show(page)
    await statusLine(page).filter({ hasText: 'Latchkey did not respond' }).waitFor()
    await show(page)
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
  })

  it('has plots that move together, by buttons and by mouse', async () => {
    const { page, faults } = await opened('', await clientWith(latchkey, GREENHOUSE))
    await statusLine(page).filter({ hasText: '120 rows' }).waitFor()
    const whole = await pictures(page)
    for (const [there, back] of [
      ['Zoom in', 'Zoom out'],
      ['Zoom in', 'Whole range'],
    ] as const) {
      await page.getByRole('button', { name: there }).click()
      const near = await pictures(page)
      for (const [place, picture] of whole.entries()) expect(near[place]).not.toBe(picture)
      await page.getByRole('button', { name: 'Later' }).click()
      expect(await pictures(page)).not.toEqual(near)
      await page.getByRole('button', { name: 'Earlier' }).click()
      expect(await pictures(page)).toEqual(near)
      await page.getByRole('button', { name: back }).click()
      expect(await pictures(page)).toEqual(whole)
    }
    await page.locator('.u-over').first().scrollIntoViewIfNeeded()
    const over = await page.locator('.u-over').first().boundingBox()
    if (!over) throw new Error('there is no plot')
    await page.mouse.move(over.x + over.width * 0.25, over.y + 50)
    await page.mouse.down()
    await page.mouse.move(over.x + over.width * 0.5, over.y + 50, { steps: 5 })
    await page.mouse.up()
    for (const [place, picture] of (await pictures(page)).entries()) expect(picture).not.toBe(whole[place])
    await page.mouse.move(over.x + over.width * 0.5, over.y + 60)
    await page
      .locator('#reading')
      .filter({ hasText: /^2020-05-03 12:4\d:00 UTC$/ })
      .waitFor()
    expect(faults).toEqual([])
  })

  it('combines all lines in one plot on request, and hides single lines', async () => {
    const { page } = await opened('', await clientWith(latchkey, GREENHOUSE))
    await statusLine(page).filter({ hasText: '120 rows' }).waitFor()
    await openOptions(page)
    await page.getByLabel('One plot for all columns').check()
    // The texts are below.
    expect(await painted(page)).toHaveLength(2)
    const [before = 0] = await painted(page, '--line-2')
    await page.getByRole('button', { name: 'scd30_co2_ppm 719 ppm' }).click()
    const [after = 0] = await painted(page, '--line-2')
    expect(before).toBeGreaterThan(200)
    expect(after).toBe(0)
  })

  it('can be used with the keyboard alone', async () => {
    const { token } = await clientWith(latchkey, GREENHOUSE, CELLAR)
    const { page } = await newPage()
    await page.goto(`${latchkey.url}/download`)
    const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent)
    const tabTo = async (wanted: string) => {
      for (let presses = 0; presses < 60; presses += 1) {
        if ((await focused()) === wanted) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`the keyboard does not reach ${wanted}`)
    }
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo('token')
    await page.keyboard.insertText(token)
    await page.keyboard.press('Enter')
    await accessStatus(page).filter({ hasText: 'There are 2 series.' }).waitFor()
    await tabTo('series')
    await page.keyboard.press('ArrowDown')
    await tabTo('Show')
    await page.keyboard.press('Enter')
    await statusLine(page).filter({ hasText: '120 rows' }).waitFor()
    await tabTo('point')
    for (const key of ['Home', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key)
    await page
      .locator('#reading')
      .filter({ hasText: /^2020-05-03 12:02:00 UTC$/ })
      .waitFor()
    expect(await page.locator('#point').getAttribute('aria-valuetext')).toBe('2020-05-03 12:02:00 UTC')
    expect(await page.getByRole('button', { name: /^scd30_co2_ppm 6/ }).textContent()).toBe('scd30_co2_ppm602 ppm')
    await tabTo('scd30_co2_ppm602 ppm')
    await page.keyboard.press('Space')
    expect(await page.getByRole('button', { name: /^scd30_co2_ppm 6/ }).getAttribute('aria-pressed')).toBe('false')
  })

  it('follows a change from light to dark', async () => {
    const { page } = await opened('', await clientWith(latchkey, CELLAR), { colorScheme: 'light' })
    await statusLine(page).filter({ hasText: '2 rows' }).waitFor()
    const light = await pictures(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    await expect.poll(() => pictures(page)).not.toEqual(light)
    expect((await painted(page))[0]).toBeGreaterThan(50)
  })
})
