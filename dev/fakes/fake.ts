import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A call as a fake provider has received it. */
export interface FakeCall {
  method: string
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | undefined>>
  /** JSON, parsed; undefined where there was none, or it was none. */
  body: unknown
  /** The body as it came. */
  text: string
}

export interface FakeReply {
  status: number
  /** Sent as JSON, unless it is a text. */
  body?: unknown
  headers?: Record<string, string>
}

/** What may befall a call: all that networks and servers do. A number of milliseconds delays the answer. */
export type FakeFault =
  | 'never answered'
  | 'never arrives'
  | 'answer lost'
  | 'answer cut off'
  | 'garbage'
  | 'endless'
  | number
  | FakeReply

export interface Fake {
  url: string
  /** All calls, in order. */
  calls: FakeCall[]
  /** Asked for each call; undefined lets it pass, and a promise holds it back. */
  plan: (call: FakeCall) => FakeFault | undefined | Promise<FakeFault | undefined>
  stop(): Promise<void>
}

/** A provider on a free port of this machine; `answer` is what it does when all is well. */
export async function startFake(answer: (call: FakeCall) => FakeReply | Promise<FakeReply>): Promise<Fake> {
  const fake: Fake = { url: '', calls: [], plan: () => undefined, stop: async () => undefined }
  const server = createServer(async (request, response) => {
    const call = await read(request)
    fake.calls.push(call)
    const fault = await fake.plan(call)
    if (fault === 'never answered') return
    if (fault === 'never arrives') return void request.socket.destroy()
    if (typeof fault === 'number') await sleep(fault)
    const reply = typeof fault === 'object' ? fault : await answer(call)
    if (fault === 'answer lost') return void request.socket.destroy()
    send(response, reply, fault)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  fake.url = `http://127.0.0.1:${address.port}`
  fake.stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return fake
}

async function read(request: IncomingMessage): Promise<FakeCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const url = new URL(request.url ?? '/', 'http://fake')
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  const { method = 'GET' } = request
  const text = Buffer.concat(chunks).toString()
  return { method, path: url.pathname, query: url.searchParams, headers, body: parsed(text), text }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, { status, body, headers }: FakeReply, fault: FakeFault | undefined): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {})
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
    ...headers,
  })
  if (fault === 'garbage') return void response.end('<html>Bad Gateway</html>')
  if (fault === 'endless') return void endless(response)
  if (fault !== 'answer cut off') return void response.end(text)
  response.write(text.slice(0, text.length / 2), () => response.destroy())
}

function endless(response: ServerResponse): void {
  const more = () => !response.destroyed && response.write('x'.repeat(65_536), () => setImmediate(more))
  more()
}
