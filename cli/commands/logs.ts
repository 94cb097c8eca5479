import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import * as z from 'zod'
import { formatLine, type LogLine } from '../../dev/log-lines.ts'
import { parseRangeTime } from '../../lib/measurements/time-range.ts'
import { cloudWatchLog } from '../support/cloudwatch-logs.ts'
import { runCommand } from '../support/command.ts'
import { UsageError } from '../support/error-message.ts'
import { commandIo } from '../support/io.ts'
import { localLog } from '../support/local-log.ts'
import { useRegion } from '../support/stage.ts'
import { toApiTime } from '../support/times.ts'

const options = z.object({
  since: z.string().transform(toApiTime).default('-1h'),
  function: z.string().optional(),
  follow: z.boolean().default(false),
})

/** Time between two looks at a log that is followed. */
const FOLLOW_MS = 2_000

export function addLogs(program: Command): void {
  const command = program
    .command('logs')
    .description('show what the functions wrote to their logs: those of the local run, or in CloudWatch Logs')
    .option('--since <time>', 'from this time on, such as 10m (10 minutes ago) or 2026-03-02 (default: 1h)')
    .option('--function <name>', 'only the lines of this function, such as upload')
    .option('--follow', 'wait for new lines, until Ctrl+C')
  const examples = ['logs --follow', 'logs --stage prod --since 24h --function upload'] as const
  runCommand(command, examples, options, async (where, { since, follow, function: name }) => {
    useRegion(where)
    const from = parseRangeTime(since, 'from', Date.now())
    if (from === null) throw new UsageError('--since must be a time such as 10m, 24h or 2026-03-02.')
    const read = where.stage === 'local' ? localLog(from, name) : await cloudWatchLog(where.stage, from, name)
    const { stdout, signal } = commandIo()
    const write = (line: LogLine) => stdout.write(`${where.json ? JSON.stringify(line) : formatLine(line, stdout)}\n`)
    const lines = await read()
    lines.forEach(write)
    if (lines.length === 0 && !follow && !where.json) stdout.write('There are no log lines since then.\n')
    for (let isOpen = follow; isOpen; isOpen = !signal?.aborted) {
      await sleep(FOLLOW_MS, undefined, { signal }).catch(() => undefined)
      for (const line of await read()) write(line)
    }
    return null
  })
}
