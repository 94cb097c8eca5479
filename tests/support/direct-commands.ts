import { EventEmitter } from 'node:events'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type HttpHandlerOptions, type HttpRequest, HttpResponse } from '@smithy/core/protocols'

/** Runs a command without HTTP. Undefined if its request must be sent. */
export type Direct = (request: HttpRequest) => Promise<HttpResponse> | undefined

const KEY = Symbol.for('direct commands by port')

const { requestHandler } = new DynamoDBClient({ region: 'local' }).config
const prototype = Object.getPrototypeOf(requestHandler)
// The SDK remains loaded when the modules of a test file are loaded again.
if (!Object.hasOwn(prototype, KEY)) Object.assign(prototype, patch(requestHandler))
const databases: Map<number, Direct> = prototype[KEY]

function patch({ handle: send }: typeof requestHandler) {
  const byPort = new Map<number, Direct>()
  return {
    [KEY]: byPort,
    async handle(this: typeof requestHandler, request: HttpRequest, options?: HttpHandlerOptions) {
      const signal = options?.abortSignal
      const direct = signal?.aborted ? undefined : byPort.get(request.port ?? 0)?.(request)
      return direct ? { response: await unlessAborted(direct, signal) } : send.call(this, request, options)
    },
  }
}

/** As with a request over a socket, an aborted command may still run. */
async function unlessAborted<T>(pending: Promise<T>, signal: HttpHandlerOptions['abortSignal']): Promise<T> {
  if (!(signal instanceof AbortSignal)) return pending
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }))
  signal.addEventListener('abort', abort)
  return Promise.race([pending, aborted.promise]).finally(() => signal.removeEventListener('abort', abort))
}

/**
 * Lets the SDK clients of this process run commands on a local port without HTTP, a third of the CPU time of a command.
 * Returns a function that undoes it.
 */
export function addDirect(endpoint: string, direct: Direct): () => void {
  const port = Number(new URL(endpoint).port)
  databases.set(port, direct)
  return () => databases.delete(port)
}

/** Emits a request to dynalite, which reads only `data` and `end` of it and sends its response as one text. */
export function emitRequest(
  server: EventEmitter,
  { method, path, headers }: HttpRequest,
  body: Buffer,
): Promise<HttpResponse> {
  return new Promise((resolve) => {
    const sent: Record<string, string> = {}
    const request = Object.assign(new EventEmitter(), { method, url: path, headers })
    const response = {
      statusCode: 200,
      setHeader: (name: string, value: unknown) => {
        sent[name.toLowerCase()] = String(value)
      },
      end: (text = '') => {
        resolve(new HttpResponse({ statusCode: response.statusCode, headers: sent, body: Buffer.from(text) }))
      },
    }
    server.emit('request', request, response)
    request.emit('data', body)
    request.emit('end')
  })
}
