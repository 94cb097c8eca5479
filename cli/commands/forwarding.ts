import type { Command } from 'commander'
import type { ParkedBox, WaitingBox } from '../../lib/opensensemap/store-admin.ts'
import { listOptions, redriveOptions, runCommand } from '../support/command.ts'
import { UsageError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'
import { facts, table } from '../support/text.ts'

const toDueEntry = ({ box, digest, failures, reason, blocks, oldest, nextAttempt }: WaitingBox) => ({
  box,
  id: digest,
  state: nextAttempt === null ? 'due' : 'waiting',
  failures,
  reason: reason ?? null,
  blocks,
  oldest,
  next_attempt: nextAttempt === null ? null : new Date(nextAttempt).toISOString(),
})

const toParkedEntry = ({ box, digest, blocks, reasons, oldest }: ParkedBox) => ({
  box,
  id: digest,
  state: 'parked',
  blocks,
  reasons: Object.fromEntries(reasons),
  oldest,
})

const formatReasons = (reasons: Record<string, number>): string =>
  Object.entries(reasons)
    .map(([reason, count]) => `${reason} (${count})`)
    .join(', ')

const formatCount = (count: number, singular: string, plural: string): string =>
  count === 1 ? `1 ${singular} is` : `${count} ${plural} are`

export function addForwarding(program: Command): void {
  const forwarding = program.command('forwarding').description('measurements that are forwarded to openSenseMap')

  const list = forwarding
    .command('list')
    .description('show the boxes with due blocks, and those whose blocks were parked after too many attempts')
    .option('--parked', 'only boxes with parked blocks')
    .option('--due', 'only boxes with due blocks')
  runCommand(
    list,
    ['forwarding list', 'forwarding list --parked --stage prod'],
    listOptions,
    async (where, options) => {
      await useTables(where)
      const { listParked, listWaiting } = await import('../../lib/opensensemap/store-admin.ts')
      const due = options.due || !options.parked ? (await listWaiting(Date.now())).map(toDueEntry) : []
      const parked = options.parked || !options.due ? (await listParked()).map(toParkedEntry) : []
      return {
        json: { boxes: [...due, ...parked] },
        text: table(
          ['box', 'id', 'state', 'failures', 'blocks', 'reason', 'next_attempt', 'oldest'],
          [
            ...due.map((entry) => ({ ...entry, next_attempt: entry.next_attempt ?? 'next run' })),
            ...parked.map((entry) => ({ ...entry, reason: formatReasons(entry.reasons) })),
          ],
          'There are no such boxes: all measurements are forwarded.',
        ),
      }
    },
  )

  const redrive = forwarding
    .command('redrive')
    .description('forward parked blocks of boxes again, and retry waiting boxes, within a minute')
    .argument('[box...]', 'names of boxes as in uploads; put -- before names that start with a hyphen')
    .option('--all', 'all boxes with parked or due blocks')
  runCommand(
    redrive,
    ['forwarding redrive garden', 'forwarding redrive --all --stage prod'],
    redriveOptions,
    async (where, { all }, boxes) => {
      if (all === boxes.length > 0) throw new UsageError('Name boxes as in uploads, or set --all.')
      await useTables(where)
      const { boxesWithBlocks, redriveBoxes } = await import('../../lib/opensensemap/store-admin.ts')
      const outcome = await redriveBoxes(all ? await boxesWithBlocks() : [...new Set(boxes)])
      const { redriven, skipped } = outcome
      const blocks = redriven.reduce((sum, box) => sum + box.blocks, 0)
      return {
        json: outcome,
        text: `${formatCount(blocks, 'block', 'blocks')} due again; ${formatCount(redriven.length, 'box', 'boxes')} retried by the next run.`,
        // With --all, a box may have been forwarded in the meantime.
        ...(skipped.length > 0 && !all && { fault: `${facts({ 'Neither parked nor due': skipped.join(', ') })}.` }),
      }
    },
  )
}
