import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

export interface Usage {
  reads: number
  writes: number
  commands: number
  /** Items that were read. */
  items: number
  scans: number
}

/** The units of one partition key. */
export type KeyUsage = Pick<Usage, 'reads' | 'writes'>

const emptyUsage = (): Usage => ({ reads: 0, writes: 0, commands: 0, items: 0, scans: 0 })

const capacity = z.object({ CapacityUnits: z.number() })
const responseSchema = z.object({
  /** A batch has one for each table. */
  ConsumedCapacity: z.union([z.array(capacity), capacity.transform((one) => [one])]).default([]),
  Count: z.number().default(0),
})

/** Read units of a query without a result, which the engine gives for nothing. */
const LEAST_READ = 0.5

/** Attributes of each sparse index: a write with one of them writes an entry of the index too. */
const INDEXED = [/forward_list/, /outbox/, /list_key|attempt#/, /event_list|work_state/]

/**
 * Starts a proxy of the embedded DynamoDB that adds up the capacity units of every command. The engine ignores writes to
 * a sparse index: one unit for each item that enters, leaves or moves.
 */
export async function startMeter(endpoint: string) {
  let used = emptyUsage()
  let keys = new Map<string, KeyUsage>()
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const command = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
    const text = Buffer.concat(chunks).toString()
    const body = JSON.stringify({ ...JSON.parse(text), ReturnConsumedCapacity: 'TOTAL' })
    const headers = { ...incoming.headers, 'content-length': String(Buffer.byteLength(body)) }
    const upstream = forward(endpoint, { method: 'POST', headers }, (upstreamResponse) => {
      const parts: Buffer[] = []
      upstreamResponse.on('data', (part: Buffer) => parts.push(part))
      upstreamResponse.on('end', () => {
        const content = Buffer.concat(parts)
        const result = responseSchema.safeParse(JSON.parse(content.toString())).data
        const isRead = /GetItem$|^Query$/.test(command)
        const consumed = result?.ConsumedCapacity.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0) ?? 0
        const units = Math.max(consumed, isRead ? LEAST_READ : 0)
        const indexUnits = isRead ? 0 : INDEXED.filter((attributes) => attributes.test(text)).length
        used.commands += 1
        if (command === 'Scan') used.scans += 1
        used.items += result?.Count ?? 0
        const kind = isRead ? 'reads' : 'writes'
        used[kind] += units + indexUnits
        const touched = partitionKeys(text)
        for (const key of touched) {
          const ofKey = keys.get(key) ?? { reads: 0, writes: 0 }
          keys.set(key, { ...ofKey, [kind]: ofKey[kind] + units / touched.length })
        }
        response.writeHead(upstreamResponse.statusCode ?? 500, upstreamResponse.headers).end(content)
      })
    })
    upstream.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** Returns the usage since the last call. */
    take(): Usage {
      const usage = used
      used = emptyUsage()
      return usage
    },
    /** Returns the units of each partition key of the tables since the last call. */
    takeKeys(): Map<string, KeyUsage> {
      const usage = keys
      keys = new Map()
      return usage
    },
    stop: () => server.closeAllConnections(),
  }
}

const item = z.looseObject({})
const commandSchema = z.object({
  Key: item.optional(),
  Item: item.optional(),
  RequestItems: z.record(z.string(), z.object({ Keys: z.array(item) })).default({}),
})

/** The partition keys of a command on items; an empty text for a query. */
function partitionKeys(text: string): string[] {
  const { Key, Item = {}, RequestItems } = commandSchema.parse(JSON.parse(text))
  const batch = Object.values(RequestItems).flatMap(({ Keys }) => Keys)
  return (batch.length > 0 ? batch : [Key ?? Item]).map(
    ({ series, id, client_id, submission }) =>
      z.object({ S: z.string() }).safeParse(series ?? submission ?? id ?? client_id).data?.S ?? '',
  )
}
