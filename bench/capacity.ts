import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

export interface Used {
  reads: number
  writes: number
  commands: number
  /** Items that were read. */
  items: number
  scans: number
}

const nothing = (): Used => ({ reads: 0, writes: 0, commands: 0, items: 0, scans: 0 })

const consumed = z.object({
  ConsumedCapacity: z.object({ CapacityUnits: z.number() }).optional(),
  Count: z.number().default(0),
})

/**
 * Stands before the embedded DynamoDB and adds up the capacity units of every command. The engine does not count what a
 * write costs in a sparse index, which is one unit more for each item that comes into it, leaves it or moves in it.
 */
export async function meter(endpoint: string) {
  let used = nothing()
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const command = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
    const text = Buffer.concat(chunks).toString()
    const body = JSON.stringify({ ...JSON.parse(text), ReturnConsumedCapacity: 'TOTAL' })
    const headers = { ...incoming.headers, 'content-length': String(Buffer.byteLength(body)) }
    const upstream = forward(endpoint, { method: 'POST', headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const whole = Buffer.concat(parts)
        const told = consumed.safeParse(JSON.parse(whole.toString())).data
        const units = told?.ConsumedCapacity?.CapacityUnits ?? 0
        const isRead = command === 'GetItem' || command === 'Query'
        const inIndex = !isRead && /forward_list|outbox|list_key|attempt#/.test(text) ? 1 : 0
        used.commands += 1
        if (command === 'Scan') used.scans += 1
        used.items += told?.Count ?? 0
        used[isRead ? 'reads' : 'writes'] += units + inIndex
        response.writeHead(answer.statusCode ?? 500, answer.headers).end(whole)
      })
    })
    upstream.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    /** What was used since it was last asked. */
    take(): Used {
      const taken = used
      used = nothing()
      return taken
    },
    stop: () => server.closeAllConnections(),
  }
}
