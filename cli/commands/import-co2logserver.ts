import type { Command } from 'commander'
import * as z from 'zod'
import { getSettings } from '../../lib/config/settings.ts'
import { splitTimeColumns } from '../../lib/core/time-columns.ts'
import type { Survey } from '../import/co2logserver-survey.ts'
import { type StoredCounts, storeFile, surveyFile } from '../import/store-blocks.ts'
import { requireClient, resolveClientId } from '../support/clients.ts'
import { type CommandOutput, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { withProgress } from '../support/progress.ts'
import { useTables } from '../support/stage.ts'
import { facts } from '../support/text.ts'

const options = z.object({
  client: z.string(),
  dryRun: z.boolean().default(false),
  skipFaulty: z.boolean().default(false),
})

export function addImportCo2LogServer(program: Command): void {
  const command = program
    .command('co2logserver')
    .description('import the measurements of a co2logserver; a repeat continues where the last import stopped')
    .argument('<co2.sqlite>', 'its file, or a copy if co2logserver still runs')
    .requiredOption('--client <client>', 'the client that will own the measurements: its client_id or its name')
    .option('--dry-run', 'show what the file contains, and store nothing')
    .option('--skip-faulty', 'store the other rows if some cannot be stored')
  const examples = [
    'import co2logserver co2.sqlite --client garden --dry-run',
    'import co2logserver co2.sqlite --client garden',
  ] as const
  runCommand(command, examples, options, async (where, { client: name, dryRun, skipFaulty }, [path = '']) => {
    await useTables(where)
    const client = await resolveClientId(name)
    // Loaded here because only this command needs SQLite, and older versions of Node print a warning.
    const { openLogFile } = await import('../import/co2logserver-file.ts')
    const { retryDuringOutages } = await import('../../lib/dynamodb/retry-during-outages.ts')
    retryDuringOutages()
    await requireClient(client)
    // Rows of co2logserver always had these columns; the other names may hold something else.
    const { certain: timeColumns } = splitTimeColumns((await getSettings('TIME_COLUMNS')).TIME_COLUMNS)
    const table = openLogFile(path)
    try {
      const file = await withProgress({ what: 'Checking', total: table.estimate, unit: 'rows' }, (at) =>
        surveyFile(client, table, timeColumns, at),
      )
      const { survey } = file
      if (dryRun) return formatOutput(client, survey, null)
      if (survey.rows === 0) return formatOutput(client, survey, { rows: 0, newBlocks: 0, existingBlocks: 0 })
      if (survey.faults.rows > 0 && !skipFaulty) throw invalidRows(survey)
      return formatOutput(client, survey, await storeFile(client, file))
    } finally {
      table.close()
    }
  })
}

const invalidRows = ({ faults }: Survey): CommandError =>
  new CommandError(
    `Nothing was stored, because some rows are invalid.${lines(faults.sentences())}\nCorrect them in a copy, or set --skip-faulty.`,
  )

const lines = (sentences: readonly string[]): string => sentences.map((sentence) => `\n  ${sentence}`).join('')

/** Reports the content of the file and, after an import, what was stored. */
function formatOutput(client: string, survey: Survey, stored: StoredCounts | null): CommandOutput {
  const { rows, blocks, first, last, series, columns, warnings, faults } = survey
  const json = {
    client_id: client,
    rows_read: rows,
    rows_stored: stored?.rows ?? 0,
    rows_faulty: faults.rows,
    blocks,
    blocks_new: stored?.newBlocks ?? 0,
    blocks_there: stored?.existingBlocks ?? 0,
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
      'rows read': rows,
      'rows stored': stored ? stored.rows : 'none: this was a dry run',
      blocks: stored ? `${stored.newBlocks} new, ${stored.existingBlocks} already stored` : blocks,
      first,
      last,
      sources: series.length,
      columns: columns.join(', '),
    }),
    notes: warnings.map((warning) => `Note: ${warning}.`),
    ...(missing > 0 && {
      fault: `${missing} of ${rows} rows ${stored ? 'were' : 'can'} not ${stored ? '' : 'be '}stored.${lines(faults.sentences())}`,
    }),
  }
}
