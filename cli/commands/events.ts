import type { Command } from 'commander'
import * as z from 'zod'
import type { WaitingEvent } from '../../lib/jobs/store-admin.ts'
import { runCommand, table } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'

const listOptions = z.object({ parked: z.boolean().default(false), due: z.boolean().default(false) })
const redriveOptions = z.object({ all: z.boolean().default(false) })
const isoTime = (ms: number): string => new Date(ms).toISOString()

const shown = ({ id, outbox, kind, subject, attempts, reason, received_at, due_at }: WaitingEvent) => ({
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
  const events = program.command('events').description('events of providers whose work has not been done')

  const list = events
    .command('list')
    .description('show events whose work is due, and those that were parked after a day of attempts')
    .option('--parked', 'only those that were parked')
    .option('--due', 'only those that the sweep will do')
  runCommand(list, listOptions, async (where, { parked, due }) => {
    await useTables(where)
    const { listEvents } = await import('../../lib/jobs/store-admin.ts')
    const wanted = [...(parked || !due ? (['parked'] as const) : []), ...(due || !parked ? (['due'] as const) : [])]
    const found = (await Promise.all(wanted.map((outbox) => listEvents(outbox)))).flat().map(shown)
    return {
      json: { events: found },
      text: table(
        ['id', 'state', 'attempts', 'reason', 'received_at', 'due_at'],
        found.map((each) => [
          each.id,
          each.state,
          String(each.attempts),
          each.reason ?? '-',
          each.received_at,
          each.due_at,
        ]),
      ),
    }
  })

  const redrive = events
    .command('redrive')
    .description('have the sweep do the work of parked events again, within a minute')
    .argument('[id...]', 'ids of parked events, as events list shows them')
    .option('--all', 'all that are parked')
  runCommand(redrive, redriveOptions, async (where, { all }, ids) => {
    if (all === ids.length > 0) throw new CommandError('Name the ids of parked events, or give --all.')
    await useTables(where)
    const { listEvents, redriveEvents } = await import('../../lib/jobs/store-admin.ts')
    const named = all ? (await listEvents('parked')).map(({ id }) => id) : [...new Set(ids)]
    const outcome = await redriveEvents(named)
    const { redriven, skipped } = outcome
    return {
      json: outcome,
      text: `${redriven.length} ${redriven.length === 1 ? 'event is' : 'events are'} due again.`,
      // Of all, one that somebody else has redriven meanwhile is no fault.
      ...(skipped.length > 0 && !all && { fault: `Not parked, and left as they are: ${skipped.join(', ')}.` }),
    }
  })
}
