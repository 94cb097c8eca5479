import { ftruncateSync, openSync, writeSync } from 'node:fs'
import type { LogLine } from './log-lines.ts'

/** The name of the file with the log of the last run, one JSON object per line. */
export const RUN_LOG = 'run.log'

/** A longer file is emptied. */
const MAX_BYTES = 20_000_000

/** Starts the log of a run. Only the owner of the folder may read it. Returns a function that adds a line. */
export function startRunLog(folder: string): (line: LogLine) => void {
  // Written at once, so that the lines before a crash are there.
  const file = openSync(`${folder}/${RUN_LOG}`, 'a', 0o600)
  ftruncateSync(file)
  let bytes = 0
  return (line) => {
    if (bytes > MAX_BYTES) {
      ftruncateSync(file)
      bytes = 0
    }
    bytes += writeSync(file, `${JSON.stringify(line)}\n`)
  }
}
