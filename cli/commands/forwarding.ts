import type { Command } from 'commander'
import * as z from 'zod'
import type { ParkedBox, WaitingBox } from '../../lib/opensensemap/store-admin.ts'
import { facts, runCommand, table } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'

const listOptions = z.object({ parked: z.boolean().default(false), due: z.boolean().default(false) })
const redriveOptions = z.object({ all: z.boolean().default(false) })

const shownDue = ({ box, digest, failures, reason, blocks, oldest, nextAttempt }: WaitingBox) => ({
  box,
  id: digest,
  state: nextAttempt === null ? 'due' : 'waiting',
  failures,
  reason: reason ?? null,
  blocks,
  oldest,
  next_attempt: nextAttempt === null ? null : new Date(nextAttempt).toISOString(),
})

const shownParked = ({ box, digest, blocks, reasons, oldest }: ParkedBox) => ({
  box,
  id: digest,
  state: 'parked',
  blocks,
  reasons: Object.fromEntries(reasons),
  oldest,
})

const counted = (reasons: Record<string, number>): string =>
  Object.entries(reasons)
    .map(([reason, count]) => `${reason} (${count})`)
    .join(', ')

const many = (count: number, one: string, more: string): string =>
  count === 1 ? `1 ${one} is` : `${count} ${more} are`

export function addForwarding(program: Command): void {
  const forwarding = program.command('forwarding').description('measurements that are to go to openSenseMap')

  const list = forwarding
    .command('list')
    .description('show the boxes that have blocks due, and those whose blocks were parked after too many attempts')
    .option('--parked', 'only those that have parked blocks')
    .option('--due', 'only those that have blocks due')
  runCommand(list, listOptions, async (where, options) => {
    await useTables(where)
    const { listParked, listWaiting } = await import('../../lib/opensensemap/store-admin.ts')
    const due = options.due || !options.parked ? (await listWaiting(Date.now())).map(shownDue) : []
    const parked = options.parked || !options.due ? (await listParked()).map(shownParked) : []
    return {
      json: { boxes: [...due, ...parked] },
      text: table(
        ['box', 'id', 'state', 'failures', 'blocks', 'reason', 'next_attempt', 'oldest'],
        [
          ...due.map((each) => [
            each.box,
            each.id,
            each.state,
            String(each.failures),
            String(each.blocks),
            each.reason ?? '-',
            each.next_attempt ?? 'next run',
            each.oldest,
          ]),
          ...parked.map((each) => [
            each.box,
            each.id,
            each.state,
            '-',
            String(each.blocks),
            counted(each.reasons),
            '-',
            each.oldest,
          ]),
        ],
      ),
    }
  })

  const redrive = forwarding
    .command('redrive')
    .description('have parked blocks of boxes forwarded again, and boxes that wait tried at once, within a minute')
    .argument('[box...]', 'names of boxes, as uploads have them; after -- those that begin with a hyphen')
    .option('--all', 'all boxes that have blocks parked or due')
  runCommand(redrive, redriveOptions, async (where, { all }, boxes) => {
    if (all === boxes.length > 0) throw new CommandError('Name boxes as uploads have them, or give --all.')
    await useTables(where)
    const { boxesWithBlocks, redriveBoxes } = await import('../../lib/opensensemap/store-admin.ts')
    const outcome = await redriveBoxes(all ? await boxesWithBlocks() : [...new Set(boxes)])
    const { redriven, skipped } = outcome
    const blocks = redriven.reduce((sum, each) => sum + each.blocks, 0)
    return {
      json: outcome,
      text: `${many(blocks, 'block', 'blocks')} due again; ${many(redriven.length, 'box', 'boxes')} tried at the next run.`,
      // Of all, one that was forwarded meanwhile is no fault.
      ...(skipped.length > 0 && !all && { fault: `${facts({ 'Neither parked nor due': skipped.join(', ') })}.` }),
    }
  })
}
