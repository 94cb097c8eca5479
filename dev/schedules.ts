import type { LambdaRunner } from './lambda-runner.ts'
import type { Template } from './template.ts'

/** Invokes the scheduled functions, as EventBridge does. `gateway` is called each second, because both may change. */
export function runSchedules(gateway: () => Pick<Template, 'schedules'> & Pick<LambdaRunner, 'invoke'>) {
  const lastRuns = new Map<string, number>()
  const timer = setInterval(() => {
    const now = Date.now()
    const { schedules, invoke } = gateway()
    for (const { functionName, everyMs } of schedules) {
      if (now - (lastRuns.get(functionName) ?? 0) < everyMs) continue
      lastRuns.set(functionName, now)
      // The function has logged its error; the next run tries again.
      invoke(functionName, {}).catch(() => undefined)
    }
  }, 1_000)
  return { stop: () => clearInterval(timer) }
}
