import { startMeter } from './capacity.ts'
import { registerWithToken, startBench } from './harness.ts'
import { type Figure, median, medianOf, report } from './report.ts'
import { downloadPages, storeRows } from './store.ts'

/** Part `aggregates`: a year of one row a minute, with four sensors, by windows, compared with a download of its rows. */
const YEAR = 365 * 1_440
const RUNS = 7

const bench = await startBench()
const load = (name: string) => bench.load(name)
const { clientId, authorization } = await registerWithToken(bench, await load('register'), await load('token'))
await storeRows(await load('upload'), authorization, 'a', 0, YEAR)
const download = await load('download')

/** Milliseconds and lines of all pages of a selection as CSV. */
async function read(parameters: Record<string, string | number>) {
  const before = performance.now()
  let lines = 0
  const query = { client_id: clientId, source: 'a', format: 'csv', number: 10_000, ...parameters }
  for await (const page of downloadPages(download, bench.secrets.ADMIN_TOKEN, query))
    lines += page.split('\n').length - 2
  return { ms: performance.now() - before, lines }
}

async function measure(parameters: Record<string, string | number>): Promise<number[]> {
  await read(parameters)
  const times: number[] = []
  for (let run = 0; run < RUNS; run += 1) times.push((await read(parameters)).ms)
  return times
}

const figures: Figure[] = []
const all = await measure({})
figures.push(medianOf('a year: all rows', 'ms', all))
for (const [what, cols, target] of [
  ['one column', 'sensor_1', { atLeast: 20 }],
  ['four columns', 'sensor_0,sensor_1,sensor_2,sensor_3', {}],
] as const) {
  const rows = await measure({ cols, times: 'iso' })
  const days = await measure({ cols, every: '1d', agg: 'mean,min,max,count' })
  const ratio = (times: number[]) => median(times) / median(days)
  figures.push(
    medianOf(`a year by day, ${what}`, 'ms', days, { atMost: 300 }),
    { what: `a year by day, ${what}: times as fast as all rows`, value: ratio(all), unit: 'x', ...target },
    { what: `a year by day, ${what}: times as fast as rows of these columns`, value: ratio(rows), unit: 'x' },
  )
}
const cols = 'sensor_1'
for (const [what, parameters] of Object.entries({
  'a year by day in a time zone': { every: '1d', tz: 'Europe/Berlin' },
  'a year by hour': { every: '1h' },
  'a year by 5 minutes': { every: '5m' },
  'a year by month, median': { every: 'P1M', agg: 'median' },
  'a year as 1,000 points': { points: 1_000 },
}))
  figures.push(medianOf(`${what}, one column`, 'ms', await measure({ cols, ...parameters })))

const meters = await startMeter(bench.endpoint)
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meters.endpoint
const metered = await bench.load('download', '?metered')
const query = { client_id: clientId, source: 'a', format: 'csv', cols, every: '1d' }
for await (const _ of downloadPages(metered, bench.secrets.ADMIN_TOKEN, query));
figures.push({ what: 'a year by day', value: meters.take().reads, unit: 'read units' })
report('aggregates', figures)
meters.stop()
await bench.stop()
process.exit(0)
