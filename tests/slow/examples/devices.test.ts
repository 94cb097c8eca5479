// @module-tag local-only
// It runs the programs of examples/, which are the same for a deployment.
import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { loadMicroPython } from '@micropython/micropython-webassembly-pyscript/micropython.mjs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

/** When the simulated devices start. */
const STARTED = 1_772_442_000

let latchkey: Latchkey
let clientId: string
let salt: string
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-examples-'))
  latchkey = await startLatchkey()
})
beforeEach(async () => {
  salt = randomUUID()
  clientId = (await latchkey.register({ scope: 'upload', checksum_salt: salt })).client_id
})
afterAll(async () => {
  await latchkey.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface DeviceRequest {
  status: number
  url: string
  headers: Record<string, string>
  body: string
}

const uploaded = z.object({
  time: z.array(z.number()),
  temperature_c: z.array(z.number()),
  box: z.literal('greenhouse'),
})
const timesOf = ({ body }: DeviceRequest) => uploaded.parse(JSON.parse(body)).time

/** Sends the requests that the simulated server has accepted to Latchkey. Returns the times that are stored. */
async function timesStored(requests: readonly DeviceRequest[]): Promise<unknown[]> {
  for (const { status, url, headers, body } of requests) {
    if (status !== 200) continue
    const { pathname, search } = new URL(url)
    const answer = await latchkey.call(pathname + search, { method: 'POST', headers, body })
    expect(await answer.json()).toEqual({ 'saved-in-db': timesOf({ status, url, headers, body }).length })
  }
  const rows = await latchkey.rows(clientId, { source: 'greenhouse', cols: 'time' })
  return rows.map(({ time }) => time)
}

describe.skipIf(spawnSync('g++', ['--version']).status !== 0)('esp32', () => {
  /** Runs the sketch for some hours. The statuses are those of its first uploads; later ones succeed. */
  function simulate(hours: number, ...statuses: number[]): (DeviceRequest & { at: number })[] {
    const output = execFileSync(`${folder}/sketch`, [hours, ...statuses].map(String), {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return output
      .toString()
      .trim()
      .split('\n')
      .map((line) => {
        const [at, status, url = '', key = '', header = '', body = ''] = line.split('\t')
        expect([url, key, header]).toEqual([
          'https://latchkey.example/upload',
          'your client id:your device key',
          'Content-Type: application/json',
        ])
        const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${btoa(`${clientId}:${salt}`)}` }
        return { at: Number(at) / 1000, status: Number(status), url, headers, body }
      })
  }

  beforeAll(() => {
    const support = 'tests/support/arduino'
    const sketch = `-DSKETCH="${resolve('examples/esp32/esp32.ino')}"`
    execFileSync('g++', ['-std=c++17', '-Wall', `-I${support}`, sketch, '-o', `${folder}/sketch`, `${support}/run.cpp`])
  })

  it('stores a row every minute, also of minutes without a connection', async () => {
    const requests = simulate(1, -1, 503, 500)
    const [first, second, third, fourth] = requests.map(({ at }) => at)
    // Jitter adds up to a quarter. The header Retry-After of the 503 is 300 s.
    expect(Number(second) - Number(first)).toBeLessThanOrEqual(75)
    expect(Number(third) - Number(second)).toBeGreaterThanOrEqual(300)
    expect(Number(fourth) - Number(third)).toBeGreaterThanOrEqual(240)
    const minutes = Array.from({ length: 59 }, (_, minute) => STARTED + 60 * (minute + 1))
    expect((await timesStored(requests)).slice(0, 59)).toEqual(minutes)
  })

  it('keeps the newest 720 rows of a long outage, and uploads them in batches', () => {
    const requests = simulate(20, ...Array.from({ length: 18 }, () => -1))
    const batches = requests.filter(({ status }) => status === 200).map(timesOf)
    expect(batches.slice(0, 7).map(({ length }) => length)).toEqual([120, 120, 120, 120, 120, 120, 1])
    const times = batches.flat()
    expect(new Set(times).size).toBe(times.length)
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    const failures = requests.filter(({ status }) => status !== 200)
    expect(failures.every(({ at }, index) => index === 0 || at - (failures[index - 1]?.at ?? 0) <= 75 * 60)).toBe(true)
  })
})

describe('micropython', () => {
  /** Runs the program under MicroPython for some minutes. The statuses are those of its first uploads. */
  async function simulate(minutes: number, ...statuses: number[]): Promise<DeviceRequest[]> {
    const requests: DeviceRequest[] = []
    const python = await loadMicroPython({ stdout: () => undefined })
    python.registerJsModule('board', {
      post(url: string, body: string, type: string, checksum: string): number {
        const status = statuses.shift() ?? 200
        const headers = { 'Content-Type': type, 'Content-SHA256-Salted': checksum }
        requests.push({ status, url, headers, body })
        return status
      },
    })
    const program = readFileSync('examples/micropython/main.py', 'utf8')
      .replace("'your client id'", JSON.stringify(clientId))
      .replace("'your salt'", JSON.stringify(salt))
    python.runPython(`STARTED = ${STARTED}\nMINUTES = ${minutes}\nPROGRAM = ${JSON.stringify(program)}`)
    python.runPython(readFileSync('tests/support/board.py', 'utf8'))
    return requests
  }

  it('stores a row every minute, also of minutes without a connection', async () => {
    const requests = await simulate(40, -1, 503, 500)
    expect(requests.map(({ status }) => status).slice(0, 4)).toEqual([-1, 503, 500, 200])
    const times = await timesStored(requests)
    expect(times).toHaveLength(40)
    expect(new Set(requests.flatMap(timesOf))).toEqual(new Set(times))
  })

  it('keeps the newest 360 rows of a long outage', async () => {
    const requests = await simulate(500, ...Array.from({ length: 300 }, () => -1))
    const failed = requests.filter(({ status }) => status !== 200)
    expect(failed.length).toBeGreaterThan(40)
    const oldest = timesOf(failed.at(-1) ?? failed[0] ?? expect.unreachable())[0] ?? 0
    expect(oldest).toBeGreaterThan(STARTED + 100 * 50)
  })
})
