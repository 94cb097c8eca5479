import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import autocannon from 'autocannon'
import { packageTemplate } from '../dev/package-template.ts'
import { readRun } from '../dev/run-file.ts'
import { readTemplate } from '../dev/template.ts'
import { descendants } from '../tests/support/local-run.ts'
import { medianOf, report } from './report.ts'
import { requestsOf } from './requests.ts'
import { startService } from './service.ts'

/**
 * Part `appetite`: the memory of `npm start`, idle and with 64 clients at many endpoints, and the first response of each
 * function. The memory is the sum of the resident sets of all processes. Their proportional shares would be smaller while
 * other programs run Node. Linux only. For a quick trial: `node bench/appetite.ts --seconds 5 --settle 5 --idle 5`.
 */
const CLIENTS = 64
const SAMPLE_MS = 500
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '45' },
    /** Seconds until the threads of the start have ended, and V8 has returned their memory. */
    settle: { type: 'string', default: '25' },
    idle: { type: 'string', default: '15' },
  },
})
const OPEN_ENDPOINTS = 'start,onboarding-url,auth,webhook,approve'
const NODE_OPTIONS = `--import=${new URL('../dev/require-node.mjs', import.meta.url).href}`

/** Megabytes of a process; 0 if it has ended. */
async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
}

/** The memory of a process and of those that it has started, every half second while `during` lasts. */
async function sampleMemory(pid: number, during: Promise<unknown>): Promise<number[]> {
  const samples: number[] = []
  let isOver = false
  const end = () => {
    isOver = true
  }
  during.then(end, end)
  while (!isOver) {
    const each = await Promise.all([pid, ...descendants(pid)].map(residentMegabytes))
    samples.push(each.reduce((sum, megabytes) => sum + megabytes, 0))
    await sleep(SAMPLE_MS)
  }
  return samples
}

/** Milliseconds until the first response of each function, to a request without credentials on one of its routes. */
async function firstResponses(url: string, routes: ReadonlyMap<string, string>): Promise<number[]> {
  const routeOf = new Map([...routes].map(([route, functionName]) => [functionName, route]))
  const times: number[] = []
  for (const route of routeOf.values()) {
    const [method = 'GET', path = '/nothing'] = route === '$default' ? [] : route.split(' ')
    const started = performance.now()
    const response = await fetch(url + path.replace(/\{\w+\}/g, 'none'), { method, redirect: 'manual' })
    await response.arrayBuffer()
    times.push(performance.now() - started)
  }
  return times
}

if (process.platform !== 'linux') process.exit(0)
const { routes } = await readTemplate(await packageTemplate('local'))
const folder = await mkdtemp(join(tmpdir(), 'latchkey-appetite-'))
const emails = Array.from({ length: 120 }, (_, index) => `user${index}@corp.example`)
const providers = new Worker(new URL('providers-worker.ts', import.meta.url), { workerData: { emails } })
const [settings] = await once(providers, 'message')
const service = await startService(folder, {
  ...settings,
  HLSERVER_PIN_DIGITS: '8',
  OPEN_ENDPOINTS,
  NODE_OPTIONS,
  POWERTOOLS_LOG_LEVEL: 'SILENT',
})
try {
  await sleep(Number(values.settle) * 1_000)
  const pid = (await readRun(folder))?.pid ?? 0
  const idle = await sampleMemory(pid, sleep(Number(values.idle) * 1_000))
  const times = await firstResponses(service.url, routes)
  const requests = Object.values(await requestsOf(service, emails))
  const share = Math.floor(CLIENTS / requests.length)
  let total = 0
  const running = requests.map((request, index) => {
    const connections = share + (index < CLIENTS - share * requests.length ? 1 : 0)
    const run = autocannon({ url: service.url, requests: [request], connections, duration: Number(values.seconds) })
    run.on('response', () => {
      total += 1
    })
    return run
  })
  const loaded = await sampleMemory(pid, Promise.all(running))
  report('appetite', [
    medianOf('memory, idle', 'MB', idle),
    { what: 'memory, idle: most', value: Math.max(...idle), unit: 'MB', atMost: 250 },
    medianOf(`memory, ${CLIENTS} clients`, 'MB', loaded),
    { what: `requests of ${CLIENTS} clients`, value: total, unit: '' },
    { what: `memory, ${CLIENTS} clients: most`, value: Math.max(...loaded), unit: 'MB', atMost: 1_000 },
    medianOf(`first response of ${times.length} functions`, 'ms', times),
    { what: 'first response: slowest', value: Math.max(...times), unit: 'ms', atMost: 1_000 },
  ])
} finally {
  await service.kill()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)
