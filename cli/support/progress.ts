import { Presets, SingleBar } from 'cli-progress'
import { commandIo } from './io.ts'

/** Intervals of the progress bar, and of the lines that replace it without a terminal. */
const BAR_MS = 200
const LINE_MS = 10_000

/** A long task. `total` is in units, such as rows. */
export interface ProgressTask {
  what: string
  total: number
  unit: string
}

/**
 * Shows on stderr the progress that `run` reports with `at`: a bar on a terminal, otherwise a line every 10 s.
 */
export async function withProgress<T>(
  task: ProgressTask,
  run: (at: (done: number) => void) => T | Promise<T>,
): Promise<T> {
  const { at, stop } = commandIo().stderr.isTTY ? startBar(task) : startLines(task)
  try {
    return await run(at)
  } finally {
    stop()
  }
}

function startBar({ what, total, unit }: ProgressTask) {
  const format = `${what} {bar} {percentage}% | {value} of {total} ${unit} | {eta_formatted} to go`
  const bar = new SingleBar({ format, etaBuffer: 50, stream: commandIo().stderr }, Presets.shades_classic)
  bar.start(total, 0)
  let last = 0
  let updatedAt = 0
  return {
    at(done: number) {
      last = Math.min(done, total)
      // The library estimates the remaining time from the last updates, so they must not be too close together.
      if (Date.now() - updatedAt < BAR_MS) return
      updatedAt = Date.now()
      bar.update(last)
    },
    stop() {
      bar.update(last)
      bar.stop()
    },
  }
}

function startLines({ what, total, unit }: ProgressTask) {
  let updatedAt = Date.now()
  return {
    at(done: number) {
      if (Date.now() - updatedAt < LINE_MS) return
      updatedAt = Date.now()
      commandIo().stderr.write(`${what}: ${Math.round(done)} of ${total} ${unit}.\n`)
    },
    stop: () => undefined,
  }
}
