import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { vi } from 'vitest'

// The browser shares the machine with all other tests.
vi.setConfig({ testTimeout: 120_000 })

/** Where Chromium and Chrome are usually installed. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Path of the installed browser, which CHROMIUM_PATH can set; undefined if there is none. */
export const installed = [process.env['CHROMIUM_PATH'] ?? '', ...PLACES].find((place) => existsSync(place))

const OPTIONS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Pages of other hosts, which tests make up, may show one of this machine in a frame.
  '--disable-features=LocalNetworkAccessChecks',
]

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: installed ?? '', args: OPTIONS, ignoreDefaultArgs: ['--headless'] })

if (installed === undefined) {
  process.stderr.write('No Chromium is installed here, so pages are not tested in one (CHROMIUM_PATH may name it).\n')
}

/** A page, and its errors and violations of its content security policy. */
export interface Watched {
  page: Page
  faults: string[]
  /** The cumulative layout shift. Under 0.1 is good, according to Lighthouse. */
  shift(): Promise<number>
}

const WATCH = `
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('policy: ' + violatedDirective + ' ' + blockedURI))
globalThis.layoutShift = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.layoutShift += entry.value
}).observe({ type: 'layout-shift', buffered: true })
`

/** A new page without stored state. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  await page.addInitScript(WATCH)
  return { page, faults, shift: () => page.evaluate<number>('globalThis.layoutShift') }
}
