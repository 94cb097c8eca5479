import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed } from '../support/browser.ts'
import { cells, enter, openDataPage, openOptions, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { clientWith } from '../support/stored-rows.ts'
import { painted } from './painted.ts'

let latchkey: Latchkey
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey()
})
afterAll(async () => {
  await latchkey?.stop()
})

const START = Date.UTC(2026, 2, 2) / 1_000
const minutes = (count: number, first = START, step = 60) =>
  Array.from({ length: count }, (_, index) => first + index * step)
const table = (box: string, time: number[], columns: Record<string, (index: number) => unknown>) => ({
  ...{ time, box: time.map(() => box) },
  ...Object.fromEntries(Object.entries(columns).map(([name, cellAt]) => [name, time.map((_, index) => cellAt(index))])),
})

/** The data page, with the rows that a token may read. */
const opened = (query: string, { token }: { token: string }, options = {}) =>
  openDataPage(`${latchkey.url}/download${query}`, token, options)

/** The shares of the width of each plot at which a colour is painted: first, last and the longest part without it. */
const spans = (page: Page, variable?: string) =>
  painted(page, variable).then((plots) =>
    plots.map(({ columns }) => {
      const places = columns.flatMap((count, place) => (count > 0 ? [place] : []))
      const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0))
      return Math.max(0, ...gaps) / Math.max(1, (places.at(-1) ?? 0) - (places[0] ?? 0))
    }),
  )

const legends = (page: Page) => page.locator('.legend .value').allTextContents()

describe.skipIf(installed === undefined)('the plots of the data page', () => {
  it('show an outage as a gap, unless gaps are switched off', async () => {
    const before = table('box', minutes(100), { co2: () => 400 })
    const after = table('box', minutes(100, START + 300 * 60), { co2: () => 900 })
    const { page } = await opened('', await clientWith(latchkey, before, after))
    const [outage = 0] = await spans(page)
    expect(outage).toBeGreaterThan(0.45)
    await openOptions(page)
    await page.getByLabel('Lines break at gaps').selectOption('no gap')
    expect((await spans(page))[0]).toBeLessThan(0.05)
    expect(page.url()).toContain('gap=0')
  })

  it('show an outage in a long range that is drawn as windows', async () => {
    const time = [...minutes(20_000), ...minutes(5_000, START + 22_160 * 60)]
    const { page } = await opened('', await clientWith(latchkey, table('box', time, { co2: (index) => index % 50 })))
    await statusLine(page).filter({ hasText: 'Each point is the mean of 30 minutes' }).waitFor()
    expect((await spans(page))[0]).toBeGreaterThan(0.06)
    // The band from minimum to maximum is wider than the line of means.
    const [{ total = 0 } = {}] = await painted(page)
    expect(total).toBeGreaterThan(300)
  })

  it('do not break a column that is only in every other row', async () => {
    const even = table('box', minutes(60, START, 120), { co2: () => 400 })
    const odd = table('box', minutes(60, START + 60, 120), { humidity: () => 50 })
    const { page } = await opened('', await clientWith(latchkey, even, odd))
    for (const gap of await spans(page)) expect(gap).toBeLessThan(0.05)
  })

  it('show a single value as a point', async () => {
    const many = table('box', minutes(2_000), { a_temperature_c: () => 20 })
    const single = table('box', [START + 600 * 60], { b_temperature_c: () => 30 })
    const { page } = await opened('', await clientWith(latchkey, many, single))
    expect((await painted(page, '--line-2'))[0]?.total).toBeGreaterThan(5)
  })

  it('compare two boxes in one plot by colour, and keep them in the address', async () => {
    const client = await clientWith(
      latchkey,
      table('attic', minutes(120), { temperature_c: () => 30 }),
      table('cellar', minutes(90, START + 30), { temperature_c: () => 10, co2: () => 900 }),
    )
    const { page, faults } = await opened('?source=attic', client)
    await page.getByText('Compare with').click()
    await page.getByRole('checkbox', { name: 'cellar' }).check()
    await page.getByRole('button', { name: 'Show' }).click()
    await statusLine(page).filter({ hasText: '210 rows' }).waitFor()
    expect(await page.locator('.legend').allInnerTexts()).toEqual([
      expect.stringMatching(/^attic: temperature_c\s+30 °C\s+cellar: temperature_c\s+10 °C$/),
    ])
    for (const variable of ['--line-1', '--line-2'])
      expect((await painted(page, variable))[0]?.total).toBeGreaterThan(200)
    expect((await cells(page))[0]).toEqual(['2026-03-02 01:59:00', 'attic', '30'])
    expect(new URL(page.url()).hash).toBe('#with=cellar')
    await page.reload()
    await enter(page, client.token)
    await statusLine(page).filter({ hasText: '210 rows' }).waitFor()
    expect(faults).toEqual([])
  })

  it('have one time axis, and cursors that agree after a zoom', async () => {
    const client = await clientWith(
      latchkey,
      table('box', minutes(200), { a_co2_ppm: (index) => 100_000 + index, b_temperature_c: (index) => index / 10 }),
    )
    const { page } = await opened('', client)
    const places = () =>
      page
        .locator('.u-over')
        .evaluateAll((all) =>
          all.map((over) => [over.getBoundingClientRect().left, over.getBoundingClientRect().width]),
        )
    const [first, second] = await places()
    expect(first).toEqual(second)
    for (let presses = 0; presses < 3; presses += 1) await page.getByRole('button', { name: 'Zoom in' }).click()
    const over = page.locator('.u-over').first()
    await over.scrollIntoViewIfNeeded()
    await over.hover({ position: { x: 200, y: 40 } })
    const cursors = () =>
      page
        .locator('.u-cursor-x')
        .evaluateAll((all) => all.map((cursor) => Math.round(cursor.getBoundingClientRect().left)))
    const check = async () => {
      const [one = 0, other = 0] = await cursors()
      expect(Math.abs(one - other)).toBeLessThan(20)
      const [co2 = '', temperature = ''] = await legends(page)
      expect(Number.parseFloat(co2) - 100_000).toBeCloseTo(Number.parseFloat(temperature) * 10, 5)
    }
    await check()
    await page.getByRole('button', { name: 'Zoom out' }).press('Enter')
    await check()
  })

  it('have a second axis for a unit on demand', async () => {
    const columns = { a_co2_ppm: (index: number) => 400 + index, b_temperature_c: (index: number) => 20 - index / 100 }
    const { page } = await opened('', await clientWith(latchkey, table('box', minutes(100), columns)))
    await openOptions(page)
    expect(await painted(page)).toHaveLength(2)
    await page.getByLabel('On a second axis').selectOption('°C')
    expect(await page.locator('figcaption').allInnerTexts()).toEqual([
      expect.stringMatching(/^CO2 \(ppm\)\s*Temperature \(°C\)$/),
    ])
    for (const variable of ['--line-1', '--line-2'])
      expect((await painted(page, variable))[0]?.total).toBeGreaterThan(200)
    expect(decodeURIComponent(new URL(page.url()).hash)).toBe('#right=°C')
  })

  it('have the units that the user sets, above those of names', async () => {
    const columns = { co2: (index: number) => 400 + index, b_temperature_c: (index: number) => 20 - index / 100 }
    const { page } = await opened('', await clientWith(latchkey, table('box', minutes(10), columns)))
    await openOptions(page)
    const unit = page.getByLabel('Unit of this column')
    expect(await unit.inputValue()).toBe('°C')
    for (const [column, text] of [
      ['co2', 'ppm, dry'],
      ['b_temperature_c', 'K'],
    ] as const) {
      await page.getByLabel('Column', { exact: true }).selectOption(column)
      await unit.fill(text)
      await unit.press('Enter')
    }
    expect(await page.locator('figcaption').allTextContents()).toEqual(['Temperature (K)', 'CO2 (ppm dry)'])
    expect(await page.locator('#columns label').allTextContents()).toContain('co2 (ppm dry)')
    expect(await page.locator('#cards').innerText()).toContain('409 ppm dry')
    expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('units')).toBe('co2:ppm dry,b_temperature_c:K')
    await unit.fill('')
    await unit.press('Enter')
    expect(await page.locator('figcaption').allTextContents()).toEqual(['Temperature (°C)', 'CO2 (ppm dry)'])
    expect(await unit.inputValue()).toBe('°C')
  })

  it('show texts as bands, warnings as marks, and positions on a map', async () => {
    // The last row is a few seconds before the warning, which is marked at the end of the range.
    const time = minutes(90, Math.floor(Date.now() / 1_000) - 89 * 60 - 10)
    const client = await clientWith(
      latchkey,
      table('bike', time, {
        speed: (index) => index,
        lat: (index) => 48.5 + index / 1_000,
        lon: (index) => 9 + index / 1_000,
        surface: (index) => (index < 45 ? 'asphalt' : 'gravel'),
      }),
    )
    await latchkey.upload(client.token, `time,speed!,box\n${time.at(-1)},17,bike\n`, 'text/csv')
    const { page, faults } = await opened('', client)
    const [, lanes] = await painted(page, '--line-2')
    expect(lanes?.total).toBeGreaterThan(2_000)
    expect((await painted(page, '--bad'))[0]?.total).toBeGreaterThan(20)
    const map = page.getByRole('img', { name: 'Map of 90 positions' })
    await map.waitFor()
    expect(await map.locator('circle').count()).toBe(90)
    expect(await page.locator('#cards').innerText()).toMatch(
      /speed\s+17\s+\d+ (?:second|minute)s? ago\s+surface\s+gravel/,
    )
    expect(faults).toEqual([])
  })
})
