import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { vi } from 'vitest'

// A browser has to share the machine with all other tests.
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

/** The browser that is installed here, if there is one; tests of pages are left out where there is none. */
export const installed = [process.env['CHROMIUM_PATH'] ?? '', ...PLACES].find((place) => existsSync(place))
if (installed === undefined) {
  process.stderr.write('No Chromium is installed here, so pages are not tested in one (CHROMIUM_PATH may name it).\n')
}

const OPTIONS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: installed ?? '', args: OPTIONS, ignoreDefaultArgs: ['--headless'] })

/** A page, and all that a browser finds fault with in it: errors, and offences against its policy. */
export interface Watched {
  page: Page
  faults: string[]
  /** How much what was seen has moved by itself: under 0.1 is good, as Lighthouse has it. */
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

/** A new page with nothing remembered. */
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
