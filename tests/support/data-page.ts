import type { Page } from 'playwright-core'

/** Actions of a user on the data page. */

/** Enters a token, and a client if it is the admin token. */
export async function enter(page: Page, token: string, clientId = ''): Promise<void> {
  await page.getByLabel('Token', { exact: true }).fill(token)
  await page.getByLabel('Client id').fill(clientId)
  await page.getByRole('button', { name: 'List the series' }).click()
}

export const statusLine = (page: Page) => page.locator('#status')
export const accessStatus = (page: Page) => page.locator('#access-status')
export const show = (page: Page) => page.getByRole('button', { name: 'Show', exact: true }).click()
/** The cells of the rows of the table. */
export const cells = async (page: Page): Promise<string[][]> => {
  const rows = await page.getByRole('region', { name: 'Measurements' }).locator('tbody tr').all()
  return Promise.all(rows.map((row) => row.locator('td').allTextContents()))
}
