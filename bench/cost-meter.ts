import { createServer } from 'node:http'
import { listenLocally } from '../dev/free-port.ts'
import { localAwsSettings } from '../dev/local-aws.ts'
import type { Credentials } from '../dev/signed-request.ts'
import type { Template } from '../dev/template.ts'
import { startBucket } from '../tests/support/bucket.ts'
import { startMeter, type Usage } from './capacity.ts'
import { type Call, callHandler, type Handler, toEvent } from './harness.ts'
import { median } from './report.ts'

/** List prices in dollars: of a million units or requests, of a GB-second, of a GB of logs, and of a million requests to S3. */
const PRICES = {
  write: 0.625,
  read: 0.125,
  request: 0.2,
  gbSecond: 0.0000133334,
  api: 1,
  logGb: 0.5,
  s3Get: 0.4,
  s3: 5,
}
/** Each call of a provider takes this long. */
const PROVIDER_MS = 150
const LOG_BYTES = 1_100
const RUNS = 20
const S3_GETS = ['GetObject', 'HeadObject']
const S3_FREE = ['DeleteObject', 'AbortMultipartUpload']

interface CostOptions {
  template: Template
  endpoint: string
  credentials: Credentials
  load(name: string, version?: string): Promise<Handler>
}

/** Starts a meter of what functions use. From then on they use its database, and its bucket. */
export async function startCostMeter({ template, endpoint, credentials, load }: CostOptions) {
  const meters = await startMeter(endpoint)
  const bucket = startBucket('latchkey-bench-files', credentials)
  const server = createServer((request, response) => {
    // A call of another function: that of the work is measured by itself.
    if (!bucket.service.serves(request)) response.writeHead(202).end()
    else bucket.service.handle(request, response).catch((error: unknown) => response.destroy(Error(String(error))))
  })
  const url = await listenLocally(server)
  Object.assign(process.env, localAwsSettings({ url, publicUrl: url }), {
    AWS_ENDPOINT_URL_DYNAMODB: meters.endpoint,
    FILES_BUCKET: bucket.name,
  })

  const lines: string[] = []
  const functions = new Map<string, Handler>()
  async function handlerOf(name: string): Promise<Handler> {
    const handler = functions.get(name) ?? (await load(name))
    functions.set(name, handler)
    return handler
  }

  /** Units of the database since the last call, and dollars of a million such requests to S3. */
  const take = () => {
    const operations = bucket.operations.splice(0).filter((operation) => !S3_FREE.includes(operation))
    const price = (operation: string) => (S3_GETS.includes(operation) ? PRICES.s3Get : PRICES.s3)
    return { ...meters.take(), s3: operations.reduce((sum, operation) => sum + price(operation), 0) }
  }
  type Used = Pick<Usage, 'reads' | 'writes' | 'commands'> & { s3: number }

  /** Adds a row with the dollars per million requests. */
  function addRow(
    kind: string,
    name: string,
    { writes, reads, commands, s3 }: Used,
    ms: number,
    hasApi: boolean,
  ): void {
    const memory = template.functions.find(({ file }) => file === `${name}.mjs`)?.memory ?? 0
    const dollars =
      writes * PRICES.write +
      reads * PRICES.read +
      s3 +
      PRICES.request +
      (Math.ceil(ms) / 1_000) * (memory / 1_024) * PRICES.gbSecond * 1e6 +
      (hasApi ? PRICES.api : 0) +
      (LOG_BYTES / 1e9) * PRICES.logGb * 1e6
    const figures = [writes, reads, commands].map((value) => Number(value.toFixed(2)).toLocaleString('en'))
    lines.push(`| ${kind} | ${figures.join(' | ')} | ${Math.ceil(ms).toLocaleString('en')} | ${dollars.toFixed(2)} |`)
  }

  return {
    lines,
    handlerOf,
    callJson: async (name: string, call: Call): Promise<Record<string, unknown>> =>
      JSON.parse(await callHandler(await handlerOf(name), call)),
    /** Replaces a function by a copy that reads its settings again. */
    async reload(name: string): Promise<void> {
      functions.set(name, await load(name, `?${functions.size}`))
    },
    /** Measures one kind of request. `prepare` is not measured; only the call that it returns is. */
    async measure(
      kind: string,
      name: string,
      providerCalls: number,
      prepare: (run: number) => Promise<Call>,
      runs = RUNS,
    ) {
      const handler = await handlerOf(name)
      const times: number[] = []
      let used = take()
      for (let run = 0; run < runs; run += 1) {
        const call = await prepare(run)
        take()
        const before = performance.now()
        const { statusCode = 0, body } = await handler(toEvent(call), { getRemainingTimeInMillis: () => 29_000 })
        times.push(performance.now() - before)
        if (statusCode >= 400) throw new Error(`${kind} returned ${statusCode}: ${body}`)
        used = take()
      }
      addRow(kind, name, used, median(times) + providerCalls * PROVIDER_MS, true)
    },
    /** Measures a run of a function without a request, which does the work of `uploads` requests. */
    async measureRun(
      kind: string,
      name: string,
      event: unknown,
      { uploads = 1, markUnits = 0, providerCalls = 0 } = {},
    ) {
      const handler = await handlerOf(name)
      take()
      const before = performance.now()
      await handler(event, { getRemainingTimeInMillis: () => 60_000 })
      const ms = performance.now() - before + providerCalls * PROVIDER_MS
      const { reads, writes, commands, s3 } = take()
      const each = (value: number) => value / uploads
      const used = { reads: each(reads), writes: each(writes) + markUnits, commands: each(commands), s3: each(s3) }
      addRow(kind, name, used, each(ms), false)
    },
    async stop(): Promise<void> {
      meters.stop()
      server.close()
      await bucket.stop()
    },
  }
}
