import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed } from '../support/browser.ts'
import { openDataPage, openOptions, openSelection, show, statusLine } from '../support/data-page.ts'
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

/** Browsers excuse what moves within 500 ms of an input. */
const DELAY_MS = 550
const START = Date.UTC(2026, 2, 2) / 1_000
const TIMES = Array.from({ length: 120 }, (_, index) => START + index * 60)
const NUMBERS = ['a_co2_ppm', 'b_temperature_c', 'c_humidity_percent', 'd_pressure_hpa', 'e_voltage_v', 'f_noise_db']
const table = (box: string, more: Record<string, unknown[]> = {}) => ({
  time: TIMES,
  box: TIMES.map(() => box),
  ...Object.fromEntries(NUMBERS.map((name, place) => [name, TIMES.map((_, index) => (index % 40) + place)])),
  ...more,
})

/** A page that shows some columns of a box, and from then on gets slow responses. */
async function slowPage(columns: readonly string[], viewport: { width: number; height: number }) {
  const client = await clientWith(
    latchkey,
    table('box', {
      lat: TIMES.map((_, index) => 48 + index / 1_000),
      lon: TIMES.map(() => 9),
      note: TIMES.map((_, index) => (index < 60 ? 'on' : 'off')),
    }),
  )
  const url = `${latchkey.url}/download?cols=${columns.join(',')}`
  const { page, shift } = await openDataPage(url, client.token, { viewport })
  await canvases(page)
    .nth(columns.length - 1)
    .waitFor()
  await page.route(/\/(?:series|download)\?/, async (route) => {
    await wait(DELAY_MS)
    await route.continue()
  })
  await openSelection(page)
  return { page, shift, before: await shift() }
}

const canvases = (page: Page) => page.locator('#canvases canvas')
const SCREENS = [
  [390, 844],
  [1280, 720],
  [1280, 1600],
] as const

describe.skipIf(installed === undefined)('the data page with slow responses', () => {
  it.each(SCREENS)('does not shift when it shows more plots: %d by %d', async (width, height) => {
    const { page, shift, before } = await slowPage(NUMBERS.slice(0, 1), { width, height })
    await page.getByRole('button', { name: 'All columns' }).click()
    await show(page)
    await canvases(page).nth(NUMBERS.length).waitFor()
    await statusLine(page).filter({ hasText: '120 rows' }).waitFor()
    expect((await shift()) - before).toBeLessThan(0.1)
  })

  it.each(SCREENS)('does not shift when it shows fewer plots: %d by %d', async (width, height) => {
    const { page, shift, before } = await slowPage(NUMBERS, { width, height })
    await page.getByRole('button', { name: 'None' }).click()
    await page.getByLabel('b_temperature_c (°C)').check()
    await show(page)
    await statusLine(page).filter({ hasText: '120 rows' }).waitFor()
    await expect.poll(() => canvases(page).count()).toBe(1)
    expect((await shift()) - before).toBeLessThan(0.1)
  })

  it('shows the former plots whole when the user cancels', async () => {
    const { page } = await slowPage(NUMBERS, { width: 1280, height: 720 })
    const heightNow = async () => (await page.locator('#canvases').boundingBox())?.height ?? 0
    const height = await heightNow()
    await page.getByRole('button', { name: 'None' }).click()
    await page.getByLabel('b_temperature_c (°C)').check()
    await show(page)
    expect(await heightNow()).toBeLessThan(height / 2)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await statusLine(page).filter({ hasText: 'Cancelled.' }).waitFor()
    expect(Math.abs((await heightNow()) - height)).toBeLessThan(80)
    expect(await canvases(page).count()).toBe(NUMBERS.length)
  })

  it('reserves no height for plots that the user combines later', async () => {
    const { page } = await slowPage(NUMBERS.slice(0, 1), { width: 1280, height: 720 })
    await page.getByRole('button', { name: 'All columns' }).click()
    await show(page)
    // The same again, while the first one is loading.
    await show(page)
    await statusLine(page).filter({ hasText: '120 rows' }).waitFor()
    await canvases(page).nth(NUMBERS.length).waitFor()
    const heightNow = async () => (await page.locator('#canvases').boundingBox())?.height ?? 0
    expect(await heightNow()).toBeGreaterThan(NUMBERS.length * 240)
    await openOptions(page)
    await page.getByLabel('One plot for all columns').check()
    expect(await canvases(page).count()).toBe(2)
    expect(await heightNow()).toBeLessThan(900)
  })
})
