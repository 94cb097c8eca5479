import type { Command } from 'commander'
import type { WaitingEvent } from '../../lib/jobs/store-admin.ts'
import { listOptions, redriveOptions, runCommand } from '../support/command.ts'
import { UsageError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'
import { table } from '../support/text.ts'

const isoTime = (ms: number): string => new Date(ms).toISOString()

const toListEntry = ({ id, outbox, kind, subject, attempts, reason, received_at, due_at }: WaitingEvent) => ({
  id,
  state: outbox,
  kind,
  subject,
  attempts,
  reason: reason ?? null,
  received_at: isoTime(received_at),
  due_at: isoTime(due_at),
})

export function addEvents(program: Command): void {
  const events = program.command('events').description('events of providers whose job is not done')

  const list = events
    .command('list')
    .description('show events whose job will be retried, and those that were parked after a day of retries')
    .option('--parked', 'only parked events')
    .option('--due', 'only events that will be retried')
  runCommand(
    list,
    ['events list', 'events list --parked --stage prod'],
    listOptions,
    async (where, { parked, due }) => {
      await useTables(where)
      const { listEvents } = await import('../../lib/jobs/store-admin.ts')
      const lists = [...(parked || !due ? (['parked'] as const) : []), ...(due || !parked ? (['due'] as const) : [])]
      const entries = (await Promise.all(lists.map((outbox) => listEvents(outbox)))).flat().map(toListEntry)
      return {
        json: { events: entries },
        text: table(
          ['id', 'state', 'attempts', 'reason', 'received_at', 'due_at'],
          entries,
          'There are no such events: all jobs are done.',
        ),
      }
    },
  )

  const redrive = events
    .command('redrive')
    .description('retry the jobs of parked events within a minute')
    .argument('[id...]', 'ids of parked events, as events list shows them')
    .option('--all', 'all parked events')
  runCommand(
    redrive,
    ['events redrive --all', 'events redrive --all --stage prod'],
    redriveOptions,
    async (where, { all }, ids) => {
      if (all === ids.length > 0) throw new UsageError('Name the ids of parked events, or set --all.')
      await useTables(where)
      const { listEvents, redriveEvents } = await import('../../lib/jobs/store-admin.ts')
      const selected = all ? (await listEvents('parked')).map(({ id }) => id) : [...new Set(ids)]
      const outcome = await redriveEvents(selected)
      const { redriven, skipped } = outcome
      return {
        json: outcome,
        text: `${redriven.length} ${redriven.length === 1 ? 'event is' : 'events are'} due again.`,
        // With --all, another operator may have redriven some of them in the meantime.
        ...(skipped.length > 0 &&
          !all && { fault: `These are not parked and were not changed: ${skipped.join(', ')}.` }),
      }
    },
  )
}
