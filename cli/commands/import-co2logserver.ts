import type { Command } from 'commander'
import * as z from 'zod'
import { getSettings } from '../../lib/config/settings.ts'
import type { Survey } from '../import/co2logserver-survey.ts'
import { type StoredCounts, storeFile, surveyFile } from '../import/store-blocks.ts'
import { type CommandOutput, facts, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { requireClient } from '../support/find-client.ts'
import { withProgress } from '../support/progress.ts'
import { useTables } from '../support/stage.ts'

const options = z.object({
  client: z.string(),
  dryRun: z.boolean().default(false),
  skipFaulty: z.boolean().default(false),
})

export function addImportCo2LogServer(program: Command): void {
  const command = program
    .command('co2logserver')
    .description('bring over the measurements of a co2logserver; it may be repeated, and goes on where it was cut off')
    .argument('<co2.sqlite>', 'its file: a copy, if it still runs')
    .requiredOption('--client <id>', 'the client that is to have them')
    .option('--dry-run', 'tell what is in the file, and store nothing')
    .option('--skip-faulty', 'when there are rows that cannot be stored, store the others')
  runCommand(command, options, async (where, { client, dryRun, skipFaulty }, [path = '']) => {
    await useTables(where)
    // Nobody else needs SQLite, and older versions of Node warn of it.
    const { openLogFile } = await import('../import/co2logserver-file.ts')
    const { retryWhileThrottled } = await import('../../lib/dynamodb/retry-while-throttled.ts')
    retryWhileThrottled()
    await requireClient(client)
    const { TIME_COLUMNS: timeColumns } = await getSettings('TIME_COLUMNS')
    const table = openLogFile(path)
    try {
      const surveyed = await withProgress({ what: 'Checking', total: table.estimate, unit: 'rows' }, (at) =>
        surveyFile(client, table, timeColumns, at),
      )
      const { found } = surveyed
      if (dryRun) return answer(client, found, null)
      if (found.rows === 0) return answer(client, found, { rows: 0, newBlocks: 0, blocksThere: 0 })
      if (found.faults.rows > 0 && !skipFaulty) throw faulty(found)
      return answer(client, found, await storeFile(client, surveyed))
    } finally {
      table.close()
    }
  })
}

const faulty = ({ faults }: Survey): CommandError =>
  new CommandError(
    `Nothing was stored, since not all rows can be.${lines(faults.sentences())}\nMend them in a copy, or give --skip-faulty.`,
  )

const lines = (sentences: readonly string[]): string => sentences.map((sentence) => `\n  ${sentence}`).join('')

/** What the file holds and, unless it was only looked at, what became of it. */
function answer(client: string, found: Survey, stored: StoredCounts | null): CommandOutput {
  const { rows, blocks, first, last, series, columns, warnings, faults } = found
  const json = {
    client_id: client,
    rows_read: rows,
    rows_stored: stored?.rows ?? 0,
    rows_faulty: faults.rows,
    blocks,
    blocks_new: stored?.newBlocks ?? 0,
    blocks_there: stored?.blocksThere ?? 0,
    first: first ?? null,
    last: last ?? null,
    sources: series.length,
    columns,
    warnings,
    faults: faults.sentences(),
  }
  const missing = stored ? rows - stored.rows : faults.rows
  return {
    json,
    text: facts({
      'rows read': String(rows),
      'rows stored': stored ? String(stored.rows) : 'none: this was a dry run',
      blocks: stored ? `${stored.newBlocks} new, ${stored.blocksThere} there already` : String(blocks),
      first,
      last,
      sources: String(series.length),
      columns: columns.join(', '),
    }),
    notes: warnings.map((warning) => `Note: ${warning}.`),
    ...(missing > 0 && {
      fault: `${missing} of ${rows} rows ${stored ? 'were' : 'can'} not ${stored ? '' : 'be '}stored.${lines(faults.sentences())}`,
    }),
  }
}
