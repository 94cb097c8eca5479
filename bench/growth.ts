import { startMeter } from './capacity.ts'
import { sensorTable } from './data.ts'
import { type Call, callHandler, registerWithToken, startBench } from './harness.ts'
import { type Figure, median, report } from './report.ts'
import { START_TIME, storeRows } from './store.ts'

/**
 * Part `growth`: what an upload, a token and a download page cost while the tables grow. The figure is the slope of cost
 * against size, both as logarithms: 0 is flat, 1 is proportional.
 */
const FLAT = 0.05
const RUNS = 15

const bench = await startBench()
const meters = await startMeter(bench.endpoint)
const load = (name: string) => bench.load(name)
const [uploadUnmetered, register, token] = [await load('upload'), await load('register'), await load('token')]
const { clientId, authorization } = await registerWithToken(bench, register, token)
await storeRows(uploadUnmetered, authorization, 'grown', 0, 1)

process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meters.endpoint
const functions = {
  upload: await bench.load('upload', '?metered'),
  token: await bench.load('token', '?metered'),
  download: await bench.load('download', '?metered'),
}

interface Cost {
  units: number
  ms: number
}
let scans = 0

/** Cost of one request: exact units, and the median of its time. */
async function measureCost(name: keyof typeof functions, callOf: (run: number) => Call): Promise<Cost> {
  const times: number[] = []
  let units = 0
  for (let run = 0; run < RUNS; run += 1) {
    const call = callOf(run)
    meters.take()
    const before = performance.now()
    await callHandler(functions[name], call)
    times.push(performance.now() - before)
    const used = meters.take()
    units = used.reads + used.writes
    scans += used.scans
  }
  return { units, ms: median(times) }
}

const headers = { authorization: `Bearer ${bench.secrets.ADMIN_TOKEN}` }
const page = (parameters: Record<string, string>): Call => ({
  method: 'GET',
  path: '/download',
  query: new URLSearchParams({ client_id: clientId, format: 'csv', number: '1000', ...parameters }).toString(),
  headers,
})
let uploadTime = 4_000_000_000
function upload(source: string): Call {
  uploadTime += 6_000
  const table = sensorTable(100, uploadTime)
  const body = JSON.stringify({ ...table, box: (table['time'] ?? []).map(() => source) })
  return { method: 'POST', path: '/upload', headers: { authorization, 'content-type': 'application/json' }, body }
}
const tokenCall: Call = {
  method: 'GET',
  path: '/token',
  query: `client_id=${clientId}`,
  headers: { accept: 'application/json' },
}

type Point = [size: number, cost: Cost]
const figures: Figure[] = []

function addSlopes(what: string, points: Point[]): void {
  const [first, last] = [points[0]?.[1], points.at(-1)?.[1]]
  const detail = (unit: keyof Cost): string => `${first?.[unit].toFixed(1)} to ${last?.[unit].toFixed(1)} ${unit}`
  const slope = (unit: keyof Cost): number =>
    fitSlope(points.map(([size, cost]) => [Math.log(size), Math.log(cost[unit])]))
  figures.push(
    { what: `${what}: slope of units`, value: slope('units'), unit: '', detail: detail('units'), atMost: FLAT },
    { what: `${what}: slope of time`, value: slope('ms'), unit: '', detail: detail('ms'), atMost: FLAT },
  )
}

/** Slope of the line through points, by least squares. */
function fitSlope(points: [number, number][]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(([px]) => px)), mean(points.map(([, py]) => py))]
  const covariance = mean(points.map(([a, b]) => (a - x) * (b - y)))
  return covariance / mean(points.map(([a]) => (a - x) ** 2))
}

const byRows = { upload: [] as Point[], token: [] as Point[], page: [] as Point[] }
let rows = 1
// The first runs are slower at any size.
for (const _ of [1, 2, 3, 4]) {
  await measureCost('upload', () => upload('grown'))
  await measureCost('token', () => tokenCall)
  await measureCost('download', () => page({}))
}
for (const size of [1e3, 1e4, 1e5, 1e6]) {
  await storeRows(uploadUnmetered, authorization, 'grown', rows, size - rows)
  rows = size
  const middle = String(START_TIME + (size / 2) * 60)
  byRows.upload.push([size, await measureCost('upload', () => upload('grown'))])
  byRows.token.push([size, await measureCost('token', () => tokenCall)])
  byRows.page.push([size, await measureCost('download', () => page({ source: 'grown', from: middle }))])
}
addSlopes('an upload of 100 rows, 10^3 to 10^6 rows of its series', byRows.upload)
addSlopes('a token, 10^3 to 10^6 rows', byRows.token)
addSlopes('a page of 1,000 rows from the middle, 10^3 to 10^6 rows', byRows.page)

const bySeries = { upload: [] as Point[], one: [] as Point[], all: [] as Point[] }
let series = 1
for (const size of [1, 10, 100, 1e3, 1e4]) {
  for (; series < size; series += Math.min(1_000, size - series)) {
    const box = Array.from({ length: Math.min(1_000, size - series) }, (_, index) => `series ${series + index}`)
    const body = JSON.stringify({ time: box.map(() => START_TIME), box, value: box.map((_, index) => index) })
    const call = { ...upload(''), body }
    await callHandler(uploadUnmetered, call)
  }
  bySeries.upload.push([size, await measureCost('upload', () => upload('grown'))])
  bySeries.one.push([size, await measureCost('download', () => page({ source: 'grown' }))])
  bySeries.all.push([size, await measureCost('download', () => page({}))])
}
addSlopes('an upload of 100 rows, 1 to 10^4 series', bySeries.upload)
addSlopes('a page of one series, 1 to 10^4 series', bySeries.one)
addSlopes('a page of all series, 1 to 10^4 series', bySeries.all)
figures.push({ what: 'scans of a table', value: scans, unit: '', atMost: 0 })

report('growth', figures)
meters.stop()
await bench.stop()
process.exit(0)
