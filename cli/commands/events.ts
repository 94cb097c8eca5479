import type { Command } from 'commander'
import * as z from 'zod'
import { noOptions, redriveOptions, runCommand } from '../support/command.ts'
import { CommandError, UsageError } from '../support/error-message.ts'
import {
  failedEvents,
  redriveIds,
  redriveOutput,
  redriveParked,
  redriveSelected,
  storedEvents,
} from '../support/event-jobs.ts'
import { eventFilterOptions, requireEventIds } from '../support/event-options.ts'
import { commandIo } from '../support/io.ts'
import { useTables } from '../support/stage.ts'
import { facts, table } from '../support/text.ts'

const listOptions = z.object({
  ...eventFilterOptions,
  number: z.coerce.number('must be a number').int('must be a whole number').min(1, 'must be at least 1').default(100),
  parked: z.boolean().default(false),
  due: z.boolean().default(false),
})
const redriveFilter = redriveOptions.extend(eventFilterOptions)

/** The commands about events of providers. Ids are those of the HTTP API, such as `stripe:evt_1`. */
export function addEvents(program: Command): void {
  const events = program.command('events').description('events of providers, and their jobs')

  const list = filterable(
    events
      .command('list')
      .description('show stored events, the newest first, or those whose job failed')
      .option('--parked', 'only events that were parked after a day of retries, of all providers')
      .option('--due', 'only events whose job will be retried, of all providers')
      .option('--number <count>', 'how many events to show (default: 100)'),
  )
  const listExamples = ['events list --parked', 'events list --provider stripe --from 24h --stage prod'] as const
  runCommand(list, listExamples, listOptions, async (where, { parked, due, number, ...filter }) => {
    if ((parked || due) && Object.values(filter).some((value) => value !== undefined))
      throw new UsageError('Set --parked and --due without other filters, or use --state.')
    const entries = parked || due ? await failedEvents(where, parked, due) : await storedEvents(where, filter, number)
    return {
      json: { events: entries },
      text: table(
        ['id', 'type', 'state', 'attempts', 'reason', 'received_at', 'due_at'],
        entries,
        parked || due ? 'There are no such events: all jobs are done.' : 'There are no such events.',
      ),
    }
  })

  const show = events.command('show').description('show what is known of an event').argument('<id>', 'the id')
  runCommand(
    show,
    ['events show stripe:evt_1', 'events show stripe:evt_1 --stage prod'],
    noOptions,
    async (where, _options, ids) => {
      const [id = ''] = await requireEventIds(ids)
      await useTables(where)
      const { requireEvent, toEvent } = await import('../../lib/jobs/stored-event.ts')
      const event = toEvent(await requireEvent(id))
      return { json: event, text: facts(event) }
    },
  )

  const body = events
    .command('body')
    .description('write the body of an event to stdout, byte for byte')
    .argument('<id>', 'the id')
  const bodyExamples = ['events body stripe:evt_1', 'events body stripe:evt_1 --stage prod > event.json'] as const
  runCommand(body, bodyExamples, noOptions, async (where, _options, ids) => {
    const [id = ''] = await requireEventIds(ids)
    await useTables(where, ['SEAL_KEY', 'SEAL_KEYS'])
    const { requireEventBody } = await import('../../lib/jobs/stored-event.ts')
    const { body, contentType } = await requireEventBody(id)
    const bytes = Buffer.from(body)
    if (where.json) return { json: { id, content_type: contentType, base64: bytes.toString('base64') }, text: '' }
    const { stdout } = commandIo()
    // A terminal executes control characters.
    if (stdout.isTTY && /[^\P{Cc}\t\r\n]/u.test(bytes.toString()))
      throw new CommandError('The body has control characters: write it to a file with > or use --json.')
    stdout.write(bytes)
    return null
  })

  const redrive = filterable(
    events
      .command('redrive')
      .description('run the jobs of events again within a minute; events that are done are sent again')
      .argument('[id...]', 'ids of events, as events list shows them')
      .option('--all', 'all parked events of all providers'),
  )
  const redriveExamples = [
    'events redrive --all',
    'events redrive --provider stripe --state done --from 2026-03-02 --stage prod',
  ] as const
  runCommand(redrive, redriveExamples, redriveFilter, async (where, { all, ...filter }, ids) => {
    const isRange = Object.values(filter).some((value) => value !== undefined)
    if ([all, isRange, ids.length > 0].filter(Boolean).length !== 1)
      throw new UsageError('Name the ids of events, or set --all, or --provider with other filters.')
    if (all) return redriveOutput(await redriveParked(where))
    if (!isRange) return redriveOutput(await redriveIds(where, await requireEventIds([...new Set(ids)])))
    const { provider, state = 'parked', ...range } = filter
    if (provider === undefined) throw new UsageError('--provider is required with these filters.')
    return redriveOutput(await redriveSelected(where, { provider, state, ...range }))
  })
}

const filterable = (command: Command): Command =>
  command
    .option('--provider <name>', 'only events of this provider')
    .option('--type <type>', 'only events of this type, as the provider names it')
    .option('--state <state>', 'only events in this state: stored, pending, parked or done')
    .option('--from <time>', 'only events received from this time on, such as 24h (24 hours ago) or 2026-03-02')
    .option('--to <time>', 'only events received until this time')
