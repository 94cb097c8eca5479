import type { Writable } from 'node:stream'
import { LIVE_AGENT } from './demo/measurements.ts'
import type { Exchange } from './http-api.ts'
import type { FunctionOutput } from './lambda-runner.ts'
import { formatLine, parseMessage } from './log-lines.ts'
import { formatRequestLine, toRequestLine } from './request-line.ts'
import { startRunLog } from './run-log.ts'

/** `upload` for the logical id `UploadLambdaFunction`. */
const shortName = (logicalId: string): string =>
  logicalId.replace(/^./, (letter) => letter.toLowerCase()).replace(/LambdaFunction$/, '')

/** A line every second would move all others out of sight. Another caller must not hide other requests like this. */
const isLiveRow = ({ routeKey, event, result: { statusCode = 200 } }: Exchange): boolean =>
  routeKey === 'POST /upload' && statusCode < 400 && event?.headers['user-agent'] === LIVE_AGENT

type OutputStream = Writable & { isTTY?: boolean }

/**
 * Prints requests and what functions write, and stores both in the log of the run. Terminals get lines for people, other
 * outputs JSON.
 */
export function startRunOutput(folder: string, streams: { stdout: OutputStream; stderr: OutputStream }) {
  const { stdout } = streams
  const writeLog = startRunLog(folder)
  return {
    request(exchange: Exchange): void {
      const now = new Date()
      const line = toRequestLine(exchange)
      const timestamp = now.toISOString()
      writeLog({ timestamp, function: shortName(exchange.functionName ?? 'gateway'), message: line })
      if (stdout.isTTY && isLiveRow(exchange)) return
      stdout.write(`${stdout.isTTY ? formatRequestLine(line, now, stdout) : JSON.stringify({ timestamp, ...line })}\n`)
    },
    functionOutput({ functionName, text, stream }: FunctionOutput): void {
      const line = {
        timestamp: new Date().toISOString(),
        function: shortName(functionName),
        message: parseMessage(text),
      }
      writeLog(line)
      streams[stream].write(`${stdout.isTTY ? formatLine(line, stdout) : text}\n`)
    },
  }
}
