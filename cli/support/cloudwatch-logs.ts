import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs'
import { type LogLine, parseMessage } from '../../dev/log-lines.ts'
import { awsClientOptions } from './aws-client.ts'
import { CommandError } from './error-message.ts'

/** Returns the lines since the last call, the oldest first. */
export type ReadLog = () => Promise<LogLine[]>

/** Lines that Lambda writes around those of a function. */
const PLATFORM = /^(?:INIT_START|START|END|REPORT) /
/** CloudWatch may return an event this long after events that are newer. */
const DELAY_MS = 30_000

/** Reads the log groups of a deployed stage, from a time on (UNIX ms). Throws if the stage has none. */
export async function cloudWatchLog(stage: string, from: number, functionName?: string): Promise<ReadLog> {
  const client = new CloudWatchLogsClient({
    ...awsClientOptions(),
    // Adaptive, because accounts may send only 5 to 25 of these requests a second.
    retryMode: 'adaptive',
    maxAttempts: 8,
  })
  const prefix = `/aws/lambda/latchkey-${stage}-`
  const groups: string[] = []
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: prefix }))
    groups.push(...logGroups.flatMap(({ logGroupName = '' }) => logGroupName.slice(prefix.length)))
  const selected = groups.filter((name) => functionName === undefined || name === functionName)
  if (groups.length === 0) throw new CommandError('There are no logs of this stage in this region: deploy it first.')
  if (selected.length === 0) throw new CommandError(`There is no such function. There are ${groups.join(', ')}.`)

  const seen = new Set<string>()
  let startTime = from
  return async () => {
    const lines: LogLine[] = []
    for (const name of selected) {
      const request = { logGroupName: prefix + name, startTime }
      for await (const { events = [] } of paginateFilterLogEvents({ client }, request)) {
        for (const { eventId = '', timestamp = 0, message = '' } of events) {
          if (seen.has(eventId) || PLATFORM.test(message)) continue
          seen.add(eventId)
          lines.push({ timestamp: new Date(timestamp).toISOString(), function: name, message: parseMessage(message) })
        }
      }
    }
    const ordered = lines.toSorted((one, other) => one.timestamp.localeCompare(other.timestamp))
    startTime = Math.max(startTime, Date.parse(ordered.at(-1)?.timestamp ?? '') - DELAY_MS || 0)
    return ordered
  }
}
