import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, newPage } from '../support/browser.ts'
import { openDataPage, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { shared } from '../support/shares.ts'
import { clientWith } from '../support/stored-rows.ts'
import { checkAccessibility } from './axe.ts'
import { painted } from './painted.ts'

let latchkey: Latchkey
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey({ OSEM_UPLOAD: 'true' })
})
afterAll(async () => {
  await latchkey?.stop()
})

const HOUR = 3_600
/** Rows that start a number of hours from now. */
const rows = (first: number, count: number) => {
  const time = Array.from({ length: count }, (_, index) => Math.floor(Date.now() / 1_000) + (first + index) * HOUR)
  return { time, box: time.map(() => 'roof'), scd30_co2_ppm: time.map(() => 600) }
}

describe.skipIf(installed === undefined)('the data page of a box that is forwarded', () => {
  it('marks the times that are parked, but not for the reader of a share', async () => {
    // Blocks that start more than a day ahead are parked.
    const client = await clientWith(latchkey, rows(-50, 48), rows(30, 20))
    await latchkey.runScheduled('forward-measurements.mjs')
    const { page, faults } = await openDataPage(`${latchkey.url}/download`, client.token)
    await statusLine(page).filter({ hasText: '68 rows' }).waitFor()
    expect(await page.locator('#parked').innerText()).toMatch(
      /^Not sent to openSenseMap \(UTC\)\. The plots mark these times:\s+20\d\d-.+ to 20.+ \(time_in_future\)$/,
    )
    // The parked rows are in the last fifth of the plot.
    const [{ columns = [] } = {}] = await painted(page, '--bad')
    const last = columns.slice(Math.ceil(columns.length * 0.85), Math.floor(columns.length * 0.95))
    expect(Math.min(...last)).toBeGreaterThan(0)
    expect(faults).toEqual([])
    expect((await checkAccessibility(page)).violations).toEqual([])

    const share = await shared(latchkey, client.token, { series: ['roof'] })
    const { page: other } = await newPage()
    await other.goto(`${latchkey.url}/download#share=${share.token}`)
    await statusLine(other).filter({ hasText: '68 rows' }).waitFor()
    expect((await painted(other, '--bad'))[0]?.total).toBe(0)
    expect(await other.locator('#parked').isVisible()).toBe(false)
  })
})
