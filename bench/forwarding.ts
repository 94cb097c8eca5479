import type { FakeOpenSenseMap } from '../dev/fakes/opensensemap.ts'

const BOXES = 10
const ROWS = 2_000
const COLUMNS = ['bme_temperature_c', 'bme_humidity_percent', 'bme_pressure_hpa', 'scd30_co2_ppm', 'sds_pm10_ug_m3']
const MINUTE_MS = 60_000
/** The function's time-out. */
const RUN_MS = 60_000

/**
 * Counts what forwarding asks of openSenseMap, at the fake, which keeps to 15 posts a minute. Minutes are simulated: the
 * clock is moved on between two runs, so that nothing here depends on how fast the machine is.
 */
export async function benchForwarding(
  uploadTable: (columns: Record<string, unknown[]>) => Promise<void>,
  forward: (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<unknown>,
  fake: FakeOpenSenseMap,
): Promise<void> {
  const realNow = Date.now
  let shift = 0
  Date.now = () => realNow() + shift
  const round = async (title: string, rows: number, begin: number) => {
    for (let box = 0; box < BOXES; box += 1) {
      const time = Array.from({ length: rows }, (_, row) => begin + row)
      const readings = COLUMNS.map((name, column) => [name, time.map((_, row) => column * 100 + (row % 90))] as const)
      await uploadTable({ box: time.map(() => `box ${box}`), time, ...Object.fromEntries(readings) })
    }
    const wanted = fake.measurements.length + BOXES * rows * COLUMNS.length
    const calls = fake.calls.length
    const each: number[] = []
    while (fake.measurements.length < wanted) {
      shift += MINUTE_MS + 1
      const before = fake.measurements.length
      await forward({}, { getRemainingTimeInMillis: () => RUN_MS })
      each.push(fake.measurements.length - before)
    }
    const posts = fake.calls.slice(calls).filter(({ method, path }) => method === 'POST' && path.endsWith('/data'))
    const figures = [BOXES * rows * COLUMNS.length, fake.calls.length - calls, posts.length, each.join(' + ')]
    console.log(
      `${title.padEnd(24)} ${figures[0]} measurements, ${figures[1]} calls, ${figures[2]} of them posts; a minute each: ${figures[3]}`,
    )
  }
  console.log('\nforwarding to a fake openSenseMap, 10 boxes, 5 columns')
  const hour = Math.floor(realNow() / 1000) - 86_400
  await round('boxes still to be made', ROWS, hour)
  await round('boxes that are known', ROWS, hour + ROWS)
  await round('one row a box', 1, hour + 2 * ROWS)
  Date.now = realNow
}
