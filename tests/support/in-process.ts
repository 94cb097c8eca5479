import { vi } from 'vitest'
import { httpApi, type Invoke } from '../../dev/http-api.ts'
import type { Template } from '../../dev/template.ts'
import { gatherLogs, leaksSince, logged } from './logs.ts'
import { closed, listening, type Place } from './server.ts'

/** As the handlers use it: what Lambda tells about the call. */
type Handler = (event: unknown, context: { getRemainingTimeInMillis(): number }) => ReturnType<Invoke>

/**
 * The real handlers behind the routes of serverless.yml. Loaded anew, they keep nothing of another Latchkey. What they log
 * is searched for `secrets` and for what was sent.
 */
export async function inProcess(template: Template, secrets: readonly string[]): Promise<Place> {
  gatherLogs()
  const leaks: string[] = []
  let remainingMs: number | undefined
  let handlers = new Map<string, Handler>()
  const invoke: Invoke = async (name, event) => {
    const handler = handlers.get(name)
    if (!handler) throw new Error(`no function ${name}`)
    const deployed = template.functions.find((each) => each.name === name)?.timeoutMs ?? 0
    const before = logged()
    const result = await handler(event, { getRemainingTimeInMillis: () => remainingMs ?? deployed })
    leaks.push(...leaksSince(before, event, result, secrets))
    return result
  }
  const server = httpApi(() => ({ ...template, invoke }))
  return {
    url: await listening(server),
    async load() {
      vi.resetModules()
      const loaded = new Map<string, Handler>()
      for (const { name, file } of template.functions) {
        const module = await import(`../../functions/${file.replace('.mjs', '')}.ts`)
        loaded.set(name, module.handler)
      }
      handlers = loaded
    },
    async runScheduled(file) {
      const due = template.schedules.map(({ functionName }) => functionName)
      const definition = template.functions.find((each) => each.file === file && due.includes(each.name))
      const handler = definition && handlers.get(definition.name)
      if (!handler) throw new Error(`no schedule begins ${file}`)
      await handler({}, { getRemainingTimeInMillis: () => definition.timeoutMs })
    },
    setRemainingTime(ms) {
      remainingMs = ms
    },
    async stop() {
      await closed(server)
      if (leaks.length > 0) throw new Error(`what must not be logged was: ${[...new Set(leaks)].join(', ')}`)
    },
  }
}
