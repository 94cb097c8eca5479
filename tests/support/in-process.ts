import { onTestFinished, TestRunner, vi } from 'vitest'
import { listenLocally } from '../../dev/free-port.ts'
import { httpApi, type Invoke } from '../../dev/http-api.ts'
import type { LocalFunction, Template } from '../../dev/template.ts'
import { gatherLogs, leaksSince, logged } from './logs.ts'
import { closed, type Place } from './server.ts'

/** The Lambda context, as far as the handlers use it. */
type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => ReturnType<Invoke>

/** The remaining time of a call by default, long enough for a busy machine. */
const PATIENCE_MS = 90_000

/**
 * The real handlers behind the routes of serverless.yml, each loaded on its first call, without state of another
 * instance. Their logs are searched for `secrets` and for parts of requests.
 */
export async function inProcess(template: Template, secrets: readonly string[]): Promise<Place> {
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
  const server = httpApi(() => ({ ...template, invoke }))
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
