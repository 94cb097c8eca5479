import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { median } from './report.ts'

const CLIENT = fileURLToPath(new URL('runtime/node_modules/aws-lambda-ric/index.mjs', import.meta.url))
const DEADLINE_MS = 29_000

/** A handler as Lambda names it, the folder it is in, and its environment. */
export interface Deployed {
  folder: string
  handler: string
  environment: Record<string, string>
}

/** Measurements of one container: milliseconds, and megabytes if the system reports them. */
export interface Run {
  init: number
  first: number
  warm: number
  memory?: number
  /** The last response, as JSON. */
  response: string
}

/**
 * Starts Lambda's Runtime API for one process at a time. `run` starts the runtime client, sends it the same event `calls`
 * times, and ends it. Throws the client's error if a handler cannot be loaded or fails.
 */
export async function startRuntimeApi() {
  const events = new EventEmitter<{ next: [ServerResponse]; response: [number, string]; error: [Error] }>()
  const server = createServer(async (request, response) => {
    const at = performance.now()
    if (request.url?.endsWith('/next')) return events.emit('next', response)
    const body = await text(request)
    response.writeHead(202).end()
    if (request.url?.endsWith('/response')) return events.emit('response', at, body)
    return events.emit('error', new Error(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  async function run({ folder, handler, environment }: Deployed, event: unknown, calls: number): Promise<Run> {
    const env = {
      ...environment,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: handler,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/measured',
      AWS_LAMBDA_LOG_STREAM_NAME: 'measured',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: handler,
    }
    const startedAt = performance.now()
    const child = spawn(process.execPath, [CLIENT], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    const onExit = (status: unknown) => events.emit('error', new Error(`${handler} ended with ${status}`))
    child.once('exit', onExit)
    try {
      let [next] = await once(events, 'next')
      const init = performance.now() - startedAt
      const times: number[] = []
      let lastResponse = ''
      for (let call = 0; call < calls; call += 1) {
        // The client requests the next event as soon as it has sent this response.
        const following = once(events, 'next')
        const sentAt = performance.now()
        next.writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': crypto.randomUUID(),
          'lambda-runtime-deadline-ms': String(Date.now() + DEADLINE_MS),
          'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:local:000000000000:function:measured',
        })
        next.end(JSON.stringify(event))
        const [at, body] = await once(events, 'response')
        times.push(at - sentAt)
        lastResponse = body
        ;[next] = await following
      }
      const [first = Number.NaN, ...others] = times
      return { init, first, warm: median(others), response: lastResponse, ...(await readPeakMemory(child.pid)) }
    } finally {
      child.off('exit', onExit)
      if (child.kill('SIGKILL')) await once(child, 'exit')
    }
  }

  return { run, stop: () => server.close() }
}

/** Only Linux reports it. */
async function readPeakMemory(pid: number | undefined): Promise<{ memory?: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
  return kilobytes === undefined ? {} : { memory: Number(kilobytes) / 1000 }
}
