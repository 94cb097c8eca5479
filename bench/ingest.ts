import { rm } from 'node:fs/promises'
import { encode } from '@msgpack/msgpack'
import { answerOf, type Call, type Handler, startBench } from './harness.ts'

/**
 * `npm run bench`: uploads through the bundled handler into the embedded engine, in this process. The engine has a
 * thread of its own; "own CPU" is this thread's alone. Figures are medians with their spread, from one run.
 */
const RUNS = 15
const COLUMNS = ['time', 'temperature', 'humidity', 'co2', 'pressure']

const { bundles, secrets, load, stop } = await startBench()
const [register, token, upload] = await Promise.all([load('register'), load('token'), load('upload')])
const call = async (handler: Handler, what: Call): Promise<Record<string, unknown>> =>
  JSON.parse(await answerOf(handler, what))

const registration = new URLSearchParams({ token: secrets.ADMIN_TOKEN, callback_url: 'https://app.example/' })
const { client_id } = await call(register, { method: 'GET', path: '/register', query: `${registration}` })
const { auth_token } = await call(token, {
  method: 'GET',
  path: '/token',
  query: `client_id=${client_id}`,
  headers: { accept: 'application/json' },
})

/** Sensor-like rows at one a minute, each run at a time of its own: a repeat would store nothing. */
let start = 1_600_000_000
function rows(count: number): number[][] {
  start += count * 60
  return Array.from({ length: count }, (_, row) => {
    const drift = Math.sin(row / 200)
    return [
      start + row * 60,
      21 + Math.round(drift * 300) / 100,
      45.5 + (row % 17),
      612 + (row % 90),
      1013.25 + (row % 7) / 10,
    ]
  })
}
const columns = (table: number[][]) =>
  Object.fromEntries(COLUMNS.map((name, index) => [name, table.map((row) => row[index])]))

const FORMATS: Record<string, { type: string; encode(table: number[][]): Uint8Array }> = {
  CSV: { type: 'text/csv', encode: (table) => Buffer.from([COLUMNS, ...table].map((row) => row.join(',')).join('\n')) },
  JSON: { type: 'application/json', encode: (table) => Buffer.from(JSON.stringify(columns(table))) },
  form: {
    type: 'application/x-www-form-urlencoded',
    encode: (table) =>
      Buffer.from(table.map((row) => row.map((cell, index) => `${COLUMNS[index]}=${cell}`).join('&')).join('&')),
  },
  MessagePack: { type: 'application/msgpack', encode: (table) => encode(columns(table)) },
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const spread = (values: number[], unit: string): string =>
  `${median(values).toFixed(1)} ${unit} (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`

console.log(`uploads of ${COLUMNS.length} columns, median of ${RUNS} runs (least to most)\n`)
console.log(`${'format'.padEnd(12)} ${'rows'.padStart(7)}  ${'whole call'.padEnd(28)} own CPU`)
for (const [name, format] of Object.entries(FORMATS)) {
  for (const count of [1, 100, 10_000, 100_000]) {
    const wall: number[] = []
    const cpu: number[] = []
    // The first runs warm the compiler up, for which small ones must be many.
    for (let run = count < 1_000 ? -200 : -5; run < RUNS; run += 1) {
      const body = format.encode(rows(count))
      if (body.length > 6_000_000) break
      const what: Call = {
        method: 'POST',
        path: '/upload',
        headers: { authorization: `Bearer ${auth_token}`, 'content-type': format.type },
        body,
      }
      const [wallBefore, cpuBefore] = [performance.now(), process.threadCpuUsage()]
      await call(upload, what)
      const { user, system } = process.threadCpuUsage(cpuBefore)
      if (run >= 0) {
        wall.push(performance.now() - wallBefore)
        cpu.push((user + system) / 1000)
      }
    }
    if (wall.length === 0) console.log(`${name.padEnd(12)} ${String(count).padStart(7)}  beyond 6 MB`)
    else
      console.log(
        `${name.padEnd(12)} ${String(count).padStart(7)}  ${spread(wall, 'ms').padEnd(28)} ${spread(cpu, 'ms')}`,
      )
  }
}

await stop()
await rm(bundles, { recursive: true, force: true })
