import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, type CDPSession, chromium, type Page } from 'playwright-core'
import { onTestFailed, onTestFinished, vi } from 'vitest'

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

/** A page between two tests, with the session that clears its storage. */
interface IdlePage {
  page: Page
  session: CDPSession
}

declare global {
  /** The browser of a worker, and its idle pages by the options of their contexts. Test files load this module again. */
  var workerBrowser: { browser: Browser; idle: Map<string, IdlePage[]> } | undefined
}

/** The browser of this worker, which ends with it. */
async function sharedBrowser() {
  if (!globalThis.workerBrowser?.browser.isConnected()) {
    const executablePath = installed ?? ''
    const browser = await chromium.launch({ executablePath, args: OPTIONS, ignoreDefaultArgs: ['--headless'] })
    globalThis.workerBrowser = { browser, idle: new Map() }
  }
  return globalThis.workerBrowser
}

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

/** What a context has from its start. Everything else can be changed for each test. */
type ContextOptions = Pick<BrowserContextOptions, 'isMobile' | 'javaScriptEnabled' | 'timezoneId'>

export interface PageOptions extends ContextOptions {
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  permissions?: string[]
}

async function openWindow(options: ContextOptions): Promise<IdlePage> {
  const { browser } = await sharedBrowser()
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  await page.addInitScript(WATCH)
  return { page, session: await context.newCDPSession(page) }
}

function watch(page: Page): Watched {
  const faults: string[] = []
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(error.message))
  // A test that waits too long for its page does not reach its own check of them.
  onTestFailed(() => {
    if (faults.length > 0) process.stderr.write(`Errors of the page:\n${faults.join('\n')}\n`)
  })
  return { page, faults, shift: () => page.evaluate<number>('globalThis.layoutShift') }
}

/** The events of a page that tests listen to. */
const EVENTS = ['console', 'dialog', 'download', 'pageerror', 'request', 'response']

/** Makes a page as good as new: empty, without storage, cache, history, permissions, routes and listeners. */
async function reset({ page, session }: IdlePage): Promise<void> {
  for (const event of EVENTS) page.removeAllListeners(event)
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.goto('about:blank')
  await session.send('Storage.clearDataForOrigin', { origin: '*', storageTypes: 'all' })
  await session.send('Network.clearBrowserCache')
  await session.send('Page.resetNavigationHistory')
  await page.context().clearPermissions()
  await page.mouse.move(-1, -1)
}

/** A page without stored state. It may be one of an earlier test, emptied: a new window costs more than most tests. */
export async function newPage({
  viewport = { width: 1280, height: 720 },
  colorScheme = 'light',
  permissions = [],
  isMobile = false,
  ...rest
}: PageOptions = {}): Promise<Watched> {
  const { idle } = await sharedBrowser()
  const options = { ...rest, isMobile }
  const key = JSON.stringify(options)
  const opened = idle.get(key)?.pop() ?? (await openWindow(options))
  const { page } = opened
  onTestFinished(async () => {
    try {
      await reset(opened)
      idle.set(key, [...(idle.get(key) ?? []), opened])
    } catch {
      await page.context().close()
    }
  })
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme })
  // Without this condition, an empty list denies all.
  if (permissions.length > 0) await page.context().grantPermissions(permissions)
  return watch(page)
}

/** A page of a new window, for a test that changes what cannot be reset, such as the clock. */
export async function newWindow(): Promise<Watched> {
  const { page } = await openWindow({})
  onTestFinished(() => page.context().close())
  return watch(page)
}
