import { Worker } from 'node:worker_threads'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Invoke } from './http-api.ts'
import type { LocalFunction } from './template.ts'

interface Reply {
  id: number
  result?: APIGatewayProxyStructuredResultV2
  failed?: true
}

interface Thread {
  worker: Worker
  calls: Map<number, (reply: Reply | null) => void>
}

/**
 * Runs functions as Lambda does: each in a thread of its own, begun at its first call, stopped when a call takes too
 * long. A new version of a bundle is a new set of these; `retire` lets an old one finish what it has begun.
 */
export function runFunctions(functions: readonly LocalFunction[], folder: URL, environment: Record<string, string>) {
  const threads = new Map<string, Thread>()
  let calls = 0

  function start({ name, file, environment: own }: LocalFunction): Thread {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      env: { ...own, ...environment, AWS_LAMBDA_FUNCTION_NAME: name },
      workerData: { name, bundle: new URL(file, folder).href },
    })
    const thread: Thread = { worker, calls: new Map() }
    worker.on('message', (reply: Reply) => thread.calls.get(reply.id)?.(reply))
    worker.on('error', (error) => console.error(error))
    worker.on('exit', () => {
      if (threads.get(name) === thread) threads.delete(name)
      for (const [id, done] of thread.calls) done({ id, failed: true })
    })
    threads.set(name, thread)
    return thread
  }

  function run(name: string, event: unknown) {
    const definition = functions.find((each) => each.name === name)
    if (!definition) return Promise.reject(new Error(`no function ${name}`))
    return call(threads.get(name) ?? start(definition), event, definition.timeoutMs)
  }

  async function call(thread: Thread, event: unknown, timeoutMs: number) {
    calls += 1
    const id = calls
    const reply = await new Promise<Reply | null>((resolve) => {
      const timer = setTimeout(() => {
        resolve(null)
        // The next call begins a new thread at once, while this one still ends.
        for (const [name, each] of threads) if (each === thread) threads.delete(name)
        void thread.worker.terminate()
      }, timeoutMs)
      thread.calls.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      thread.worker.postMessage({ id, event, deadline: Date.now() + timeoutMs })
    })
    thread.calls.delete(id)
    if (reply?.failed) throw new Error('the function failed')
    return reply?.result
  }

  const retire = async (): Promise<void> => {
    const all = [...threads.values()]
    threads.clear()
    while (all.some(({ calls }) => calls.size > 0)) await new Promise((resolve) => setTimeout(resolve, 20))
    await Promise.all(all.map(({ worker }) => worker.terminate()))
  }

  const invoke: Invoke = run
  return { invoke, run, retire }
}
