import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { installed, startBrowser } from './browser.ts'
import { freePort } from './free-port.ts'
import { readRun } from './run-file.ts'
import { readSecrets } from './secrets-file.ts'

/** `npm run screenshot`: writes docs/images/data-page.png, the data page with three days of measurements. */

const FILE = 'docs/images/data-page.png'
const START = Date.UTC(2026, 2, 2) / 1000
const MINUTES = 3 * 24 * 60
const START_TIMEOUT_MS = 60_000

/** CO2 and temperature of an office: people come at eight and leave at five, and open a window at noon. */
function measurements() {
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

async function waitForRun(folder: string): Promise<string> {
  const end = Date.now() + START_TIMEOUT_MS
  while (Date.now() < end) {
    const run = await readRun(folder)
    if (run) return run.url
    await setTimeout(200)
  }
  throw new Error('Latchkey did not start within a minute.')
}

async function upload(url: string, adminToken: string): Promise<string> {
  const json = async <T>(path: string, schema: z.ZodType<T>, init: RequestInit): Promise<T> => {
    const response = await fetch(url + path, init)
    if (!response.ok) throw new Error(`${path} returned ${response.status}: ${await response.text()}`)
    return schema.parse(await response.json())
  }
  const { client_id } = await json('/register?callback_url=https://app.example/', z.object({ client_id: z.string() }), {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  const { auth_token } = await json(`/token?client_id=${client_id}`, z.object({ auth_token: z.string() }), {
    headers: { accept: 'application/json' },
  })
  await json('/upload', z.unknown(), {
    method: 'POST',
    headers: { authorization: `Bearer ${auth_token}`, 'content-type': 'application/json' },
    body: JSON.stringify(measurements()),
  })
  return client_id
}

async function photograph(url: string, adminToken: string, clientId: string): Promise<void> {
  const browser = await startBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 830 } })
    await page.goto(`${url}/download?client_id=${clientId}`)
    await page.getByLabel('Token', { exact: true }).fill(adminToken)
    await page.getByRole('button', { name: 'List the series' }).click()
    await page.locator('#canvases canvas').nth(1).waitFor()
    await page.locator('#status').filter({ hasText: 'rows' }).waitFor()
    await page.locator('.workplace').scrollIntoViewIfNeeded()
    await page.screenshot({ path: FILE })
  } finally {
    await browser.close()
  }
}

async function main(): Promise<void> {
  if (installed === undefined) throw new Error('There is no Chromium: install it, or set CHROMIUM_PATH.')
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-screenshot-'))
  const env = { ...process.env, LATCHKEY_FOLDER: folder, PORT: String(await freePort()), OSEM_UPLOAD: 'false' }
  const latchkey = spawn(process.execPath, ['dev/start.ts'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const exit = once(latchkey, 'exit')
  try {
    const url = await waitForRun(folder)
    const adminToken = (await readSecrets(folder))?.ADMIN_TOKEN ?? ''
    await photograph(url, adminToken, await upload(url, adminToken))
    console.log(`Wrote ${FILE}.`)
  } finally {
    latchkey.kill('SIGTERM')
    await exit
    await rm(folder, { recursive: true, force: true })
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
