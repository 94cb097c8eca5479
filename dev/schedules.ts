import type { LambdaRunner } from './lambda-runner.ts'
import type { Template } from './template.ts'

/**
 * Invokes the scheduled functions, as EventBridge does. `gateway` is called each second, because both may change. One
 * function starts per second, so that their threads do not need their memory together.
 */
export function runSchedules(gateway: () => Pick<Template, 'schedules'> & Pick<LambdaRunner, 'invoke'>) {
  const lastRuns = new Map<string, number>()
  const timer = setInterval(() => {
    const now = Date.now()
    const { schedules, invoke } = gateway()
    const due = schedules.find(({ functionName, everyMs }) => now - (lastRuns.get(functionName) ?? 0) >= everyMs)
    if (!due) return
    lastRuns.set(due.functionName, now)
    // The function has logged its error; the next run tries again.
    invoke(due.functionName, {}).catch(() => undefined)
  }, 1_000)
  return { stop: () => clearInterval(timer) }
}
