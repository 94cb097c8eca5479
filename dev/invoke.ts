import type { IncomingMessage, ServerResponse } from 'node:http'
import { isFromPage } from './local-requests.ts'
import { type Credentials, isSigned, namesKey } from './signed-request.ts'

/** Lambda's limit for the event of an asynchronous call. */
const EVENT_BYTES = 1_048_576
const PATH = /^\/2015-03-31\/functions\/([\w-]+)\/invocations$/

interface InvokeOptions {
  credentials: Credentials
  /** Runs a function by its name in AWS; undefined if there is none. */
  run(functionName: string, event: unknown): Promise<unknown> | undefined
}

/**
 * Lambda's `Invoke` of functions of this run, asynchronously: it responds before the function runs, and no caller learns
 * whether that fails. It serves only requests that are signed with the credentials.
 */
export function localInvoke({ credentials, run }: InvokeOptions) {
  return {
    serves: ({ url = '' }: IncomingMessage): boolean => PATH.test(url),
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const reject = (status: number, type: string, message: string) => {
        response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
        response.end(JSON.stringify({ Message: message }))
      }
      if (isFromPage(request) || !namesKey(request, credentials))
        return reject(403, 'UnrecognizedClientException', 'Only the functions of this Latchkey may call each other.')
      const body = await readEvent(request)
      if (body === null) return reject(413, 'RequestTooLargeException', `An event has at most ${EVENT_BYTES} bytes.`)
      if (!(await isSigned(request, 'lambda', credentials, body)))
        return reject(403, 'InvalidSignatureException', 'The signature does not match the request.')
      if (request.headers['x-amz-invocation-type'] !== 'Event')
        return reject(
          400,
          'InvalidParameterValueException',
          'Functions call each other with InvocationType Event only.',
        )
      const event = parseEvent(body)
      if (event === undefined) return reject(400, 'InvalidRequestContentException', 'The event is not JSON.')
      const name = PATH.exec(request.url ?? '')?.[1] ?? ''
      const running = run(name, event)
      if (running === undefined) return reject(404, 'ResourceNotFoundException', `Function not found: ${name}`)
      // The function has logged its error.
      running.catch(() => undefined)
      response.writeHead(202).end()
    },
  }
}

async function readEvent(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > EVENT_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseEvent(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
