import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { decode } from '@msgpack/msgpack'
import { parse } from 'csv-parse/sync'
import * as z from 'zod'
import { FORMATS, type Format, sensorTable, type Table } from './data.ts'
import { type Call, callHandler, type Handler, registerWithToken, startBench, startStub } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'

/**
 * Part `ingest`: uploads through the bundled handler. CPU time is this thread's, with an instant stub of DynamoDB in
 * another thread. The time of the whole call is with the embedded engine.
 */
const MAX_BYTES = 6_000_000
const RUNS = 11
/** CPU time has a resolution of milliseconds, so parsers repeat. */
const PARSER_REPEATS = 10

const bench = await startBench()
const stub = await startStub(bench.endpoint)
const { authorization } = await registerWithToken(bench, await bench.load('register'), await bench.load('token'))

let start = 1_600_000_000
/** Each upload has other times, since a repeat would store nothing. */
function makeUpload(format: Format, rows: number, columns: number): Call {
  start += rows * 60
  const table: Table = sensorTable(rows, start, { columns })
  const headers = { authorization, 'content-type': format.type }
  return { method: 'POST', path: '/upload', headers, body: format.encode(table) }
}

/** Milliseconds of several runs: the whole call, and the CPU time of this thread. */
async function measureUploads(upload: Handler, format: Format, rows: number, columns: number) {
  const [whole, cpu]: [number[], number[]] = [[], []]
  const cells = rows * columns
  // The first runs warm up the compiler, which needs many small ones.
  const warmUp = cells < 1_000 ? 100 : cells < 100_000 ? 8 : 2
  const runs = cells < 1_000 ? 5 * RUNS : cells < 100_000 ? RUNS : 5
  for (let run = -warmUp; run < runs; run += 1) {
    const call = makeUpload(format, rows, columns)
    if ((call.body?.length ?? 0) > MAX_BYTES) return null
    const [wallBefore, cpuBefore] = [performance.now(), process.threadCpuUsage()]
    await callHandler(upload, call)
    const { user, system } = process.threadCpuUsage(cpuBefore)
    if (run < 0) continue
    whole.push(performance.now() - wallBefore)
    cpu.push((user + system) / 1000)
  }
  return { whole, cpu }
}

const figures: Figure[] = []
/** Functions read the database's endpoint at their first call. */
async function loadUpload(endpoint: string, version: string): Promise<Handler> {
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = endpoint
  const upload = await bench.load('upload', version)
  await callHandler(
    upload,
    makeUpload({ name: '', type: 'application/json', encode: (table) => Buffer.from(JSON.stringify(table)) }, 1, 5),
  )
  return upload
}
const [toStub, toEngine] = [await loadUpload(stub.endpoint, '?stub'), await loadUpload(bench.endpoint, '?engine')]

for (const format of FORMATS) {
  for (const [rows, columns] of [
    [1, 5],
    [10, 5],
    [100, 5],
    [1_000, 5],
    [10_000, 5],
    [100_000, 5],
    [100, 300],
    [1_000, 300],
  ] as const) {
    const what = `${format.name}, ${rows.toLocaleString('en')} x ${columns}`
    const stubbed = await measureUploads(toStub, format, rows, columns)
    const stored = await measureUploads(toEngine, format, rows, columns)
    if (!stubbed || !stored) continue
    figures.push(medianOf(`${what}: own CPU`, 'ms', stubbed.cpu))
    if (rows === 10_000) {
      const atLeast = format.name === 'form' ? 300_000 : 800_000
      figures.push(
        medianOf(
          `${what}: rows a CPU second`,
          '',
          stubbed.cpu.map((ms) => rows / (ms / 1000)),
          { atLeast },
        ),
      )
    }
    figures.push(medianOf(`${what}: whole call`, 'ms', stored.whole))
  }
}

// For comparison, bare parsers on the same body: they show the speed of the machine.
const bodies = new Map(FORMATS.map((format) => [format.name, format.encode(sensorTable(10_000, 1_600_000_000))]))
const parsers: Record<string, () => unknown> = {
  'csv-parse': () => parse(textOf('CSV')),
  'JSON.parse': () => JSON.parse(textOf('JSON')),
  URLSearchParams: () => [...new URLSearchParams(textOf('form'))],
  '@msgpack/msgpack': () => decode(bodies.get('MessagePack') ?? []),
}
const textOf = (name: string): string => Buffer.from(bodies.get(name) ?? []).toString()
for (const [name, parseBody] of Object.entries(parsers)) {
  const rates = Array.from({ length: 10 }, () => {
    const before = process.threadCpuUsage()
    for (let time = 0; time < PARSER_REPEATS; time += 1) parseBody()
    const { user, system } = process.threadCpuUsage(before)
    return (PARSER_REPEATS * 10_000) / ((user + system) / 1e6)
  })
  figures.push(medianOf(`bare ${name}, 10,000 x 5: rows a CPU second`, '', rates.slice(3)))
}

for (const { name } of FORMATS) {
  const rows = name === 'form' ? 50_000 : 100_000
  const file = fileURLToPath(new URL('upload.mjs', bench.bundles))
  const child = fork(new URL('ingest-memory.ts', import.meta.url), [file, name, authorization, String(rows)], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: stub.endpoint },
  })
  const [message] = await once(child, 'message')
  const { ratio } = z.object({ ratio: z.number() }).parse(message)
  figures.push({
    what: `${name}, ${rows.toLocaleString('en')} x 5: peak memory / body`,
    value: ratio,
    unit: '',
    atMost: 4,
  })
}

report('ingest', figures)
await stub.stop()
await bench.stop()
