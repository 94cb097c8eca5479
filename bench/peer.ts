import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { type Co2logserver, installCo2logserver, startCo2logserver } from './co2logserver.ts'
import { sensorTable } from './data.ts'
import { type Aim, type Figure, medianOf, report } from './report.ts'
import { rounds } from './rounds.ts'
import { makeFolder, type Service, startService } from './service.ts'
import { pagesOf } from './stored.ts'
import { ratios, runInTurns } from './turns.ts'

/**
 * Part `peer`: uploads and a download over HTTP, by the local service and by co2logserver in turns. Both store on disk; a
 * second co2logserver has its database in memory. At first, each has a week of a sensor with a row a minute. The local
 * service is warm: V8 compiles its code during some 2,000 uploads. Left out without Python 3 or PyPI.
 */
interface Size {
  rows: number
  connections: number
  /** Aims compared with co2logserver on disk, and in memory. */
  disk: Aim
  memory: Aim
}
const SIZES = [
  { rows: 1, connections: 16, disk: { atLeast: 1.4 }, memory: { atLeast: 1.1 } },
  { rows: 100, connections: 16, disk: { atLeast: 50 }, memory: { atLeast: 10 } },
  // On disk, co2logserver needs more than a second for each, one after another.
  { rows: 1_000, connections: 4, disk: { atLeast: 280 }, memory: { atLeast: 60 } },
] as const satisfies Size[]
const PLACES = ['disk', 'memory'] as const
const WEEK = 7 * 1_440
const WARM_UPLOADS = 2_500
const MEASURED_MS = 1_500
const DOWNLOAD = { rows: 100_000, uploaded: 1_000, atLeast: 4 }
/** On Linux, a folder in memory. */
const MEMORY = '/dev/shm'

interface Server {
  url: string
  headers: Record<string, string>
}
type Peer = Co2logserver & Server

let nextTime = 1_600_000_000
const templates = new Map<number, string>()

const missing = await installCo2logserver()
if (missing === null) await measure()
else console.error(`peer: left out. ${missing}`)
process.exit(0)

async function measure(): Promise<void> {
  const onDisk = await makeFolder('peer')
  const inMemory = existsSync(MEMORY) ? await mkdtemp(`${MEMORY}/latchkey-peer-`) : null
  const service = await startService(`${onDisk}/latchkey`, {})
  const peers: Peer[] = []
  const startPeer = async (folder: string, mostRows?: number): Promise<Peer> => {
    const peer = { ...(await startCo2logserver(folder, mostRows)), headers: {} }
    peers.push(peer)
    return peer
  }
  try {
    const { client_id: clientId = '' } = await service.fetchJson('/register?callback_url=https://app.example/', {
      headers: service.admin,
    })
    const { auth_token } = await service.fetchJson(`/token?client_id=${clientId}`)
    const latchkey = { url: service.url, headers: { authorization: `Bearer ${auth_token}` } }
    const disk = await startPeer(`${onDisk}/co2logserver`)
    const memory = inMemory === null ? null : await startPeer(`${inMemory}/uploads`)
    const uploads = await compareUploads(latchkey, { disk, memory })
    const reader = await startPeer(`${inMemory ?? onDisk}/download`, DOWNLOAD.rows)
    report('peer', [...uploads, ...(await compareDownloads(service, clientId, latchkey, reader))])
  } finally {
    await Promise.all([service.kill(), ...peers.map((peer) => peer.stop())])
    for (const folder of [onDisk, inMemory]) if (folder) await rm(folder, { recursive: true, force: true })
  }
}

async function compareUploads(
  latchkey: Server,
  peers: Record<(typeof PLACES)[number], Peer | null>,
): Promise<Figure[]> {
  await post(latchkey, '/upload', nextBody(WEEK))
  await uploadRepeatedly(latchkey, SIZES[0], (uploads) => uploads < WARM_UPLOADS)
  for (const place of PLACES) {
    const peer = peers[place]
    if (!peer) continue
    await post(peer, '/upload', nextBody(WEEK / 10))
    await peer.multiply(10)
  }
  const figures: Figure[] = []
  for (const size of SIZES) {
    const rates = { latchkey: [] as number[], disk: [] as number[], memory: [] as number[] }
    await measureRate(latchkey, size)
    for (let round = 0; round < rounds(3); round += 1) {
      rates.latchkey.push(await measureRate(latchkey, size))
      for (const place of PLACES) {
        const peer = peers[place]
        if (!peer) continue
        await peer.reset()
        rates[place].push(await measureRate(peer, size))
      }
    }
    const what = `uploads of ${size.rows.toLocaleString('en')} rows`
    figures.push(medianOf(what, '/s', rates.latchkey))
    for (const place of PLACES) {
      if (!peers[place]) continue
      const name = place === 'disk' ? 'co2logserver on disk' : 'co2logserver in memory'
      figures.push(
        medianOf(`${what}, ${name}`, '/s', rates[place]),
        medianOf(`${what}: times as many as ${name}`, 'x', ratios(rates.latchkey, rates[place]), size[place]),
      )
    }
  }
  return figures
}

/** 100,000 rows as CSV: all pages of them, or all at once by co2logserver. */
async function compareDownloads(service: Service, clientId: string, latchkey: Server, peer: Peer): Promise<Figure[]> {
  const { rows, uploaded, atLeast } = DOWNLOAD
  await post(peer, '/upload', nextBody(uploaded))
  await peer.multiply(rows / uploaded)
  for (let stored = 0; stored < rows; stored += rows / 4) await post(latchkey, '/upload?box=all', nextBody(rows / 4))
  const path = `/download?client_id=${clientId}&source=all&format=csv&number=10000`
  // As curl: co2logserver never compresses.
  const admin = { ...service.admin, 'accept-encoding': 'identity' }
  const download = {
    latchkey: () => Array.fromAsync(pagesOf({ url: service.url, admin }, path)),
    co2logserver: () => Array.fromAsync(pagesOf({ url: peer.url, admin }, `/download?format=csv&number=${rows}`)),
  }
  const times = await runInTurns(['latchkey', 'co2logserver'], rounds(5), 1, async (kind) => {
    const pages = await download[kind]()
    const lines = pages.reduce((sum, page) => sum + page.trimEnd().split('\n').length - 1, 0)
    if (lines !== rows) throw new Error(`${kind} returned ${lines} rows.`)
  })
  const what = `${rows.toLocaleString('en')} rows as CSV`
  return [
    medianOf(what, 'ms', times('latchkey')),
    medianOf(`${what}, co2logserver`, 'ms', times('co2logserver')),
    medianOf(`${what}: times as fast as co2logserver`, 'x', ratios(times('co2logserver'), times('latchkey')), {
      atLeast,
    }),
  ]
}

/** Uploads per second. */
async function measureRate(server: Server, size: Size): Promise<number> {
  const startedAt = performance.now()
  const done = await uploadRepeatedly(server, size, () => performance.now() - startedAt < MEASURED_MS)
  return done / ((performance.now() - startedAt) / 1_000)
}

/** Uploads on several connections, each while `continues`. Returns how many. Throws for any status but 200. */
async function uploadRepeatedly(
  server: Server,
  { rows, connections }: Size,
  continues: (uploads: number) => boolean,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let done = 0
  const useConnection = async () => {
    while (continues(done)) {
      await post(server, '/upload', nextBody(rows), agent)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, useConnection))
  agent.destroy()
  return done
}

/** Reuses one body per size with other times, since a repeat would store nothing. */
function nextBody(rows: number): string {
  const template = templates.get(rows) ?? JSON.stringify({ ...sensorTable(rows, 0), time: [] })
  templates.set(rows, template)
  nextTime += rows * 60
  const time = Array.from({ length: rows }, (_, row) => nextTime + row * 60)
  return template.replace('"time":[]', `"time":[${time.join(',')}]`)
}

function post({ url, headers }: Server, path: string, body: string, agent?: Agent): Promise<void> {
  const all = { ...headers, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, { method: 'POST', agent, headers: all }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve()
        else reject(new Error(`${url} returned ${response.statusCode}`))
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
