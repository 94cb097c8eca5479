import { startFakeOpenSenseMap } from '../dev/fakes/opensensemap.ts'
import { callHandler, registerWithToken, startBench } from './harness.ts'
import { type Figure, report } from './report.ts'

const BOXES = 10
const ROWS = 2_000
const COLUMNS = ['bme_temperature_c', 'bme_humidity_percent', 'bme_pressure_hpa', 'scd30_co2_ppm', 'sds_pm10_ug_m3']
const MINUTE_MS = 60_000
/** The function's time-out. */
const RUN_MS = 60_000

/**
 * Part `forwarding`: requests to the fake openSenseMap, which allows 15 posts a minute. Minutes are simulated by moving
 * the clock between two runs, so that the results do not depend on the machine.
 */
const fake = await startFakeOpenSenseMap()
const bench = await startBench({ ...fake.settings, OSEM_DEFAULT_POSITION: '48.52,9.05', OSEM_NAME: 'bench' })
const load = (name: string) => bench.load(name)
const [upload, forward] = [await load('upload'), await load('forward-measurements')]
const { authorization } = await registerWithToken(bench, await load('register'), await load('token'))
const figures: Figure[] = []

const realNow = Date.now
let shift = 0
Date.now = () => realNow() + shift

async function runRound(
  title: string,
  rows: number,
  start: number,
  targets: { calls: number; aMinute: number } | null,
) {
  for (let box = 0; box < BOXES; box += 1) {
    const time = Array.from({ length: rows }, (_, row) => start + row)
    const readings = COLUMNS.map((name, column) => [name, time.map((_, row) => column * 100 + (row % 90))] as const)
    const body = JSON.stringify({ box: time.map(() => `box ${box}`), time, ...Object.fromEntries(readings) })
    const headers = { authorization, 'content-type': 'application/json' }
    await callHandler(upload, { method: 'POST', path: '/upload', headers, body })
  }
  const total = BOXES * rows * COLUMNS.length
  const expected = fake.measurements.length + total
  const calls = fake.calls.length
  const perMinute: number[] = []
  while (fake.measurements.length < expected) {
    shift += MINUTE_MS + 1
    const before = fake.measurements.length
    await forward({}, { getRemainingTimeInMillis: () => RUN_MS })
    perMinute.push(fake.measurements.length - before)
  }
  const what = `${total.toLocaleString('en')} measurements of ${BOXES} boxes, ${title}`
  figures.push(
    { what: `${what}: calls`, value: fake.calls.length - calls, unit: '', ...(targets && { atMost: targets.calls }) },
    {
      what: `${what}: most in a minute`,
      value: Math.max(...perMinute),
      unit: '',
      ...(targets && { atLeast: targets.aMinute }),
    },
  )
}
const hour = Math.floor(realNow() / 1000) - 86_400
await runRound('still to be made', ROWS, hour, null)
await runRound('that are known', ROWS, hour + ROWS, { calls: 50, aMinute: 20_000 })
await runRound('one row each', 1, hour + 2 * ROWS, null)
Date.now = realNow

report('forwarding', figures)
await fake.stop()
await bench.stop()
process.exit(0)
