import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import type { LogLine } from '../../dev/log-lines.ts'
import { RUN_LOG } from '../../dev/run-log.ts'
import type { ReadLog } from './cloudwatch-logs.ts'
import { CommandError } from './error-message.ts'
import { localFolder } from './stage.ts'

const logLine = z.object({ timestamp: z.iso.datetime(), function: z.string(), message: z.unknown() })

/** Reads the log of the last local run, from a time on (UNIX ms). Throws if there was none. */
export function localLog(from: number, functionName?: string): ReadLog {
  let complete = 0
  return async () => {
    const text = await readFile(`${localFolder()}/${RUN_LOG}`, 'utf8').catch(() => null)
    if (text === null) throw new CommandError('There is no log of a local run: start Latchkey with npm start.')
    // A new run starts a new file.
    const start = text.length < complete ? 0 : complete
    complete = text.lastIndexOf('\n') + 1
    return text
      .slice(start, complete)
      .split('\n')
      .flatMap((line) => (line === '' ? [] : parseLine(line)))
      .filter((line) => Date.parse(line.timestamp) >= from)
      .filter((line) => functionName === undefined || line.function === functionName)
  }
}

const parseLine = (line: string): LogLine[] => {
  const { data } = logLine.safeParse(JSON.parse(line))
  return data ? [data] : []
}
