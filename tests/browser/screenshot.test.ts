import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage } from '../support/browser.ts'
import { enter, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { clientWith } from '../support/stored-rows.ts'

/** `npm run screenshot` writes this file. Other runs only check that the picture can be made. */
const FILE = 'docs/images/data-page.png'
const START = Date.UTC(2026, 2, 2) / 1000
const MINUTES = 3 * 24 * 60

/** CO2 and temperature of an office: people come at eight and leave at five, and open a window at noon. */
function office() {
  let [seed, co2, temperature] = [7, 430, 19]
  const noise = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647 - 0.5
  }
  const rows = Array.from({ length: MINUTES }, (_, minute) => {
    const hour = (minute / 60) % 24
    const isOccupied = hour >= 8 && hour < 17
    const isAired = hour >= 12 && hour < 12.7
    const target = isAired ? 520 : isOccupied ? 1_350 : 420
    co2 += (target - co2) * (isAired ? 0.06 : 0.009) + noise() * 9
    const warmth = 19.5 + (isOccupied ? 2.6 : 0) + 0.8 * Math.sin(((hour - 9) / 12) * Math.PI) - (isAired ? 2.5 : 0)
    temperature += (warmth - temperature) * 0.012 + noise() * 0.04
    return { time: START + minute * 60, co2: Math.round(co2), temperature: Number(temperature.toFixed(2)) }
  })
  return {
    time: rows.map(({ time }) => time),
    box: rows.map(() => 'office'),
    scd30_co2_ppm: rows.map((row) => row.co2),
    sht31_temperature_c: rows.map((row) => row.temperature),
  }
}

let latchkey: Latchkey
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey()
})
afterAll(async () => {
  await latchkey?.stop()
})

describe.skipIf(installed === undefined)('the picture in the guides', () => {
  it('shows the data page with three days of measurements', async () => {
    const { token } = await clientWith(latchkey, office())
    const { page, faults } = await newPage({ viewport: { width: 1200, height: 830 } })
    await page.goto(`${latchkey.url}/download`)
    await enter(page, token)
    await page.locator('#canvases canvas').nth(1).waitFor()
    await statusLine(page).filter({ hasText: 'rows' }).waitFor()
    await page.locator('.workplace').scrollIntoViewIfNeeded()
    const picture = await page.screenshot()
    if (process.env['npm_lifecycle_event'] === 'screenshot') await writeFile(FILE, picture)
    expect({ faults, isPicture: picture.length > 50_000 }).toEqual({ faults: [], isPicture: true })
  })
})
