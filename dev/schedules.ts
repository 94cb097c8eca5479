import type { Template } from './template.ts'

/** Begins functions by the clock, as EventBridge does; `current` is asked anew each time, since both may change. */
export function runSchedules(
  current: () => { template: Template; run(functionName: string): Promise<unknown> } | undefined,
) {
  const last = new Map<string, number>()
  const timer = setInterval(() => {
    const now = Date.now()
    const { template, run } = current() ?? {}
    for (const { functionName, everyMs } of template?.schedules ?? []) {
      if (now - (last.get(functionName) ?? 0) < everyMs) continue
      last.set(functionName, now)
      // What fails has told so in the log, and is begun again by the next turn of the clock.
      run?.(functionName).catch(() => undefined)
    }
  }, 1_000)
  return { stop: () => clearInterval(timer) }
}
