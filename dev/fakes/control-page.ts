import { createServer } from 'node:http'
import { randomSecret } from '../../lib/crypto/secrets.ts'
import { listenLocally } from '../free-port.ts'
import { isFromPage } from '../local-requests.ts'

/**
 * Starts a server on a free port for a person with curl: `respond` writes text. Returns the URL, whose path is a random
 * key. Any other request gets a 404 response, also those of web pages.
 */
export async function startControlPage(respond: (write: (line: string) => void) => Promise<void>): Promise<string> {
  const path = `/${randomSecret()}`
  const server = createServer((request, response) => {
    if (isFromPage(request) || request.method !== 'GET' || request.url !== path) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    respond((line) => response.write(`${line}\n`)).then(
      () => response.end(),
      (error: unknown) => response.end(`${error}\n`),
    )
  })
  return (await listenLocally(server)) + path
}
