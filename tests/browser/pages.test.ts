import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenLocally } from '../../dev/free-port.ts'
import { installed, newPage } from '../support/browser.ts'
import { enter, openSelection, statusLine } from '../support/data-page.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { closed } from '../support/server.ts'
import { clientWith } from '../support/stored-rows.ts'
import { checkAccessibility, checkDarkColors } from './axe.ts'

const SALT = 'my-super-secret-psk'
const WIDE = `sensor_${'soil-temperature-at-a-depth-'.repeat(3)}_c`

let latchkey: Latchkey
let token: string
beforeAll(async () => {
  if (installed === undefined) return
  latchkey = await startLatchkey({ CHECKSUM_SALTS: JSON.stringify([SALT]) })
  const time = Array.from({ length: 60 }, (_, index) => 1_588_507_200 + index * 60)
  const columns = Array.from({ length: 10 }, (_, place) => [
    `${WIDE}${place}`,
    time.map((_each, index) => index + place),
  ])
  token = (await clientWith(latchkey, { time, ...Object.fromEntries(columns), note: time.map(() => 'x'.repeat(300)) }))
    .token
})
afterAll(async () => {
  await latchkey?.stop()
})

/** Each page with all of its content visible. */
const READY: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  '/': (page) => page.getByText('ok: all tables respond').waitFor(),
  '/uploadhelp': async (page) => {
    await page.getByLabel('Salt (optional)').fill(SALT)
    await page.getByLabel('Data, as JSON').fill('{')
    await page.getByText('The data is not JSON').waitFor()
  },
  '/download': (page) => page.getByText('Choose a series first.').waitFor(),
  '/download?cols=': async (page) => {
    await enter(page, token)
    await openSelection(page)
    await page.getByRole('button', { name: 'All columns' }).click()
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await statusLine(page).filter({ hasText: '60 rows' }).waitFor()
  },
}

describe.skipIf(installed === undefined).each(Object.entries(READY))('%s', (path, ready) => {
  const opened = async (options = {}) => {
    const watched = await newPage(options)
    await watched.page.goto(latchkey.url + path.replace('?cols=', ''))
    await ready(watched.page)
    return watched
  }

  it.each([
    [390, 844],
    [320, 640],
    [1280, 800],
  ])('fits a screen of %d by %d without layout shift', async (width, height) => {
    const { page, faults, shift } = await opened({ viewport: { width, height }, isMobile: width < 600 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    expect(await shift()).toBeLessThan(0.1)
    expect(faults).toEqual([])
  })

  it('has headings without gaps, links to the other pages, and passes axe in light and dark', async () => {
    const { page } = await opened()
    const levels = await page.evaluate(() =>
      Array.from(document.querySelectorAll('h1,h2,h3,h4'), ({ tagName }) => Number(tagName.slice(1))),
    )
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    for (const [place, level] of levels.entries()) expect(level).toBeLessThanOrEqual((levels[place - 1] ?? 0) + 1)
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link')
    expect(await links.allTextContents()).toEqual(['Home', 'Data', 'Upload help', 'API reference'])
    const current = page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current="page"]')
    const href = await current.getAttribute('href')
    expect(new URL(href ?? '', page.url()).pathname).toBe(new URL(page.url()).pathname)
    const { violations, passes } = await checkAccessibility(page)
    expect(passes).toBeGreaterThan(15)
    expect(violations).toEqual([])
    expect((await checkDarkColors(page)).violations).toEqual([])
  })
})

describe.skipIf(installed === undefined)('the page at /', () => {
  it('shows stage, version and health', async () => {
    const { page } = await newPage()
    await page.goto(latchkey.url)
    await page.getByText('ok: all tables respond').waitFor()
    expect(await page.locator('#stage').textContent()).toBe('local')
    expect(await page.locator('#version').textContent()).toMatch(/^\d+\.\d+\.\d+$/)
    expect(await page.locator('#address').textContent()).toBe(`${latchkey.url}/`)
  })

  it('lists the tables that do not respond', async () => {
    latchkey.database.plan = (command, body) =>
      command === 'DescribeTable' && body.includes('tokens') ? 'failing' : undefined
    const { page } = await newPage()
    await page.goto(latchkey.url)
    await page.getByText('degraded: no response from tokens').waitFor()
    latchkey.database.plan = () => undefined
  })

  it('is readable without JavaScript', async () => {
    const { page } = await newPage({ javaScriptEnabled: false })
    await page.goto(latchkey.url)
    expect(await page.getByText('POST /upload', { exact: true }).isVisible()).toBe(true)
    expect(await page.getByRole('link', { name: '/health', exact: true }).isVisible()).toBe(true)
  })
})

describe.skipIf(installed === undefined)('the page at /uploadhelp', () => {
  async function opened() {
    const watched = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
    const sent: string[] = []
    await watched.page.goto(`${latchkey.url}/uploadhelp`)
    watched.page.on('request', (request) => {
      const { pathname } = new URL(request.url())
      if (!pathname.startsWith('/assets/')) sent.push(`${request.method()} ${pathname}`)
    })
    return { ...watched, sent }
  }

  it('updates the checksum on input, and sends no requests', async () => {
    const { page, sent, faults } = await opened()
    await page.getByLabel('Salt (optional)').fill(SALT)
    await page.getByLabel('Data, as JSON').fill('{"time_utc":[43,23],"co2":[1223,2351]}')
    await page.getByLabel('Algorithm').selectOption('MD5')
    expect(await page.getByLabel('Content-MD5-Salted').textContent()).toBe('b71e91feb2be18ccca019914a1da5b1d')
    await page.getByLabel('Algorithm').selectOption('BLAKE2s')
    expect(await page.getByLabel('Content-BLAKE2s-Salted').textContent()).toBe(
      '552aebbd259e42db5aa7eab8c73af4a46911e2e16b78da776243487397e7680d',
    )
    expect(await page.locator('#curl').textContent()).toContain('Content-BLAKE2s-Salted: 552aebbd')
    expect(await page.locator('#arduino').textContent()).toContain('choose SHA256')
    await page.getByLabel('Format').selectOption('CSV')
    expect(await page.locator('#python').textContent()).toContain(String.raw`"time_utc,co2\n43,1223\n23,2351\n"`)
    await page.getByLabel('Auth token').fill('a.b.c')
    expect(await page.locator('#javascript').textContent()).toContain(`'Bearer a.b.c'`)
    expect(page.url()).toBe(`${latchkey.url}/uploadhelp`)
    expect(sent).toEqual([])
    expect(faults).toEqual([])
  })

  it('starts with current sample data and the URL of this deployment', async () => {
    const { page } = await opened()
    expect(await page.getByLabel('Address').inputValue()).toBe(`${latchkey.url}/upload`)
    const { time, ...columns } = JSON.parse(await page.getByLabel('Data, as JSON').inputValue())
    expect(columns).toEqual({ sensor_temperature_c: [21.5, 21.7], sensor_humidity_percent: [48, 47.5] })
    expect(time[1] - time[0]).toBe(60)
  })

  it('copies the displayed text', async () => {
    const { page } = await opened()
    await page.getByRole('button', { name: 'Copy the curl command' }).click()
    await page.getByText('Copied.').waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(copied).toBe(await page.locator('#curl').textContent())
    expect(copied).toMatch(/^curl 'http/)
  })

  it('uploads on request, and shows the response', async () => {
    const { page, sent } = await opened()
    await page.getByLabel('Salt (optional)').fill(SALT)
    await page.getByLabel('Data, as JSON').fill('{"time":[7],"tried":[1]}')
    for (const format of ['JSON', 'MessagePack']) {
      await page.getByLabel('Format').selectOption(format)
      await page.getByRole('button', { name: 'Try it' }).click()
      await page.getByText('Stored: {"saved-in-db":1}').waitFor()
    }
    expect(await latchkey.rows('default', { cols: 'time,tried', min_tried: '1' })).toEqual([{ time: 7, tried: 1 }])
    expect(sent).toEqual(['POST /upload', 'POST /upload'])
    await page.getByLabel('Salt (optional)').fill('wrong')
    await page.getByRole('button', { name: 'Try it' }).click()
    await page.getByText(/^401: A salted checksum does not match/).waitFor()
    await page.getByLabel('Data, as JSON').fill('{"time":[8]}')
    expect(await page.locator('#answer').textContent()).toBe('')
  })

  it('disables uploads to other deployments', async () => {
    const { page } = await opened()
    await page.getByLabel('Address').fill('https://other.example/upload')
    expect(await page.getByRole('button', { name: 'Try it' }).isDisabled()).toBe(true)
    expect(await page.locator('#curl').textContent()).toContain(`curl 'https://other.example/upload'`)
  })
})

describe.skipIf(installed === undefined)('pages behind a prefix', () => {
  const server = createServer(async ({ url = '', headers, method = 'GET' }, response) => {
    const { authorization = '', accept = '*/*' } = headers
    const answer = await latchkey.call(url.replace(/^\/v1/, ''), { method, headers: { authorization, accept } })
    response.statusCode = url.startsWith('/v1/') ? answer.status : 404
    for (const name of ['content-type', 'link', 'content-security-policy']) {
      const value = answer.headers.get(name)
      if (value !== null) response.setHeader(name, value)
    }
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  let url: string
  beforeAll(async () => {
    url = await listenLocally(server)
  })
  afterAll(() => closed(server))

  it('load their resources and link to each other', async () => {
    const { page, faults } = await newPage()
    await page.goto(`${url}/v1/`)
    await page.getByText('ok: all tables respond').waitFor()
    await page.getByRole('link', { name: 'Data', exact: true }).first().click()
    await enter(page, token)
    await statusLine(page).filter({ hasText: '60 rows' }).waitFor()
    expect(await page.locator('#curl').textContent()).toContain(`curl '${url}/v1/download?`)
    await page.getByRole('link', { name: 'Upload help' }).click()
    await page.getByText(`curl '${url}/v1/upload'`).waitFor()
    expect(faults).toEqual([])
  })
})
