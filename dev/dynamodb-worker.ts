import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parentPort, workerData } from 'node:worker_threads'
import './expression-cache.ts'
import './level-patches.ts'
import dynalite from 'dynalite'
import { isFromPage } from './local-requests.ts'
import { type Credentials, isSigned, namesKey } from './signed-request.ts'

/** The embedded DynamoDB in its own thread: it throws asynchronously when it cannot open its files. */
const { path, credentials } = workerData
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, path })
if (credentials) requireSignatures(credentials)

/** The engine itself serves every request, also those of web pages. */
function requireSignatures(credentials: Credentials): void {
  const [serve] = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    authenticate(request, credentials).then(
      (body) => {
        if (!body) return reject(response)
        const { method, url, headers } = request
        serve?.call(server, Object.assign(Readable.from([body]), { method, url, headers }), response)
      },
      () => response.destroy(),
    )
  })
}

/** The body of a request that has a valid signature; null for any other request. */
async function authenticate(request: IncomingMessage, credentials: Credentials): Promise<Buffer | null> {
  if (isFromPage(request) || !namesKey(request, credentials)) return null
  const body = await buffer(request)
  return (await isSigned(request, 'dynamodb', credentials, body)) ? body : null
}

function reject(response: ServerResponse): void {
  response.writeHead(403, { 'content-type': 'application/x-amz-json-1.0', connection: 'close' })
  const message = 'Only this Latchkey and its command line may use this database: run.json has the access key.'
  response.end(JSON.stringify({ __type: 'com.amazon.coral.service#UnrecognizedClientException', message }))
}

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  parentPort?.postMessage({ endpoint: `http://127.0.0.1:${port}` })
})
parentPort?.once('message', () => {
  server.closeAllConnections()
  server.close(() => parentPort?.close())
})
