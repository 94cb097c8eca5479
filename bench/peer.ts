import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sensorTable } from './data.ts'
import { type Figure, medianOf, report } from './report.ts'
import { startService } from './service.ts'

/**
 * Part `peer`: uploads over HTTP into the local service with its embedded database, compared with co2logserver. If
 * CO2LOGSERVER is the URL of a running co2logserver, both run in turns. Otherwise earlier figures are used, from a similar
 * machine with the database in memory.
 */
const SIZES = [
  { rows: 1, measured: 860, atLeast: 1.5 },
  { rows: 100, measured: 99, atLeast: 14 },
  { rows: 1_000, measured: 9.9, atLeast: 60 },
]
const CONNECTIONS = 16
const ROUNDS = 3
const SECONDS = 2
const peer = process.env['CO2LOGSERVER']

const bodies = new Map<number, string>()
let start = 1_600_000_000

const folder = await mkdtemp(join(tmpdir(), 'latchkey-peer-'))
const service = await startService(folder, {})
try {
  const { client_id } = await service.fetchJson('/register?callback_url=https://app.example/', {
    headers: service.admin,
  })
  const { auth_token } = await service.fetchJson(`/token?client_id=${client_id}`)
  const headers = { authorization: `Bearer ${auth_token}` }
  const figures: Figure[] = []
  for (const { rows, measured, atLeast } of SIZES) {
    await measureRate(service.url, rows, headers)
    const [latchkey, co2logserver]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      latchkey.push(await measureRate(service.url, rows, headers))
      co2logserver.push(peer === undefined ? measured : await measureRate(peer, rows, {}))
    }
    const what = `uploads of ${rows.toLocaleString('en')} rows`
    const ratios = latchkey.map((rate, round) => rate / (co2logserver[round] ?? measured))
    figures.push(
      medianOf(what, '/s', latchkey),
      medianOf(`${what}, co2logserver${peer === undefined ? ', elsewhere' : ''}`, '/s', co2logserver),
      medianOf(`${what}: times as many as co2logserver`, 'x', ratios, { atLeast }),
    )
  }
  report('peer', figures)
} finally {
  await service.kill()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)

/** Uploads per second, on several connections at once. Throws for any status but 200. */
async function measureRate(base: string, rows: number, headers: Record<string, string>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const startedAt = performance.now()
  let done = 0
  const uploadRepeatedly = async () => {
    while (performance.now() - startedAt < SECONDS * 1_000) {
      await post(`${base}/upload`, agent, { ...headers, 'content-type': 'application/json' }, nextBody(rows))
      done += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, uploadRepeatedly))
  agent.destroy()
  return done / ((performance.now() - startedAt) / 1_000)
}

/** Reuses one body per size with other times, since a repeat would store nothing. */
function nextBody(rows: number): string {
  const template = bodies.get(rows) ?? JSON.stringify({ ...sensorTable(rows, 0), time: [] })
  bodies.set(rows, template)
  start += rows * 60
  const time = Array.from({ length: rows }, (_, row) => start + row * 60)
  return template.replace('"time":[]', `"time":[${time.join(',')}]`)
}

function post(url: string, agent: Agent, headers: Record<string, string>, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`${url} returned ${response.statusCode}`))
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
