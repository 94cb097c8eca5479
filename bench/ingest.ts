import { FORMATS, type Format, sensorTable, type Table } from './data.ts'
import { answerOf, type Call, type Handler, registerWithToken, startBench, startStub } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'

/**
 * Uploads through the bundled handler: own CPU before an instant stub of DynamoDB, and the whole call into the embedded
 * engine. Both have threads of their own; own CPU is this thread's alone.
 */
const MOST_BYTES = 6_000_000
const RUNS = 11

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
report('ingest', figures)
await stub.stop()
await bench.stop()
