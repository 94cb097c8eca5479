import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { decode } from '@msgpack/msgpack'
import { parse } from 'csv-parse/sync'
import * as z from 'zod'
import { FORMATS, type Format, sensorTable } from './data.ts'
import { type Call, callHandler, type Handler, registerWithToken, startBench, startStub } from './harness.ts'
import { type Aim, type Figure, medianOf, report } from './report.ts'
import { isQuick, rounds } from './rounds.ts'
import { cpuInTurns, ratios, runInTurns } from './turns.ts'

/**
 * Part `ingest`: uploads through the bundled handler. CPU time is this thread's, with an instant stub of DynamoDB in
 * another thread. The time of the whole call is with the embedded engine. Uploads of 10,000 rows take turns with a bare
 * parser of the same body.
 */
const SIZES = [
  { rows: 1, columns: 5, calls: 50 },
  { rows: 100, columns: 5, calls: 50 },
  { rows: 100, columns: 300, calls: 5 },
  { rows: 100_000, columns: 5, calls: 1 },
] as const
const COMPARED = { rows: 10_000, calls: 8 }
/** More than this is no longer one request. */
const MAX_BYTES = 6_000_000
const GROWTH: Aim = { atMost: 64 }

interface Parser {
  name: string
  parse(body: Uint8Array | string): unknown
  aim?: Aim
}
const textOf = (body: Uint8Array | string): string => (typeof body === 'string' ? body : Buffer.from(body).toString())
/** The parsers by the name of their format. */
const PARSERS: Record<string, Parser> = {
  CSV: { name: 'csv-parse', parse: (body) => parse(textOf(body)), aim: { atLeast: 1.3 } },
  JSON: { name: 'JSON.parse', parse: (body) => JSON.parse(textOf(body)) },
  form: { name: 'URLSearchParams', parse: (body) => [...new URLSearchParams(textOf(body))] },
  MessagePack: { name: '@msgpack/msgpack', parse: (body) => decode(Buffer.from(body)) },
}

const bench = await startBench()
const stub = await startStub(bench.endpoint)
const { authorization } = await registerWithToken(bench, await bench.load('register'), await bench.load('token'))

/** UNIX seconds. All formats together upload almost 27 years of minutes, and times in the future would be warned about. */
let start = Date.UTC(2000, 0) / 1_000
/** Each upload has other times, since a repeat would store nothing. */
function makeUpload({ type, encode }: Format, rows: number, columns: number): Call {
  start += rows * 60
  const body = encode(sensorTable(rows, start, { columns }))
  return { method: 'POST', path: '/upload', headers: { authorization, 'content-type': type }, body }
}

/** Functions read the database's endpoint at their first call. */
async function loadUpload(endpoint: string, version: string): Promise<Handler> {
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = endpoint
  const upload = await bench.load('upload', version)
  for (const format of FORMATS) await callHandler(upload, makeUpload(format, 1, 5))
  return upload
}
const [toStub, toEngine] = [await loadUpload(stub.endpoint, '?stub'), await loadUpload(bench.endpoint, '?engine')]

async function measureSize(format: Format, { rows, columns, calls }: (typeof SIZES)[number]): Promise<Figure[]> {
  const newUpload = () => makeUpload(format, rows, columns)
  if ((newUpload().body?.length ?? 0) > MAX_BYTES) return []
  const what = `${format.name}, ${rows.toLocaleString('en')} x ${columns}`
  const cpu = await cpuInTurns(
    ['upload'],
    rounds(3),
    async () => {
      const call = newUpload()
      return () => callHandler(toStub, call)
    },
    calls,
  )
  const whole = await runInTurns(['upload'], rounds(3), Math.ceil(calls / 2), () => callHandler(toEngine, newUpload()))
  return [medianOf(`${what}: own CPU`, 'ms', cpu('upload')), medianOf(`${what}: whole call`, 'ms', whole('upload'))]
}

async function compareWithParser(format: Format): Promise<Figure[]> {
  const parser = PARSERS[format.name]
  if (!parser) throw new Error(`There is no parser of ${format.name}.`)
  const { rows, calls } = COMPARED
  const cpu = await cpuInTurns(
    ['upload', 'parser'],
    rounds(9),
    async (kind) => {
      const call = makeUpload(format, rows, 5)
      return kind === 'upload' ? () => callHandler(toStub, call) : () => parser.parse(call.body ?? '')
    },
    calls,
  )
  const what = `${format.name}, ${rows.toLocaleString('en')} x 5`
  const rate = (times: readonly number[]) => times.map((ms) => rows / (ms / 1_000))
  return [
    medianOf(`${what}: rows a CPU second`, '', rate(cpu('upload'))),
    medianOf(`${what}: rows a CPU second of bare ${parser.name}`, '', rate(cpu('parser'))),
    medianOf(`${what}: times as many as bare ${parser.name}`, 'x', ratios(cpu('parser'), cpu('upload')), parser.aim),
  ]
}

/** How much memory an upload of 6 MB needs beyond that of the idle function. */
async function measureMemory({ name }: Format): Promise<Figure> {
  const file = fileURLToPath(new URL('upload.mjs', bench.bundles))
  const sizes: number[] = []
  while (sizes.length < rounds(3)) {
    const child = fork(new URL('upload-memory.ts', import.meta.url), [file, name, authorization], {
      execArgv: ['--expose-gc'],
      env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: stub.endpoint },
    })
    const ended = once(child, 'exit').then(() => [null])
    const [message] = await Promise.race([once(child, 'message'), ended])
    sizes.push(z.object({ megabytes: z.number() }).parse(message).megabytes)
  }
  return medianOf(`${name}, an upload of 6 MB: memory grows by`, 'MB', sizes, GROWTH)
}

const figures: Figure[] = []
// The aims are those of CSV. Other formats differ from it in how a body is parsed.
for (const format of isQuick ? FORMATS.slice(0, 1) : FORMATS) {
  for (const size of format.name === 'CSV' ? SIZES : SIZES.slice(0, 2))
    figures.push(...(await measureSize(format, size)))
  figures.push(...(await compareWithParser(format)), await measureMemory(format))
}
report('ingest', figures)
await stub.stop()
await bench.stop()
