import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { FORMATS, sensorTable } from './data.ts'
import { type Call, callHandler, type Handler } from './harness.ts'

/**
 * Measures by how many MB the memory of a function grows during one upload of the largest size, after small uploads. The
 * peak is a figure of the whole process, so `ingest.ts` starts a new one. It needs `--expose-gc`.
 */
const EVENT_BYTES = 6_000_000
const SMALL_ROWS = 1_000
/** With fewer, 6 MB would have more rows than an upload may have. */
const COLUMNS = 12

const [bundle = '', formatName = '', authorization = ''] = process.argv.slice(2)
const module = z.object({ handler: z.custom<Handler>((value) => typeof value === 'function') })
const { handler } = module.parse(await import(pathToFileURL(bundle).href))
const format = FORMATS.find(({ name }) => name === formatName)
if (!format) throw new Error(`Unknown format ${formatName}.`)
const { type, encode } = format

const upload = (rows: number, start: number): Call => ({
  method: 'POST',
  path: '/upload',
  headers: { authorization, 'content-type': type },
  body: encode(sensorTable(rows, start, { columns: COLUMNS })),
})

for (let run = 0; run < 20; run += 1) await callHandler(handler, upload(SMALL_ROWS, 4_100_000_000 + run * 100_000))
const small = encode(sensorTable(SMALL_ROWS, 4_200_000_000, { columns: COLUMNS }))
const smallBytes = typeof small === 'string' ? small.length : (small.length * 4) / 3
const call = upload(Math.floor((EVENT_BYTES / smallBytes) * SMALL_ROWS * 0.98), 4_200_000_000)
globalThis.gc?.()
const before = process.memoryUsage.rss()
let peak = before
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 1)
await callHandler(handler, call)
clearInterval(timer)
peak = Math.max(peak, process.memoryUsage.rss())
process.send?.({ megabytes: (peak - before) / 1e6 })
process.disconnect?.()
