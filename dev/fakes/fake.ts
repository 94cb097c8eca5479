import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseJsonOrUndefined } from '../../lib/core/json.ts'
import { listenLocally } from '../free-port.ts'
import { isFromPage } from '../local-requests.ts'

/** A request that a fake provider received. */
export interface FakeCall {
  method: string
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | undefined>>
  /** The parsed JSON body; undefined if it is empty or not JSON. */
  body: unknown
  /** The raw body. */
  text: string
}

export interface FakeReply {
  status: number
  /** Sent as JSON, unless it is a string. */
  body?: unknown
  headers?: Record<string, string>
}

/** A failure to inject: those of networks and servers. A number delays the response by milliseconds. */
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
  /** All requests, in order. */
  calls: FakeCall[]
  /** Chooses the failure of a request; undefined means none, and a promise delays the choice. */
  plan: (call: FakeCall) => FakeFault | undefined | Promise<FakeFault | undefined>
  stop(): Promise<void>
}

/**
 * Starts a fake provider on a free port; `respond` handles requests without an injected failure. Requests of web pages
 * get 403, because a fake knows what Latchkey has sent.
 */
export async function startFake(respond: (call: FakeCall) => FakeReply | Promise<FakeReply>): Promise<Fake> {
  const fake: Fake = { url: '', calls: [], plan: () => undefined, stop: async () => undefined }
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (isFromPage(request)) return void response.writeHead(403, { connection: 'close' }).end()
    const call = await readCall(request)
    fake.calls.push(call)
    const fault = await fake.plan(call)
    if (fault === 'never answered') return
    if (fault === 'never arrives') return void request.socket.destroy()
    if (typeof fault === 'number') await sleep(fault)
    const reply = typeof fault === 'object' ? fault : await respond(call)
    if (fault === 'answer lost') return void request.socket.destroy()
    send(response, reply, fault)
  }
  const server = createServer((request, response) => {
    // An incomplete request, or one with an invalid path, must not end the process.
    handle(request, response).catch(() => response.destroy())
  })
  fake.url = await listenLocally(server)
  fake.stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return fake
}

async function readCall(request: IncomingMessage): Promise<FakeCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const url = new URL(request.url ?? '/', 'http://fake')
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
  const { method = 'GET' } = request
  const text = Buffer.concat(chunks).toString()
  return { method, path: url.pathname, query: url.searchParams, headers, body: parseJsonOrUndefined(text), text }
}

function send(response: ServerResponse, { status, body, headers }: FakeReply, fault: FakeFault | undefined): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {})
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
    ...headers,
  })
  if (fault === 'garbage') return void response.end('<html>Bad Gateway</html>')
  if (fault === 'endless') return void sendForever(response)
  if (fault !== 'answer cut off') return void response.end(text)
  response.write(text.slice(0, text.length / 2), () => response.destroy())
}

function sendForever(response: ServerResponse): void {
  const sendChunk = () => !response.destroyed && response.write('x'.repeat(65_536), () => setImmediate(sendChunk))
  sendChunk()
}
