import { startMeter } from './capacity.ts'
import { registerWithToken, startBench } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'
import { isQuick, rounds } from './rounds.ts'
import { downloadPages, storeRows } from './store.ts'
import { ratios, runInTurns } from './turns.ts'

/** Part `aggregates`: a year of one row a minute, with four sensors, by windows, compared with a download of its rows. */
const YEAR = 365 * 1_440

const bench = await startBench()
const load = (name: string) => bench.load(name)
const { clientId, authorization } = await registerWithToken(bench, await load('register'), await load('token'))
await storeRows(await load('upload'), authorization, 'a', 0, YEAR)
const download = await load('download')

type Parameters = Record<string, string | number>
/** Reads all pages of a selection as CSV. */
async function read(parameters: Parameters = {}): Promise<void> {
  const query = { client_id: clientId, source: 'a', format: 'csv', number: 10_000, ...parameters }
  for await (const _ of downloadPages(download, bench.secrets.ADMIN_TOKEN, query));
}

const DAYS = { every: '1d', agg: 'mean,min,max,count' }
const FOUR = 'sensor_0,sensor_1,sensor_2,sensor_3'
const SELECTIONS: Record<string, Parameters> = {
  'as all rows': {},
  'as rows of one column': { cols: 'sensor_1', times: 'iso' },
  'by day, one column': { cols: 'sensor_1', ...DAYS },
  'by day, four columns': { cols: FOUR, ...DAYS },
  'by day in a time zone, one column': { cols: 'sensor_1', every: '1d', tz: 'Europe/Berlin' },
  'by hour, one column': { cols: 'sensor_1', every: '1h' },
  'by 5 minutes, one column': { cols: 'sensor_1', every: '5m' },
  'by month, median, one column': { cols: 'sensor_1', every: 'P1M', agg: 'median' },
  'as 1,000 points, one column': { cols: 'sensor_1', points: 1_000 },
}
const names = isQuick ? ['as all rows', 'by day, one column'] : Object.keys(SELECTIONS)

const times = await runInTurns(names, rounds(3), 1, (name) => read(SELECTIONS[name]))
const figures: Figure[] = names.map((name) => medianOf(`a year ${name}`, 'ms', times(name)))
for (const [days, rows, aim] of [
  ['by day, one column', 'as all rows', { atLeast: 20 }],
  ['by day, one column', 'as rows of one column', {}],
  ['by day, four columns', 'as all rows', {}],
] as const) {
  if (!names.includes(rows) || !names.includes(days)) continue
  const what = `a year ${days}: times as fast as ${rows.replace('as ', '')}`
  figures.push(medianOf(what, 'x', ratios(times(rows), times(days)), aim))
}

const meters = await startMeter(bench.endpoint)
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meters.endpoint
const metered = await bench.load('download', '?metered')
const query = { client_id: clientId, source: 'a', format: 'csv', cols: 'sensor_1', every: '1d' }
for await (const _ of downloadPages(metered, bench.secrets.ADMIN_TOKEN, query));
figures.push({ what: 'a year by day: units', value: meters.take().reads, unit: 'read units' })
report('aggregates', figures)
meters.stop()
await bench.stop()
process.exit(0)
