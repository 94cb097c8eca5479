import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { limiter } from './limiter.ts'
import type { LocalFunction } from './template.ts'

type Result = APIGatewayProxyStructuredResultV2 | undefined

/** What a worker returns for one invocation. */
interface Outcome {
  id: number
  result?: Result
  failed?: true
}

interface FunctionThread {
  worker: Worker
  /** Invocations in flight: each gets its outcome once. */
  pending: Map<number, (outcome: Outcome) => void>
  /** Ends the thread, while nothing is in flight. */
  idle?: NodeJS.Timeout
}

/** A line that a function wrote. */
export interface FunctionOutput {
  functionName: string
  text: string
  stream: 'stdout' | 'stderr'
}

export interface LambdaRunner {
  /**
   * Runs a function; undefined after its timeout, which ends the thread. Rejects when the function throws, or needs more
   * memory than it has: that ends the thread, too, with all that is in flight in it.
   */
  invoke(functionName: string, event: unknown): Promise<Result>
  /** Waits for all invocations, then ends all threads. */
  stop(): Promise<void>
}

/** What keeps the memory of a local run small. A loaded thread has 20 MB or more. */
const LIMITS = {
  /** Milliseconds that a thread lives after its last invocation. */
  idleMs: 20_000,
  /** The same for scheduled functions, which are not used again for a minute. What they have logged needs some time. */
  scheduledIdleMs: 1_000,
  /** If that many threads live, an idle one ends for each that starts. */
  threads: 24,
  /** Invocations at once in one thread. On Lambda, each has an instance with all of the memory. */
  invocations: 16,
}

/**
 * Runs functions as Lambda does: each in its own thread with its own environment, started at the first invocation. Its
 * memory is the limit of the heap. A new set of bundles needs a new runner; `stop` lets the old one finish.
 */
export function lambdaRunner(
  functions: readonly LocalFunction[],
  bundles: URL,
  sharedEnvironment: Record<string, string>,
  onOutput: (output: FunctionOutput) => void,
  limits: Partial<typeof LIMITS> = {},
): LambdaRunner {
  const { idleMs, scheduledIdleMs, ...most } = { ...LIMITS, ...limits }
  /** By function, the one that was used longest ago first. */
  const threads = new Map<string, FunctionThread>()
  const limiters = new Map(functions.map(({ name }) => [name, limiter(most.invocations)]))
  let invocations = 0
  let unfinished = 0

  function startThread({ name, file, environment, memory }: LocalFunction): FunctionThread {
    if (threads.size >= most.threads) endLongestIdle()
    const worker = new Worker(new URL('lambda-worker.ts', import.meta.url), {
      env: { ...environment, ...sharedEnvironment, AWS_LAMBDA_FUNCTION_NAME: name },
      workerData: { name, bundle: new URL(file, bundles).href },
      resourceLimits: { maxOldGenerationSizeMb: memory },
      ...{ stdout: true, stderr: true },
    })
    for (const stream of ['stdout', 'stderr'] as const)
      createInterface({ input: worker[stream] }).on('line', (text) => onOutput({ functionName: name, text, stream }))
    const thread: FunctionThread = { worker, pending: new Map() }
    worker.on('message', (outcome: Outcome) => thread.pending.get(outcome.id)?.(outcome))
    const forget = () => {
      if (threads.get(name) === thread) threads.delete(name)
    }
    worker.on('error', (error) => {
      forget()
      console.error(error)
    })
    worker.on('exit', () => {
      forget()
      for (const [id, settle] of thread.pending) settle({ id, failed: true })
    })
    return thread
  }

  /** The thread is out of reach of invocations at once, even while it is still ending. */
  async function endThread(name: string, thread: FunctionThread): Promise<void> {
    clearTimeout(thread.idle)
    if (threads.get(name) === thread) threads.delete(name)
    await thread.worker.terminate()
  }

  function endLongestIdle(): void {
    const idle = threads.entries().find(([, { pending }]) => pending.size === 0)
    if (idle) void endThread(...idle)
  }

  async function run(definition: LocalFunction, event: unknown): Promise<Result> {
    const { name, timeoutMs } = definition
    const thread = threads.get(name) ?? startThread(definition)
    clearTimeout(thread.idle)
    threads.delete(name)
    threads.set(name, thread)
    invocations += 1
    const id = invocations
    const { result, failed } = await new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => {
        resolve({ id })
        void endThread(name, thread)
      }, timeoutMs)
      thread.pending.set(id, (outcome) => {
        clearTimeout(timer)
        resolve(outcome)
      })
      thread.worker.postMessage({ id, event, deadline: Date.now() + timeoutMs })
    })
    thread.pending.delete(id)
    if (thread.pending.size === 0) {
      const end = () => void endThread(name, thread)
      thread.idle = setTimeout(end, definition.isScheduled ? scheduledIdleMs : idleMs).unref()
    }
    if (failed) throw new Error(`${name} failed`)
    return result
  }

  async function invoke(functionName: string, event: unknown): Promise<Result> {
    const definition = functions.find(({ name }) => name === functionName)
    const limit = limiters.get(functionName)
    if (!definition || !limit) throw new Error(`no function ${functionName}`)
    unfinished += 1
    return limit(() => run(definition, event)).finally(() => {
      unfinished -= 1
    })
  }

  async function stop(): Promise<void> {
    while (unfinished > 0) await sleep(20)
    await Promise.all([...threads].map(([name, thread]) => endThread(name, thread)))
  }

  return { invoke, stop }
}
