import { existsSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import type { Command } from 'commander'
import * as z from 'zod'
import { getSettings } from '../../lib/config/settings.ts'
import { requireClient } from '../support/clients.ts'
import { runCommand } from '../support/command.ts'
import { CommandError, fileErrorMessage } from '../support/error-message.ts'
import { writeRows } from '../support/export-file.ts'
import { exportRows } from '../support/export-rows.ts'
import { withProgress } from '../support/progress.ts'
import { useTables } from '../support/stage.ts'

const options = z.object({
  client: z.string(),
  format: z.enum(['csv', 'ndjson', 'parquet'], 'must be csv, ndjson or parquet').default('csv'),
  participant: z.string().optional(),
  source: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  cols: z.string().optional(),
  formulas: z.string().optional(),
  out: z.string().optional(),
  force: z.boolean().default(false),
})

export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('write measurements of a client to a file, with the values that /download returns')
    .requiredOption('--client <id>', 'the client that owns them')
    .option('--format <format>', 'csv (default), ndjson or parquet')
    .option('--participant <id>', 'only the data of this participant')
    .option('--source <source>', 'only this source')
    .option('--from <time>', 'only rows at or after this time')
    .option('--to <time>', 'only rows at or before this time')
    .option('--cols <names>', 'columns, separated by commas (default: all)')
    .option('--formulas <what>', 'CSV texts that a spreadsheet would run: defuse (default) or keep')
    .option('--out <file>', 'the file (default: latchkey-<client>.<format>)')
    .option('--force', 'replace an existing file')
  runCommand(command, options, async (where, { client, participant, format, out, force, ...others }) => {
    const file = out ?? `latchkey-${client}.${format}`
    if (existsSync(file) && !force) throw new CommandError(`${file} exists already: --force replaces it.`)
    await useTables(where)
    const { parseOrThrow } = await import('../../lib/http/input.ts')
    const { downloadQuery, resolveQuery } = await import('../../lib/measurements/query.ts')
    const { retryWhileThrottled } = await import('../../lib/dynamodb/retry-while-throttled.ts')
    const { selectSeries } = await import('../../lib/measurements/store/select-series.ts')
    retryWhileThrottled()
    const query = parseOrThrow(downloadQuery, omitUndefined({ ...others, participant_id: participant }))
    const owner = { clientId: client, participant: query.participant_id }
    const selected = await selectSeries(owner, query.source)
    const series = await Array.fromAsync(selected.series())
    // Data of a client that is no longer registered can still be exported.
    if (series.length === 0) await requireClient(client)
    const { TIME_COLUMNS } = await getSettings('TIME_COLUMNS')
    const cols = query.cols && [...new Set(query.cols)]
    const selection = resolveQuery({ ...query, cols }, selected.columns, TIME_COLUMNS)
    const { from, to } = query
    const request = { ...owner, series, selection, from, to }
    const part = `${file}.part`
    try {
      const rows = await withProgress({ what: 'Exporting', total: 100, unit: 'percent' }, (at) => {
        const exported = exportRows(request, (done) => at(Math.floor(done * 100)))
        return writeRows(part, format, selection.columns, query, exported)
      })
      const { size } = await stat(part)
      await rename(part, file)
      return {
        json: { file, format, rows, bytes: size, columns: selection.columns },
        text: `${rows} ${rows === 1 ? 'row' : 'rows'} in ${file}, ${size} bytes.`,
      }
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined)
      throw fileErrorMessage(file, error)
    }
  })
}

const omitUndefined = (options: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
