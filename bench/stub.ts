import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import * as z from 'zod'

/**
 * Stands before the embedded DynamoDB in a thread of its own and takes no time: what is written is dropped, what is read
 * is answered from the first answer to the same question.
 */
const { endpoint } = z.object({ endpoint: z.string() }).parse(workerData)
const answers = new Map<string, Buffer>()

const server = createServer(async (incoming, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const command = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
  if (!/^(?:GetItem|Query)$/.test(command)) {
    response.end('{}')
    return
  }
  const body = Buffer.concat(chunks)
  const question = command + body.toString('latin1')
  const known = answers.get(question)
  if (known) {
    response.end(known)
    return
  }
  request(endpoint, { method: 'POST', headers: incoming.headers }, (answer) => {
    const parts: Buffer[] = []
    answer.on('data', (part: Buffer) => parts.push(part))
    answer.on('end', () => {
      answers.set(question, Buffer.concat(parts))
      response.end(answers.get(question))
    })
  }).end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  parentPort?.postMessage({ endpoint: `http://127.0.0.1:${port}` })
})
