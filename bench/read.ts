import { startMeter } from './capacity.ts'
import { sensorTable } from './data.ts'
import { callHandler, registerWithToken, startBench } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'
import { downloadPages, START_TIME, storeRows } from './store.ts'

/** Part `read`: time to read a million rows in pages, a day that was sent as it grew, and narrow ranges. */
const MILLION = 1_000_000

const bench = await startBench()
const meters = await startMeter(bench.endpoint)
const load = (name: string) => bench.load(name)
const { clientId, authorization } = await registerWithToken(bench, await load('register'), await load('token'))
await storeRows(await load('upload'), authorization, 'a', 0, MILLION)
const download = await load('download')
const readPages = (parameters: Record<string, string | number>) =>
  downloadPages(download, bench.secrets.ADMIN_TOKEN, {
    client_id: clientId,
    number: 10_000,
    source: 'a',
    ...parameters,
  })

/** Milliseconds, rows and the largest growth of the process in bytes. */
async function readAll(format: string, range: Record<string, number> = {}) {
  globalThis.gc?.()
  const [before, memory] = [performance.now(), process.memoryUsage.rss()]
  let [rows, growth] = [0, 0]
  for await (const page of readPages({ format, ...range })) {
    rows += page.split('\n').length - (format === 'csv' ? 2 : 1)
    growth = Math.max(growth, process.memoryUsage.rss() - memory)
  }
  return { ms: performance.now() - before, rows, growth }
}

const figures: Figure[] = []
await readAll('csv', { to: START_TIME + 100_000 * 60 })
for (const format of ['csv', 'ndjson']) {
  const { ms, rows, growth } = await readAll(format)
  if (rows !== MILLION) throw new Error(`${rows} rows of ${format} were read`)
  figures.push(
    { what: `1,000,000 rows as ${format.toUpperCase()}`, value: ms / 1000, unit: 's' },
    { what: `1,000,000 rows as ${format.toUpperCase()}: memory grows by`, value: growth / 1e6, unit: 'MB' },
  )
}

// A file of a day that was sent every half hour, as it grew, and the same file sent once.
const upload = await load('upload')
const day = sensorTable(1_440, START_TIME)
const uploadStart = async (source: string, rows: number) => {
  const columns = Object.entries(day).map(([name, cells]) => [name, cells.slice(0, rows)])
  const body = JSON.stringify({ ...Object.fromEntries(columns), box: source })
  const headers = { authorization, 'content-type': 'application/json' }
  await callHandler(upload, { method: 'POST', path: '/upload', headers, body })
}
await uploadStart('once', 1_440)
for (let rows = 30; rows <= 1_440; rows += 30) await uploadStart('growing', rows)
const readDay = async (source: string): Promise<number> => {
  const started = performance.now()
  for await (const page of readPages({ format: 'csv', source })) {
    if (page.split('\n').length !== 1_442) throw new Error(`${source}: the rows are not those of one day`)
  }
  return performance.now() - started
}
const overlapRatios: number[] = []
for (let run = 0; run < 5; run += 1) overlapRatios.push((await readDay('growing')) / (await readDay('once')))
figures.push(medianOf('a day sent 48 times as it grew, times as slow as sent once', 'x', overlapRatios))

process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meters.endpoint
const metered = await bench.load('download', '?metered')
const extraBlocks: number[] = []
for (const [first, rows] of [
  [500_000, 1],
  [499_990, 20],
  [300_000, 1_440],
  [123_456, 5_000],
] as const) {
  const range = { from: START_TIME + first * 60, to: START_TIME + (first + rows - 1) * 60 }
  const query = { client_id: clientId, source: 'a', format: 'csv', number: 10_000, ...range }
  for await (const _ of downloadPages(metered, bench.secrets.ADMIN_TOKEN, query)) meters.take()
  for await (const page of downloadPages(metered, bench.secrets.ADMIN_TOKEN, query)) {
    const rowsRead = page.split('\n').length - 2
    if (rowsRead !== rows) throw new Error(`${rowsRead} rows were read instead of ${rows}`)
    const needed = Math.floor((first + rows - 1) / 1_440) - Math.floor(first / 1_440) + 1
    extraBlocks.push(meters.take().items - needed)
  }
}
figures.push(
  medianOf('a narrow range of a million rows: blocks read beyond those that hold it', '', extraBlocks, { atMost: 2 }),
)
report('read', figures)
meters.stop()
await bench.stop()
process.exit(0)
