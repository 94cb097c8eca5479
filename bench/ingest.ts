import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { decode } from '@msgpack/msgpack'
import { parse } from 'csv-parse/sync'
import * as z from 'zod'
import { FORMATS, type Format, sensorTable, type Table } from './data.ts'
import { answerOf, type Call, type Handler, registerWithToken, startBench, startStub } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'

/**
 * Uploads through the bundled handler: own CPU before an instant stub of DynamoDB, and the whole call into the embedded
 * engine. Both have threads of their own; own CPU is this thread's alone.
 */
const MOST_BYTES = 6_000_000
const RUNS = 11
/** CPU is told in milliseconds. */
const BARE_TIMES = 10

const bench = await startBench()
const stub = await startStub(bench.endpoint)
const { authorization } = await registerWithToken(bench, await bench.load('register'), await bench.load('token'))

let begin = 1_600_000_000
/** Each upload at a time of its own: a repeat would store nothing. */
function uploadOf(format: Format, rows: number, columns: number): Call {
  begin += rows * 60
  const table: Table = sensorTable(rows, begin, { columns })
  const headers = { authorization, 'content-type': format.type }
  return { method: 'POST', path: '/upload', headers, body: format.encode(table) }
}

/** Milliseconds of each of some runs: the whole call, and what this thread computed meanwhile. */
async function times(upload: Handler, format: Format, rows: number, columns: number) {
  const [whole, own]: [number[], number[]] = [[], []]
  const cells = rows * columns
  // The first runs warm the compiler up, for which small ones must be many.
  const warmUp = cells < 1_000 ? 100 : cells < 100_000 ? 8 : 2
  const runs = cells < 1_000 ? 5 * RUNS : cells < 100_000 ? RUNS : 5
  for (let run = -warmUp; run < runs; run += 1) {
    const call = uploadOf(format, rows, columns)
    if ((call.body?.length ?? 0) > MOST_BYTES) return null
    const [wallBefore, cpuBefore] = [performance.now(), process.threadCpuUsage()]
    await answerOf(upload, call)
    const { user, system } = process.threadCpuUsage(cpuBefore)
    if (run < 0) continue
    whole.push(performance.now() - wallBefore)
    own.push((user + system) / 1000)
  }
  return { whole, own }
}

const figures: Figure[] = []
/** The functions read where the database is at their first use. */
async function uploadTo(endpoint: string, version: string): Promise<Handler> {
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = endpoint
  const upload = await bench.load('upload', version)
  await answerOf(
    upload,
    uploadOf({ name: '', type: 'application/json', encode: (table) => Buffer.from(JSON.stringify(table)) }, 1, 5),
  )
  return upload
}
const [toStub, toEngine] = [await uploadTo(stub.endpoint, '?stub'), await uploadTo(bench.endpoint, '?engine')]

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
    const stubbed = await times(toStub, format, rows, columns)
    const stored = await times(toEngine, format, rows, columns)
    if (!stubbed || !stored) continue
    figures.push(medianOf(`${what}: own CPU`, 'ms', stubbed.own))
    if (rows === 10_000) {
      const atLeast = format.name === 'form' ? 300_000 : 800_000
      figures.push(
        medianOf(
          `${what}: rows a CPU second`,
          '',
          stubbed.own.map((ms) => rows / (ms / 1000)),
          { atLeast },
        ),
      )
    }
    figures.push(medianOf(`${what}: whole call`, 'ms', stored.whole))
  }
}

// Beside them, what reads such a body and does nothing else: it tells what machine this is.
const bodies = new Map(FORMATS.map((format) => [format.name, format.encode(sensorTable(10_000, 1_600_000_000))]))
const bare: Record<string, () => unknown> = {
  'csv-parse': () => parse(textOf('CSV')),
  'JSON.parse': () => JSON.parse(textOf('JSON')),
  URLSearchParams: () => [...new URLSearchParams(textOf('form'))],
  '@msgpack/msgpack': () => decode(bodies.get('MessagePack') ?? []),
}
const textOf = (name: string): string => Buffer.from(bodies.get(name) ?? []).toString()
for (const [name, read] of Object.entries(bare)) {
  const rates = Array.from({ length: 10 }, () => {
    const before = process.threadCpuUsage()
    for (let time = 0; time < BARE_TIMES; time += 1) read()
    const { user, system } = process.threadCpuUsage(before)
    return (BARE_TIMES * 10_000) / ((user + system) / 1e6)
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
