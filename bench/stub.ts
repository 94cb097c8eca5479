import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import * as z from 'zod'

/**
 * An instant replacement for DynamoDB, in its own thread. It drops writes and returns cached responses to reads, which
 * come from the embedded engine.
 */
const { endpoint } = z.object({ endpoint: z.string() }).parse(workerData)
const responses = new Map<string, Buffer>()

const server = createServer(async (incoming, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const command = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
  if (!/^(?:GetItem|BatchGetItem|Query)$/.test(command)) {
    response.end('{}')
    return
  }
  const body = Buffer.concat(chunks)
  const key = command + body.toString('latin1')
  const cached = responses.get(key)
  if (cached) {
    response.end(cached)
    return
  }
  request(endpoint, { method: 'POST', headers: incoming.headers }, (upstream) => {
    const parts: Buffer[] = []
    upstream.on('data', (part: Buffer) => parts.push(part))
    upstream.on('end', () => {
      responses.set(key, Buffer.concat(parts))
      response.end(responses.get(key))
    })
  }).end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  parentPort?.postMessage({ endpoint: `http://127.0.0.1:${port}` })
})
