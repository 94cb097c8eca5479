import { onTestFinished, TestRunner, vi } from 'vitest'
import { httpApi, type Invoke } from '../../dev/http-api.ts'
import type { LocalFunction, Template } from '../../dev/template.ts'
import { gatherLogs, leaksSince, logged } from './logs.ts'
import { closed, listening, type Place } from './server.ts'

/** As the handlers use it: what Lambda tells about the call. */
type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => ReturnType<Invoke>

/** What Lambda leaves a call unless a test says otherwise: a busy machine must not make it fail. */
const PATIENCE_MS = 90_000

/**
 * The real handlers behind the routes of serverless.yml, each loaded when it is first called. Loaded anew, they keep
 * nothing of another Latchkey. What they log is searched for `secrets` and for what was sent.
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
    url: await listening(server),
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
