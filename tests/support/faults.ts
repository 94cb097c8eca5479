import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What may befall one command on its way to DynamoDB. */
export type Fault = 'throttled' | 'failing' | 'answer lost' | 'never arrives' | 'never answered' | undefined

export interface FaultyProxy {
  endpoint: string
  /** Asked for each command, by its name (`PutItem`) and body; undefined lets it pass, and a promise holds it back. */
  plan: (command: string, body: string) => Fault | Promise<Fault>
  /** Commands that were sent, faulty or not. */
  commands: string[]
  stop(): Promise<void>
}

const ANSWERS = {
  throttled: { status: 400, type: 'ProvisionedThroughputExceededException' },
  failing: { status: 500, type: 'InternalServerError' },
}

/** Stands between the SDK and the embedded DynamoDB, which itself never throttles, fails or loses an answer. */
export async function faultyProxy(target: string): Promise<FaultyProxy> {
  const proxy: FaultyProxy = { endpoint: '', plan: () => undefined, commands: [], stop: async () => undefined }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const command = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    proxy.commands.push(command)
    const fault = await proxy.plan(command, body.toString())
    if (fault === 'never arrives') return request.socket.destroy()
    if (fault === 'never answered') return
    if (fault === 'throttled' || fault === 'failing') {
      const { status, type } = ANSWERS[fault]
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      return response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'on purpose' }))
    }
    return pass(target, request, body, response, fault === 'answer lost')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  proxy.endpoint = `http://127.0.0.1:${address.port}`
  proxy.stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return proxy
}

function pass(target: string, request: IncomingMessage, body: Buffer, response: ServerResponse, lose: boolean): void {
  const upstream = forward(target, { method: 'POST', headers: request.headers }, (answer) => {
    if (lose) {
      answer.resume().on('end', () => request.socket.destroy())
      return
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  upstream.end(body)
}
