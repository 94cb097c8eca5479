import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sensorTable } from './data.ts'
import { type Figure, medianOf, report } from './report.ts'
import { startService } from './service.ts'

/**
 * Uploads over HTTP, beside co2logserver: whole requests into the local service with its embedded database. Where
 * CO2LOGSERVER names the address of a running co2logserver, both take turns here; else what one was measured to take on
 * a like machine, with its database in memory, stands in for it.
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
let begin = 1_600_000_000

const folder = await mkdtemp(join(tmpdir(), 'latchkey-peer-'))
const service = await startService(folder, {})
try {
  const { client_id } = await service.ask('/register?callback_url=https://app.example/', { headers: service.admin })
  const { auth_token } = await service.ask(`/token?client_id=${client_id}`)
  const headers = { authorization: `Bearer ${auth_token}` }
  const figures: Figure[] = []
  for (const { rows, measured, atLeast } of SIZES) {
    await rate(service.url, rows, headers)
    const [own, theirs]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      own.push(await rate(service.url, rows, headers))
      theirs.push(peer === undefined ? measured : await rate(peer, rows, {}))
    }
    const what = `uploads of ${rows.toLocaleString('en')} rows`
    const ratios = own.map((each, round) => each / (theirs[round] ?? measured))
    figures.push(
      medianOf(what, '/s', own),
      medianOf(`${what}, co2logserver${peer === undefined ? ', elsewhere' : ''}`, '/s', theirs),
      medianOf(`${what}: times as many as co2logserver`, 'x', ratios, { atLeast }),
    )
  }
  report('peer', figures)
} finally {
  await service.kill()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)

/** Uploads a second, on several connections at once; anything but 200 ends the bench. */
async function rate(base: string, rows: number, headers: Record<string, string>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const begun = performance.now()
  let done = 0
  const one = async () => {
    while (performance.now() - begun < SECONDS * 1_000) {
      await post(`${base}/upload`, agent, { ...headers, 'content-type': 'application/json' }, nextBody(rows))
      done += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
  agent.destroy()
  return done / ((performance.now() - begun) / 1_000)
}

/** Of each size one body is made; its times begin elsewhere each time, since a repeat would store nothing. */
function nextBody(rows: number): string {
  const made = bodies.get(rows) ?? JSON.stringify({ ...sensorTable(rows, 0), time: [] })
  bodies.set(rows, made)
  begin += rows * 60
  const time = Array.from({ length: rows }, (_, row) => begin + row * 60)
  return made.replace('"time":[]', `"time":[${time.join(',')}]`)
}

function post(url: string, agent: Agent, headers: Record<string, string>, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === 200) resolve()
        else reject(new Error(`${url} answered ${answer.statusCode}`))
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
