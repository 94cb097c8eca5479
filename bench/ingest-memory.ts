import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { FORMATS, sensorTable } from './data.ts'
import { answerOf, type Call, type Handler } from './harness.ts'

/**
 * How much memory an upload of 100,000 rows takes at its peak, in a process that has had small ones: run by ingest.ts,
 * with `--expose-gc`, since only a new process has a peak of its own.
 */
const [bundle = '', formatName = '', authorization = '', rows = ''] = process.argv.slice(2)
const module = z.object({ handler: z.custom<Handler>((value) => typeof value === 'function') })
const { handler } = module.parse(await import(pathToFileURL(bundle).href))
const format = FORMATS.find(({ name }) => name === formatName)
if (!format) throw new Error(`there is no format ${formatName}`)

function upload(count: number, begin: number): Call {
  const body = format?.encode(sensorTable(count, begin))
  const headers = { authorization, 'content-type': format?.type ?? '' }
  return { method: 'POST', path: '/upload', headers, ...(body && { body }) }
}

for (let run = 0; run < 20; run += 1) await answerOf(handler, upload(1_000, 4_100_000_000 + run * 100_000))
const call = upload(Number(rows), 4_200_000_000)
globalThis.gc?.()
const before = process.memoryUsage.rss()
let most = before
const timer = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, 1)
await answerOf(handler, call)
clearInterval(timer)
most = Math.max(most, process.memoryUsage.rss())
process.send?.({ ratio: (most - before) / (call.body?.length ?? 1) })
process.disconnect?.()
