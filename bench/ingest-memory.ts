import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { FORMATS, sensorTable } from './data.ts'
import { type Call, callHandler, type Handler } from './harness.ts'

/**
 * Measures the peak memory of an upload of 100,000 rows, after small uploads. The peak is a figure of the whole process,
 * so `ingest.ts` starts a new one. It needs `--expose-gc`.
 */
const [bundle = '', formatName = '', authorization = '', rows = ''] = process.argv.slice(2)
const module = z.object({ handler: z.custom<Handler>((value) => typeof value === 'function') })
const { handler } = module.parse(await import(pathToFileURL(bundle).href))
const format = FORMATS.find(({ name }) => name === formatName)
if (!format) throw new Error(`Unknown format ${formatName}.`)

function upload(count: number, start: number): Call {
  const body = format?.encode(sensorTable(count, start))
  const headers = { authorization, 'content-type': format?.type ?? '' }
  return { method: 'POST', path: '/upload', headers, ...(body && { body }) }
}

for (let run = 0; run < 20; run += 1) await callHandler(handler, upload(1_000, 4_100_000_000 + run * 100_000))
const call = upload(Number(rows), 4_200_000_000)
globalThis.gc?.()
const before = process.memoryUsage.rss()
let peak = before
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 1)
await callHandler(handler, call)
clearInterval(timer)
peak = Math.max(peak, process.memoryUsage.rss())
process.send?.({ ratio: (peak - before) / (call.body?.length ?? 1) })
process.disconnect?.()
