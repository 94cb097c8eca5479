import { Presets, SingleBar } from 'cli-progress'
import { commandIo } from './io.ts'

/** How often a bar moves; where nobody watches, there is a line now and then instead. */
const BAR_MS = 200
const LINE_MS = 10_000

/** What long work does, how much of it there is, and in what that is counted, such as rows. */
export interface ProgressTask {
  what: string
  total: number
  unit: string
}

/**
 * Tells on stderr how far work has come, which says so by `at`: a bar on a terminal, elsewhere a line now and then.
 */
export async function withProgress<T>(
  work: ProgressTask,
  run: (at: (done: number) => void) => T | Promise<T>,
): Promise<T> {
  const { at, stop } = commandIo().stderr.isTTY ? bar(work) : lines(work)
  try {
    return await run(at)
  } finally {
    stop()
  }
}

function bar({ what, total, unit }: ProgressTask) {
  const format = `${what} {bar} {percentage}% | {value} of {total} ${unit} | {eta_formatted} to go`
  const shown = new SingleBar({ format, etaBuffer: 50, stream: commandIo().stderr }, Presets.shades_classic)
  shown.start(total, 0)
  let last = 0
  let told = 0
  return {
    at(done: number) {
      last = Math.min(done, total)
      // What is still to come is reckoned from the last updates: they must not all be of the same moment.
      if (Date.now() - told < BAR_MS) return
      told = Date.now()
      shown.update(last)
    },
    stop() {
      shown.update(last)
      shown.stop()
    },
  }
}

function lines({ what, total, unit }: ProgressTask) {
  let told = Date.now()
  return {
    at(done: number) {
      if (Date.now() - told < LINE_MS) return
      told = Date.now()
      commandIo().stderr.write(`${what}: ${Math.round(done)} of ${total} ${unit}.\n`)
    },
    stop: () => undefined,
  }
}
