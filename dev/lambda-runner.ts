import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { LocalFunction } from './template.ts'

type Result = APIGatewayProxyStructuredResultV2 | undefined

/** What a worker returns for one invocation. */
interface Outcome {
  id: number
  result?: Result
  failed?: true
}

interface RunningWorker {
  thread: Worker
  /** Invocations in flight: each gets its outcome once. */
  pending: Map<number, (outcome: Outcome) => void>
}

/** A line that a function wrote. */
export interface FunctionOutput {
  functionName: string
  text: string
  stream: 'stdout' | 'stderr'
}

export interface LambdaRunner {
  /** Runs a function; undefined after its timeout, which ends the worker. Rejects when the function throws. */
  invoke(functionName: string, event: unknown): Promise<Result>
  /** Waits for invocations in flight, then ends all workers. */
  stop(): Promise<void>
}

/**
 * Runs functions as Lambda does: each in its own worker thread, started at the first invocation. A new set of bundles needs
 * a new runner; `stop` lets the old one finish.
 */
export function lambdaRunner(
  functions: readonly LocalFunction[],
  bundles: URL,
  sharedEnvironment: Record<string, string>,
  onOutput: (output: FunctionOutput) => void,
): LambdaRunner {
  const workers = new Map<string, RunningWorker>()
  let invocations = 0

  function startWorker({ name, file, environment }: LocalFunction): RunningWorker {
    const thread = new Worker(new URL('lambda-worker.ts', import.meta.url), {
      env: { ...environment, ...sharedEnvironment, AWS_LAMBDA_FUNCTION_NAME: name },
      workerData: { name, bundle: new URL(file, bundles).href },
      ...{ stdout: true, stderr: true },
    })
    for (const stream of ['stdout', 'stderr'] as const)
      createInterface({ input: thread[stream] }).on('line', (text) => onOutput({ functionName: name, text, stream }))
    const worker: RunningWorker = { thread, pending: new Map() }
    thread.on('message', (outcome: Outcome) => worker.pending.get(outcome.id)?.(outcome))
    thread.on('error', (error) => console.error(error))
    thread.on('exit', () => {
      if (workers.get(name) === worker) workers.delete(name)
      for (const [id, settle] of worker.pending) settle({ id, failed: true })
    })
    workers.set(name, worker)
    return worker
  }

  async function invoke(functionName: string, event: unknown): Promise<Result> {
    const definition = functions.find(({ name }) => name === functionName)
    if (!definition) throw new Error(`no function ${functionName}`)
    const { timeoutMs } = definition
    const worker = workers.get(functionName) ?? startWorker(definition)
    invocations += 1
    const id = invocations
    const { result, failed } = await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => {
        resolve({ id })
        // The next invocation starts a new worker, even if this one is still ending.
        if (workers.get(functionName) === worker) workers.delete(functionName)
        void worker.thread.terminate()
      }, timeoutMs)
      worker.pending.set(id, (outcome) => {
        clearTimeout(timer)
        resolve(outcome)
      })
      worker.thread.postMessage({ id, event, deadline: Date.now() + timeoutMs })
    })
    worker.pending.delete(id)
    if (failed) throw new Error(`${functionName} failed`)
    return result
  }

  async function stop(): Promise<void> {
    const running = [...workers.values()]
    workers.clear()
    while (running.some(({ pending }) => pending.size > 0)) await sleep(20)
    await Promise.all(running.map(({ thread }) => thread.terminate()))
  }

  return { invoke, stop }
}
