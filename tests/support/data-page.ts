import type { Page } from 'playwright-core'
import { newPage, type PageOptions, type Watched } from './browser.ts'

/** Actions of a user on the data page. */

/** Opens a part of the page that is folded. */
async function open(page: Page, part: string): Promise<void> {
  const details = page.locator(part)
  if ((await details.getAttribute('open')) === null) await details.locator('> summary').click()
}

/** Opens the form, which is folded on a phone. */
export const openSelection = (page: Page) => open(page, '#selection-part')

/** Enters a token, and a client if it is the admin token. */
export async function enter(page: Page, token: string, client = ''): Promise<void> {
  await open(page, '#access-part')
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByLabel('Client (').fill(client)
  await page.getByRole('button', { name: 'List the series' }).click()
}

export const statusLine = (page: Page) => page.locator('#status')
/** Opens the data page, enters a token, and waits for its rows. */
export async function openDataPage(url: string, token: string, options: PageOptions = {}): Promise<Watched> {
  const watched = await newPage(options)
  await watched.page.goto(url)
  await enter(watched.page, token)
  await statusLine(watched.page).filter({ hasText: 'row' }).waitFor()
  return watched
}

export const accessStatus = (page: Page) => page.locator('#access-status')
export const show = (page: Page) => page.getByRole('button', { name: 'Show', exact: true }).click()
/** Opens the switches of how the plots are drawn. */
export const openOptions = (page: Page) => page.getByText('How it is drawn').click()
/** The cells of the rows of the table. */
export const cells = async (page: Page): Promise<string[][]> => {
  await page.getByRole('region', { name: 'Measurements' }).locator('tbody tr').first().waitFor()
  return page.evaluate<string[][]>(
    "Array.from(document.querySelectorAll('.rows tbody tr'), ({ cells }) => Array.from(cells, (cell) => cell.textContent))",
  )
}
