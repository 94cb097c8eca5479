import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenLocally } from '../../dev/free-port.ts'
import { OPERATIONS } from '../../lib/openapi/operations.ts'
import { elementId } from '../../web/docs/menu.ts'
import { installed, newPage } from '../support/browser.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { closed } from '../support/server.ts'
import { checkAccessibility } from './axe.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(async () => {
  await latchkey.stop()
})

it('only the API reference may have inline styles, and no page inline scripts', async () => {
  const policyOf = async (path: string) => {
    const { headers } = await latchkey.call(path, { headers: { accept: 'text/html' } })
    return headers.get('content-security-policy') ?? ''
  }
  const [docs, other] = await Promise.all(['/docs', '/uploadhelp'].map(policyOf))
  expect(docs).toContain("style-src 'self' 'unsafe-inline'")
  expect(docs?.replace(" 'unsafe-inline'", '')).toBe(other)
  expect(docs).toContain("script-src 'self';")
})

/** The reference at an operation or a chapter. */
async function opened(route = 'overview', options = {}, url = latchkey.url) {
  const watched = await newPage(options)
  await watched.page.goto(`${url}/docs#?route=${route}`)
  await watched.page.locator('#operations-root').first().waitFor()
  return watched
}

const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth)

/** Enters a credential into the form of the security scheme with this text. */
async function enter(page: Page, scheme: string, value: string) {
  const row = page.locator('#auth tr').filter({ hasText: scheme })
  await row.locator('input.api-key-input').fill(value)
  await row.getByRole('button', { name: 'Set' }).click()
  await page.getByText('API key applied').first().waitFor()
}

async function answerTo(page: Page, route: string, fill: Record<string, string> = {}) {
  await page.locator(`[data-content-id="${route}"]`).first().click()
  for (const [name, value] of Object.entries(fill)) await page.locator(`[data-pname="${name}"]`).fill(value)
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().resourceType() === 'fetch'),
    page.locator('.btn-execute').first().click(),
  ])
  return answer
}

/**
 * Selects each operation in the menu. Returns the text of its link, without the spaces between the parts of the path, and
 * those of its path and summary that become visible. It runs in the page, because a search from outside is slow.
 */
async function showEach(operations: { id: string; path: string; summary: string }[]) {
  const root = document.querySelector('openapi-explorer')?.shadowRoot
  const isVisible = (text: string) =>
    Array.from(root?.querySelectorAll('#operations-root *') ?? []).some(
      (element) => element.textContent?.trim() === text && element.checkVisibility(),
    )
  const shown: { link: string | undefined; texts: string[] }[] = []
  for (const { id, path, summary } of operations) {
    const link = root?.querySelector<HTMLElement>(`nav [data-content-id="${id}"]`)
    link?.click()
    const end = performance.now() + 30_000
    while (!(isVisible(path) && isVisible(summary)) && performance.now() < end) await new Promise(requestAnimationFrame)
    shown.push({ link: link?.textContent?.replace(/\s/g, ''), texts: [path, summary].filter(isVisible) })
  }
  return shown
}

describe.skipIf(installed === undefined)('the API reference', () => {
  it('fits a screen, and shows every operation, without errors in the browser', async () => {
    const { page, faults } = await opened('overview', { viewport: { width: 1280, height: 800 } })
    await page.getByText('Terms').first().waitFor()
    expect(await widthOf(page)).toBeLessThanOrEqual(1280)
    const operations = OPERATIONS.map(({ route, summary }) => {
      const [method = '', path = ''] = route.split(' ')
      return { method: method.toLowerCase(), path, summary, id: elementId(method.toLowerCase(), path) }
    })
    const shown = await page.evaluate(showEach, operations)
    expect(shown).toEqual(
      operations.map(({ method, path, summary }) => ({
        link: expect.stringContaining(`${method}${path === '/' ? '' : path}`),
        texts: [path, summary],
      })),
    )
    expect(faults).toEqual([])
  })

  it('shows code samples in five languages', async () => {
    const { page } = await opened('post-/upload')
    const samples = page.locator('.tab-panel').filter({ has: page.getByRole('button', { name: 'Kotlin' }) })
    expect(await samples.getByRole('button').allTextContents()).toEqual(
      expect.arrayContaining(
        ['curl', 'Python', 'JavaScript', 'Swift', 'Kotlin'].map((name) => expect.stringContaining(name)),
      ),
    )
    await samples.getByText('Bearer AUTH_TOKEN').first().waitFor()
  })

  it('fits a phone, and has a menu there that opens an operation', async () => {
    const { page, faults } = await opened('overview', { viewport: { width: 390, height: 844 }, isMobile: true })
    await page.getByText('Terms').first().waitFor()
    expect(await widthOf(page)).toBeLessThanOrEqual(390)
    expect(await page.getByLabel('Go to').locator('option').count()).toBe(OPERATIONS.length + 2)
    await page.getByLabel('Go to').selectOption('GET /download/csv')
    await page.getByText('Download measurements as CSV', { exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  it('sends a credential that is typed in at the operation, and shows it at the others', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload' })
    const { page, faults } = await opened('post-/upload')
    await page
      .locator('.credentials:visible')
      .getByLabel('Auth token')
      .fill(await latchkey.token(client_id))
    const uploaded = await answerTo(page, 'post-/upload')
    expect([uploaded.status(), await uploaded.json()]).toEqual([200, { 'saved-in-db': 2 }])
    await page.locator('[data-content-id="get-/series"]').first().click()
    await expect.poll(() => page.locator('.credentials:visible').getByLabel('Auth token').inputValue()).not.toBe('')
    expect(faults).toEqual([])
  })

  it.each([
    ['light', 'overview'],
    ['dark', 'post-/upload'],
    ['light', 'auth'],
    ['dark', 'auth'],
  ] as const)('passes the accessibility checks of axe (%s, %s)', async (colorScheme, route) => {
    const { page } = await opened(route, { colorScheme })
    await page.locator('#operations-root[tabindex], main[tabindex]').first().waitFor()
    const { violations, passes } = await checkAccessibility(page)
    expect(passes).toBeGreaterThan(15)
    expect(violations).toEqual([])
  })

  it('tries an operation with a token, and stores nothing', async () => {
    const { client_id } = await latchkey.register({ scope: 'upload download' })
    const token = await latchkey.token(client_id)
    const { page, faults } = await opened('auth')
    await enter(page, 'Each operation names the scopes', token)
    await enter(page, 'The admin token. The set-up', latchkey.adminToken)
    const uploaded = await answerTo(page, 'post-/upload')
    expect([uploaded.status(), await uploaded.json()]).toEqual([200, { 'saved-in-db': 2 }])
    const execute = page.locator('.btn-execute').first()
    await execute.hover()
    // Its letters would have the colour of the background.
    const colors = await execute.evaluate((button) => [
      getComputedStyle(button).color,
      getComputedStyle(button).backgroundColor,
    ])
    expect(new Set(colors).size).toBe(2)
    const downloaded = await answerTo(page, 'get-/download', { cols: 'co2' })
    expect(downloaded.status()).toBe(200)
    expect(new URL(downloaded.url()).origin).toBe(latchkey.url)
    const stored = await page.evaluate(async () => [
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      document.cookie,
      await indexedDB.databases(),
    ])
    expect(stored).toEqual([[], [], '', []])
    expect(page.url()).not.toContain(token)
    await page.goto(`${latchkey.url}/docs#?route=auth`)
    await page.reload()
    await page.getByText('No API key applied').first().waitFor()
    expect(faults).toEqual([])
  })

  it('follows the preferred colour scheme', async () => {
    const { page } = await opened('overview', { colorScheme: 'dark' })
    const background = () =>
      page.evaluate(() => getComputedStyle(document.querySelector('openapi-explorer') ?? document.body).backgroundColor)
    const dark = await background()
    await page.emulateMedia({ colorScheme: 'light' })
    await expect.poll(background).toBe('rgb(255, 255, 255)')
    expect(dark).not.toBe('rgb(255, 255, 255)')
  })

  it('works behind a prefix', async () => {
    const server = createServer(async ({ url = '' }, response) => {
      const answer = await latchkey.call(url.replace(/^\/v1/, ''))
      response.statusCode = url.startsWith('/v1/') ? answer.status : 404
      response.setHeader('content-type', answer.headers.get('content-type') ?? '')
      response.end(Buffer.from(await answer.arrayBuffer()))
    })
    const url = `${await listenLocally(server)}/v1`
    const { page, faults } = await opened('get-/health', {}, url)
    const answer = await answerTo(page, 'get-/health')
    expect([answer.url(), answer.status()]).toEqual([`${url}/health`, 200])
    expect(faults).toEqual([])
    await closed(server)
  })
})
