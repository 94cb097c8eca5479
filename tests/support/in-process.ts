import { onTestFinished, TestRunner, vi } from 'vitest'
import { listenLocally } from '../../dev/free-port.ts'
import { httpApi, type Invoke, type LocalService } from '../../dev/http-api.ts'
import { localInvoke } from '../../dev/invoke.ts'
import type { Credentials } from '../../dev/signed-request.ts'
import type { LocalFunction, Template } from '../../dev/template.ts'
import { gatherLogs, leaksSince, logged } from './logs.ts'
import { closed, type Place } from './server.ts'

/** The Lambda context, as far as the handlers use it. */
type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => ReturnType<Invoke>

/** The remaining time of a call by default, long enough for a busy machine. */
const PATIENCE_MS = 90_000

/**
 * The real handlers behind the routes of serverless.yml, each loaded on its first call, without state of another
 * instance. Their logs are searched for `secrets` and for parts of requests. The bucket is at the same address.
 */
export async function inProcess(
  template: Template,
  secrets: readonly string[],
  { bucket, credentials }: { bucket: LocalService; credentials: Credentials },
): Promise<Place> {
  gatherLogs()
  const leaks: string[] = []
  let remainingMs = PATIENCE_MS
  let handlers = new Map<string, Promise<Handler>>()
  const handlerOf = ({ name, file }: LocalFunction): Promise<Handler> => {
    const loaded =
      handlers.get(name) ?? import(`../../functions/${file.replace('.mjs', '')}.ts`).then(({ handler }) => handler)
    handlers.set(name, loaded)
    return loaded
  }
  const invoke: Invoke = async (name, event) => {
    const definition = template.functions.find((each) => each.name === name)
    if (!definition) throw new Error(`no function ${name}`)
    const handler = await handlerOf(definition)
    const before = logged()
    const result = await handler(event, { getRemainingTimeInMillis: () => remainingMs })
    leaks.push(...leaksSince(before, event, result, secrets))
    return result
  }
  const running = new Set<Promise<unknown>>()
  const run = (deployedName: string, event: unknown) => {
    const definition = template.functions.find((each) => each.deployedName === deployedName)
    if (!definition) return
    const started = handlerOf(definition).then((handler) =>
      handler(event, { getRemainingTimeInMillis: () => definition.timeoutMs }),
    )
    running.add(started)
    const end = () => running.delete(started)
    started.then(end, end)
    return started
  }
  const services = [bucket, localInvoke({ credentials, run })]
  const server = httpApi(() => ({ ...template, invoke }), [], undefined, services)
  return {
    url: await listenLocally(server),
    async load() {
      vi.resetModules()
      handlers = new Map()
    },
    async runScheduled(file) {
      const due = template.schedules.map(({ functionName }) => functionName)
      const definition = template.functions.find((each) => each.file === file && due.includes(each.name))
      if (!definition) throw new Error(`no schedule begins ${file}`)
      const handler = await handlerOf(definition)
      await handler({}, { getRemainingTimeInMillis: () => definition.timeoutMs })
    },
    async settled() {
      while (running.size > 0) await Promise.allSettled(running)
    },
    setRemainingTime(ms) {
      remainingMs = ms
      if (!TestRunner.getCurrentTest()) return
      onTestFinished(() => {
        remainingMs = PATIENCE_MS
      })
    },
    async stop() {
      await closed(server)
      if (leaks.length > 0) throw new Error(`what must not be logged was: ${[...new Set(leaks)].join(', ')}`)
    },
  }
}
