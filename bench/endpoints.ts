import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import autocannon, { type Request } from 'autocannon'
import { type Figure, report } from './report.ts'
import { requestsOf } from './requests.ts'
import { isQuick } from './rounds.ts'
import { makeFolder, startService } from './service.ts'

/**
 * Part `endpoints`: the local service over HTTP, each endpoint at 1 and 64 connections. Service, embedded database, fake
 * providers and these clients share one machine.
 */
const CONNECTIONS = [1, 64]
const SECONDS = isQuick ? 0.7 : 1
const WARM_UP = { connections: 4, amount: 24 }
/** Interval in which autocannon checks the duration. */
const SAMPLE_MS = 100
const folder = await makeFolder('endpoints')
const emails = Array.from({ length: 120 }, (_, index) => `user${index}@corp.example`)
const providers = new Worker(new URL('providers-worker.ts', import.meta.url), { workerData: { emails } })
const [settings] = await once(providers, 'message')
const service = await startService(folder, {
  ...settings,
  OPEN_ENDPOINTS: 'auth,webhook,approve',
  HLSERVER_PIN_DIGITS: '8',
})
try {
  const figures: Figure[] = []
  let failed = 0
  for (const [name, request] of Object.entries(await requestsOf(service, emails))) {
    for (const connections of CONNECTIONS) {
      const measured = await measureLoad(name, request, connections)
      figures.push(measured.figure)
      failed += measured.failed
    }
  }
  figures.push({ what: 'requests that failed, of all of these', value: failed, unit: '', atMost: 0 })
  report('endpoints', figures)
} finally {
  await service.kill()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)

/** Measures throughput and latency of one endpoint, after warm-up requests that also wait for earlier work. */
async function measureLoad(name: string, request: Request, connections: number) {
  const times: number[] = []
  const target = { url: service.url, requests: [request], sampleInt: SAMPLE_MS }
  const warmUp = await autocannon({ ...target, ...WARM_UP })
  const started = performance.now()
  const running = autocannon({ ...target, connections, duration: SECONDS })
  running.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds))
  const failures = [warmUp, await running].map(
    ({ errors, timeouts, non2xx, resets }) => errors + timeouts + non2xx + resets,
  )
  const seconds = (performance.now() - started) / 1_000
  const failed = failures.reduce((sum, count) => sum + count, 0)
  if (failed > 0) console.error(`${name}, ${connections} connections: ${failed} failed`)
  const sorted = times.toSorted((a, b) => a - b)
  const percentile = (share: number) => `${(sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1)} ms`
  const detail = `p50 ${percentile(0.5)}, p99 ${percentile(0.99)}`
  return { figure: { what: `${name} at ${connections}`, value: times.length / seconds, unit: '/s', detail }, failed }
}
